"""Credentials from the files of Docker and Podman and from credential helpers."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotare.errors import ToolError, UsageError
from gotare.oci.auth import Credential, Keychain, advice, normal_key
from gotare.oci.challenge import choose, grants, merge_scopes, parse_challenges
from gotare.oci.reference import Reference, parse_reference

REFERENCE = parse_reference("ghcr.io/me/team/app:1")
HUB = parse_reference("nginx")


def auth(pair: str) -> str:
    return base64.b64encode(pair.encode()).decode()


def write(path: Path, document: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return path


def docker(home: Path, document: object) -> Keychain:
    write(home / ".docker" / "config.json", document)
    return Keychain({}, home)


def helper(folder: Path, name: str, script: str) -> dict[str, str]:
    program = write(folder / "bin" / f"docker-credential-{name}", f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return {"PATH": f"{folder / 'bin'}:/usr/bin:/bin"}


def test_no_files_mean_anonymous(tmp_path: Path) -> None:
    assert Keychain({}, tmp_path).find(REFERENCE) is None


def test_the_first_file_that_knows_the_registry_wins(tmp_path: Path) -> None:
    env = {
        "REGISTRY_AUTH_FILE": str(tmp_path / "first.json"),
        "XDG_RUNTIME_DIR": str(tmp_path / "run"),
        "DOCKER_CONFIG": str(tmp_path / "docker"),
    }
    keychain = Keychain(env, tmp_path / "home")
    assert keychain.files == (
        tmp_path / "first.json",
        tmp_path / "run/containers/auth.json",
        tmp_path / "home/.config/containers/auth.json",
        tmp_path / "docker/config.json",
    )
    for number, path in reversed(list(enumerate(keychain.files))):
        write(path, {"auths": {"ghcr.io": {"auth": auth(f"user{number}:secret")}}})
        found = keychain.find(REFERENCE)
        assert found == Credential(f"user{number}", "secret", origin=str(path))
    write(keychain.files[0], {"auths": {"quay.io": {"auth": auth("other:secret")}}})
    found = keychain.find(REFERENCE)
    assert found and found.username == "user1"


@pytest.mark.parametrize(
    "key",
    [
        "ghcr.io",
        "GHCR.io",
        "https://ghcr.io",
        "https://ghcr.io/v1/",
        "http://ghcr.io/anything",
        "ghcr.io/v2/",
        "ghcr.io/me",
        "ghcr.io/me/team",
        "ghcr.io/me/team/app",
    ],
)
def test_keys_that_name_the_repository(tmp_path: Path, key: str) -> None:
    found = docker(tmp_path, {"auths": {key: {"auth": auth("me:pw")}}}).find(REFERENCE)
    assert found and (found.username, found.password) == ("me", "pw")


@pytest.mark.parametrize("key", ["ghcr.io/m", "ghcr.io/you", "hcr.io", "ghcr.io:443", "me/team"])
def test_keys_that_name_something_else(tmp_path: Path, key: str) -> None:
    assert docker(tmp_path, {"auths": {key: {"auth": auth("me:pw")}}}).find(REFERENCE) is None


@pytest.mark.parametrize(
    "key",
    [
        "https://index.docker.io/v1/",
        "index.docker.io",
        "docker.io",
        "registry-1.docker.io",
        "docker.io/library",
    ],
)
def test_names_of_docker_hub(tmp_path: Path, key: str) -> None:
    found = docker(tmp_path, {"auths": {key: {"auth": auth("me:pw")}}}).find(HUB)
    assert found and found.username == "me"


def test_the_longest_prefix_wins(tmp_path: Path) -> None:
    auths = {
        "ghcr.io": {"auth": auth("host:pw")},
        "ghcr.io/me": {"auth": auth("me:pw")},
        "ghcr.io/me/team": {"auth": auth("team:pw")},
        "https://ghcr.io/v1/": {"auth": auth("old:pw")},
    }
    found = docker(tmp_path, {"auths": auths}).find(REFERENCE)
    assert found and found.username == "team"
    del auths["ghcr.io/me/team"], auths["ghcr.io/me"]
    found = docker(tmp_path, {"auths": auths}).find(REFERENCE)
    assert found and found.username == "host"


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"auth": auth("me:p:w")}, Credential("me", "p:w")),
        ({"auth": auth("me:pw\0\0")}, Credential("me", "pw")),
        ({"username": "me", "password": "pw"}, Credential("me", "pw")),
        ({"auth": auth("<token>:idt")}, Credential(identity_token="idt")),
        (
            {"auth": auth("me:"), "identitytoken": "idt"},
            Credential("me", identity_token="idt"),
        ),
        ({"registrytoken": "rt"}, Credential(registry_token="rt")),
    ],
)
def test_forms_of_an_entry(tmp_path: Path, entry: dict[str, str], expected: Credential) -> None:
    found = docker(tmp_path, {"auths": {"ghcr.io": entry}}).find(REFERENCE)
    assert found is not None
    assert found == Credential(
        expected.username,
        expected.password,
        expected.identity_token,
        expected.registry_token,
        str(tmp_path / ".docker/config.json"),
    )


@pytest.mark.parametrize("entry", [{}, None, {"email": "me@example.org"}])
def test_an_empty_entry_is_no_credential(tmp_path: Path, entry: object) -> None:
    assert docker(tmp_path, {"auths": {"ghcr.io": entry}}).find(REFERENCE) is None


@pytest.mark.parametrize(
    "document",
    [
        "{",
        "[]",
        "null",
        '"x"',
        "[" * 100_000,
        "\x00",
        {"auths": []},
        {"auths": {"ghcr.io": "me:topsecret"}},
        {"auths": {"ghcr.io": {"auth": 7}}},
        {"auths": {"ghcr.io": {"auth": "topsecret!"}}},
        {"auths": {"ghcr.io": {"auth": auth("topsecret")}}},
        {"auths": {"ghcr.io": {"registrytoken": "topsecret\r\nX-Evil: 1"}}},
        {"credHelpers": ["x"]},
        {"credHelpers": {"ghcr.io": 7}},
        {"credsStore": {"a": 1}},
        {"credsStore": "../../bin/sh"},
        {"credsStore": "absent"},
    ],
)
def test_a_broken_file_is_named_and_not_shown(tmp_path: Path, document: object) -> None:
    keychain = docker(tmp_path, document)
    with pytest.raises(UsageError) as caught:
        keychain.find(REFERENCE)
    assert str(tmp_path / ".docker/config.json") in caught.value.message
    assert "topsecret" not in caught.value.message
    assert caught.value.hint


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / ".docker" / "config.json").mkdir(parents=True)
    with pytest.raises(UsageError, match=r"config\.json cannot be used: it cannot be read"):
        Keychain({}, tmp_path).find(REFERENCE)


def test_an_empty_file_is_no_error(tmp_path: Path) -> None:
    assert docker(tmp_path, "").find(REFERENCE) is None


def test_a_helper_for_the_registry(tmp_path: Path) -> None:
    env = helper(
        tmp_path, "mine", 'read s; echo "{\\"Username\\":\\"$1-$s\\",\\"Secret\\":\\"pw\\"}"'
    )
    write(tmp_path / ".docker/config.json", {"credHelpers": {"ghcr.io": "mine"}})
    found = Keychain(env, tmp_path).find(REFERENCE)
    assert found and (found.username, found.password) == ("get-ghcr.io", "pw")
    assert "docker-credential-mine" in found.origin
    assert Keychain(env, tmp_path).find(parse_reference("quay.io/a/b")) is None


def test_the_store_for_all_registries_gets_hubs_old_name(tmp_path: Path) -> None:
    env = helper(tmp_path, "all", 'read s; echo "{\\"Username\\":\\"$s\\",\\"Secret\\":\\"pw\\"}"')
    write(tmp_path / ".docker/config.json", {"credsStore": "all"})
    found = Keychain(env, tmp_path).find(HUB)
    assert found and found.username == "https://index.docker.io/v1/"


def test_a_helper_with_an_identity_token(tmp_path: Path) -> None:
    env = helper(tmp_path, "x", """echo '{"Username":"<token>","Secret":"idt"}'""")
    write(tmp_path / ".docker/config.json", {"credsStore": "x"})
    found = Keychain(env, tmp_path).find(REFERENCE)
    assert found and (found.username, found.identity_token) == ("", "idt")


def test_a_helper_that_knows_nothing_leaves_it_to_auths(tmp_path: Path) -> None:
    env = helper(tmp_path, "x", "echo credentials not found in native keychain; exit 1")
    config = write(tmp_path / ".docker/config.json", {"credsStore": "x"})
    assert Keychain(env, tmp_path).find(REFERENCE) is None
    write(config, {"credsStore": "x", "auths": {"ghcr.io": {"auth": auth("me:pw")}}})
    found = Keychain(env, tmp_path).find(REFERENCE)
    assert found and found.username == "me"


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo the keyring is locked >&2; exit 3", "exit code 3"),
        ("echo topsecret", "did not answer with a Username and a Secret"),
        ("echo '[1]'", "did not answer"),
        ("""echo '{"Username":7,"Secret":"topsecret"}'""", "did not answer"),
    ],
)
def test_a_helper_that_fails(tmp_path: Path, script: str, message: str) -> None:
    env = helper(tmp_path, "x", script)
    config = write(tmp_path / ".docker/config.json", {"credsStore": "x"})
    with pytest.raises(ToolError, match=message) as caught:
        Keychain(env, tmp_path).find(REFERENCE)
    assert str(config) in caught.value.message
    assert "topsecret" not in caught.value.message + caught.value.output


def test_a_helper_that_cannot_be_run(tmp_path: Path) -> None:
    env = helper(tmp_path, "x", "")
    (tmp_path / "bin/docker-credential-x").write_bytes(b"\x7fELF nonsense")
    write(tmp_path / ".docker/config.json", {"credsStore": "x"})
    with pytest.raises(ToolError, match="cannot be run"):
        Keychain(env, tmp_path).find(REFERENCE)


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    keychain = docker(tmp_path, {"auths": {"ghcr.io": {"auth": auth("me:topsecret")}}})
    found = keychain.find(REFERENCE)
    assert found
    shown = repr(found) + str(found) + repr(keychain) + advice(keychain, REFERENCE, found)
    assert "topsecret" not in shown
    assert auth("me:topsecret") not in shown
    assert "me" in repr(found)


def test_advice_names_where_was_looked(tmp_path: Path) -> None:
    config = tmp_path / ".docker/config.json"
    assert f"({config} and others): run `docker login`" in advice(Keychain({}, tmp_path), HUB, None)
    keychain = docker(tmp_path, {})
    assert f"no credentials for ghcr.io in {config}" in advice(keychain, REFERENCE, None)
    assert advice(keychain, REFERENCE, None).endswith("run `docker login ghcr.io`")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["ghcr.io", "auth", "username", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(
    document=st.dictionaries(
        st.sampled_from(["auths", "credHelpers", "other"]), json_values, max_size=3
    )
)
def test_any_json_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, document: dict[str, Any]
) -> None:
    home = tmp_path_factory.mktemp("home")
    try:
        found = docker(home, document).find(REFERENCE)
    except UsageError as error:
        assert "config.json" in error.message
    else:
        assert found is None or found.secrets


@given(st.from_regex(r"[a-z0-9.-]{1,20}(:[0-9]{1,4})?(/[a-z0-9]{1,5}){0,3}", fullmatch=True))
def test_normal_keys_stay_normal(key: str) -> None:
    assert normal_key(normal_key(key)) == normal_key(key)
    assert normal_key(f"https://{key}") == normal_key(key.partition("/")[0])


# Challenges.


def test_a_bearer_challenge() -> None:
    header = (
        'Bearer realm="https://auth.example/token",service="r",scope="repository:a/b:pull,push"'
    )
    challenge = choose(parse_challenges(header))
    assert challenge and challenge.scheme == "bearer"
    assert dict(challenge.parameters) == {
        "realm": "https://auth.example/token",
        "service": "r",
        "scope": "repository:a/b:pull,push",
    }


@pytest.mark.parametrize(
    ("header", "scheme"),
    [
        ('Basic realm="x", Bearer realm="https://a/t"', "bearer"),
        ('Bearer realm="https://a/t", Basic realm="x"', "bearer"),
        ('Negotiate abc==, Basic realm="x"', "basic"),
        ("Negotiate, Basic", "basic"),
        ('BASIC REALM="x"', "basic"),
        ('Bearer error="invalid_token", Basic realm="x"', "basic"),
    ],
)
def test_of_several_challenges_the_best_is_chosen(header: str, scheme: str) -> None:
    challenge = choose(parse_challenges(header))
    assert challenge and challenge.scheme == scheme


@pytest.mark.parametrize("header", ["", "Negotiate", "Bearer", '="x"', "Digest realm=x", ",,,"])
def test_challenges_that_cannot_be_answered(header: str) -> None:
    assert choose(parse_challenges(header)) is None


@given(st.text(max_size=200))
def test_any_challenge_header_is_read(header: str) -> None:
    for challenge in parse_challenges(header):
        assert challenge.scheme == challenge.scheme.lower() != ""


@given(
    st.dictionaries(
        st.from_regex(r"[a-z]{1,8}", fullmatch=True),
        st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20),
        min_size=1,
    )
)
def test_quoted_parameters_survive(parameters: dict[str, str]) -> None:
    def quote(text: str) -> str:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    header = "Bearer " + ", ".join(f"{name}={quote(text)}" for name, text in parameters.items())
    (challenge,) = parse_challenges(header)
    assert dict(challenge.parameters) == parameters


def test_scopes_are_compared_and_merged() -> None:
    wanted = grants(["repository:a/b:pull,push", "repository:c:pull", "repository:a/b:pull", "odd"])
    assert wanted >= grants(["repository:a/b:push"])
    assert merge_scopes(wanted) == ("repository:a/b:pull,push", "repository:c:pull")


@given(st.lists(st.from_regex(r"repository:[a-z/]{1,6}:(pull|push|pull,push)", fullmatch=True)))
def test_merged_scopes_grant_the_same(scopes: list[str]) -> None:
    assert grants(merge_scopes(grants(scopes))) == grants(scopes)


def test_a_reference_with_a_port_is_looked_up_with_it(tmp_path: Path) -> None:
    keychain = docker(tmp_path, {"auths": {"localhost:5000": {"auth": auth("me:pw")}}})
    found = keychain.find(Reference("localhost:5000", "app"))
    assert found and found.username == "me"
