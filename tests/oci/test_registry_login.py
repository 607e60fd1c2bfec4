"""How a repository logs in: reactively, once, and without telling secrets to anyone else."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from gotare.errors import AuthError, GotareError, RegistryError, UsageError
from gotare.oci.auth import Keychain
from gotare.oci.reference import parse_reference
from gotare.oci.registry import Repository
from gotare.oci.retry import Patience
from gotare.oci.types import OCI_LAYER, OCI_MANIFEST, describe
from tests.oci.lies import dropped, endless, redirect, silent, status
from tests.oci.lying_registry import IMAGE, MANIFEST, Exchange, LyingRegistry, login

ME = ("me", "topsecret")
PATIENCE = Patience(connect=2, read=0.3, sleep=lambda _: None)
SMALL = describe(b"small", OCI_LAYER)


@contextmanager
def at(liar: LyingRegistry, keychain: Keychain, **options: object) -> Iterator[Repository]:
    reference = parse_reference(f"{liar.host}/me/app:1")
    with Repository(reference, keychain, patience=PATIENCE, **options) as repository:  # type: ignore[arg-type]
        yield repository


@pytest.fixture
def basic() -> Iterator[LyingRegistry]:
    with LyingRegistry(basic=ME) as liar:
        liar.put_manifest("me/app:1", OCI_MANIFEST, MANIFEST)
        yield liar


@pytest.fixture
def tokens() -> Iterator[LyingRegistry]:
    with LyingRegistry(basic=ME, tokens=True) as liar:
        liar.put_manifest("me/app:1", OCI_MANIFEST, MANIFEST)
        yield liar


def known(home: Path, liar: LyingRegistry) -> Keychain:
    return login(home, liar.host, pair=":".join(ME))


def scopes(liar: LyingRegistry) -> list[list[str]]:
    calls = [urlsplit(line.split()[1]) for line in liar.asked if "/token" in line]
    return [parse_qs(call.query).get("scope", []) for call in calls]


def test_a_password_is_sent_when_it_is_asked_for(basic: LyingRegistry, tmp_path: Path) -> None:
    with at(basic, known(tmp_path, basic)) as repository:
        assert repository.resolve() == IMAGE
        repository.push(SMALL, io.BytesIO(b"small"))
    sent = ["authorization" in seen.headers for seen in basic.seen]
    assert sent == [False, True, True, True, True]


def test_nothing_is_sent_to_a_registry_that_does_not_ask(tmp_path: Path) -> None:
    with LyingRegistry() as liar:
        liar.put_manifest("me/app:1", OCI_MANIFEST, MANIFEST)
        with at(liar, known(tmp_path, liar)) as repository:
            repository.resolve()
        assert "authorization" not in liar.seen[0].headers


def test_a_token_is_fetched_once(tokens: LyingRegistry, tmp_path: Path) -> None:
    with at(tokens, known(tmp_path, tokens)) as repository:
        assert repository.resolve() == IMAGE
        assert repository.resolve() == IMAGE
    methods = [line.split("?")[0] for line in tokens.asked]
    head = "HEAD /v2/me/app/manifests/1"
    assert methods == [head, "GET /token", head, head]
    query = parse_qs(urlsplit(tokens.asked[1].split()[1]).query)
    assert query == {
        "service": ["tests"],
        "scope": ["repository:me/app:pull"],
        "account": ["me"],
    }


def test_a_push_asks_for_all_it_needs_at_once(tokens: LyingRegistry, tmp_path: Path) -> None:
    keychain = known(tmp_path, tokens)
    with at(tokens, keychain, mounts={SMALL.digest: "you/base"}) as repository:
        repository.push(SMALL, io.BytesIO(b"small"))
        assert repository.resolve() == IMAGE
    assert scopes(tokens) == [
        ["repository:me/app:pull,push"],
        ["repository:me/app:pull,push", "repository:you/base:pull"],
    ]


def test_a_token_that_has_expired_is_renewed(tokens: LyingRegistry, tmp_path: Path) -> None:
    with at(tokens, known(tmp_path, tokens)) as repository:
        repository.resolve()
        tokens.issued["token-0"] = ""
        repository.resolve()
    assert len(scopes(tokens)) == 2


def test_threads_share_a_token(tokens: LyingRegistry, tmp_path: Path) -> None:
    with at(tokens, known(tmp_path, tokens)) as repository, ThreadPoolExecutor(6) as pool:
        assert set(pool.map(lambda _: repository.resolve().digest, range(12))) == {IMAGE.digest}
    assert len(scopes(tokens)) == 1


def test_anonymous_tokens(tmp_path: Path) -> None:
    with LyingRegistry(tokens=True) as liar:
        liar.put_manifest("me/app:1", OCI_MANIFEST, MANIFEST)
        with at(liar, Keychain({}, tmp_path)) as repository:
            assert repository.resolve() == IMAGE
        assert not any("Basic" in seen.headers.get("authorization", "") for seen in liar.seen)


def test_an_identity_token_is_exchanged(tmp_path: Path) -> None:
    with LyingRegistry(tokens=True, identity_token="topsecret id") as liar:
        liar.put_manifest("me/app:1", OCI_MANIFEST, MANIFEST)
        config = tmp_path / ".docker" / "config.json"
        config.parent.mkdir()
        config.write_text(
            json.dumps({"auths": {liar.host: {"auth": "", "identitytoken": "topsecret id"}}})
        )
        with at(liar, Keychain({}, tmp_path)) as repository:
            assert repository.resolve() == IMAGE
        assert liar.asked[1] == "POST /token"
        form = parse_qs(liar.seen[1].body.decode())
    assert form == {
        "grant_type": ["refresh_token"],
        "client_id": ["gotare"],
        "service": ["tests"],
        "scope": ["repository:me/app:pull"],
        "refresh_token": ["topsecret id"],
    }


def test_a_registry_token_is_sent_as_it_is(tmp_path: Path) -> None:
    with LyingRegistry(tokens=True) as liar:
        liar.put_manifest("me/app:1", OCI_MANIFEST, MANIFEST)
        liar.issued["ready-made"] = "repository:me/app:pull"
        config = tmp_path / ".docker" / "config.json"
        config.parent.mkdir()
        config.write_text(json.dumps({"auths": {liar.host: {"registrytoken": "ready-made"}}}))
        with at(liar, Keychain({}, tmp_path)) as repository:
            assert repository.resolve() == IMAGE
        assert not scopes(liar)


def test_a_credential_helper_logs_in(basic: LyingRegistry, tmp_path: Path) -> None:
    program = tmp_path / "bin" / "docker-credential-tests"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\necho \'{"Username":"me","Secret":"topsecret"}\'\n')
    program.chmod(0o755)
    (tmp_path / ".docker").mkdir()
    (tmp_path / ".docker" / "config.json").write_text('{"credsStore":"tests"}')
    env = {"PATH": f"{program.parent}:/usr/bin:/bin"}
    with at(basic, Keychain(env, tmp_path)) as repository:
        assert repository.resolve() == IMAGE


# Refusals.


def test_a_wrong_password(basic: LyingRegistry, tokens: LyingRegistry, tmp_path: Path) -> None:
    for liar in (basic, tokens):
        keychain = login(tmp_path, liar.host, pair="me:wrongsecret")
        with at(liar, keychain) as repository, pytest.raises(AuthError) as caught:
            repository.resolve()
        assert caught.value.status == 401
        assert "wrongsecret" not in caught.value.message
        assert f"those of {tmp_path / '.docker/config.json'}" in (caught.value.hint or "")
        assert f"docker login {liar.host}" in (caught.value.hint or "")
        assert len(liar.asked) == 2


def test_no_password(basic: LyingRegistry, tmp_path: Path) -> None:
    with at(basic, Keychain({}, tmp_path)) as repository, pytest.raises(AuthError) as caught:
        repository.resolve()
    assert "there is no file with credentials" in (caught.value.hint or "")
    assert len(basic.asked) == 1


def test_a_broken_file_matters_only_when_it_is_needed(basic: LyingRegistry, tmp_path: Path) -> None:
    keychain = known(tmp_path, basic)
    keychain.files[-1].write_text("{")
    with at(basic, keychain) as repository, pytest.raises(UsageError, match=r"config\.json"):
        repository.resolve()


@pytest.mark.parametrize("challenge", ["", "Negotiate", 'Bearer service="x"', "Digest realm=x"])
def test_a_401_that_cannot_be_answered(
    basic: LyingRegistry, tmp_path: Path, challenge: str
) -> None:
    basic.lie("HEAD", status(401, headers={"WWW-Authenticate": challenge}))
    keychain = known(tmp_path, basic)
    with at(basic, keychain) as repository, pytest.raises(AuthError):
        repository.resolve()
    assert len(basic.asked) == 1


def test_401_without_end(tokens: LyingRegistry, tmp_path: Path) -> None:
    named = {"WWW-Authenticate": f'Bearer realm="{tokens.url}/token",service="tests"'}
    tokens.lie("HEAD", status(401, headers=named))
    keychain = known(tmp_path, tokens)
    with at(tokens, keychain) as repository, pytest.raises(AuthError):
        repository.resolve()
    assert [line.split()[0] for line in tokens.asked] == ["HEAD", "GET", "HEAD"]


@pytest.mark.parametrize(
    "realm",
    [
        "http://auth.example/token",
        "ftp://127.0.0.1/token",
        "/token",
        "http://[::1",
        "http://127.0.0.1:port/",
        "https://",
    ],
)
def test_realms_that_get_no_password(tokens: LyingRegistry, tmp_path: Path, realm: str) -> None:
    named = {"WWW-Authenticate": f'Bearer realm="{realm}"'}
    tokens.lie("HEAD", status(401, headers=named))
    keychain = known(tmp_path, tokens)
    with at(tokens, keychain) as repository, pytest.raises(RegistryError):
        repository.resolve()
    assert len(tokens.asked) == 1


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (status(200, b"<html>"), "did not answer with JSON"),
        (status(200, b"{}"), "gave no usable token"),
        (status(200, b'{"token":""}'), "gave no usable token"),
        (status(200, b'{"token":7}'), "gave no usable token"),
        (status(200, b'{"token":"a\\r\\nX-Evil: 1"}'), "gave no usable token"),
        (status(400, b'{"details":"bad scope"}'), "400 Bad Request: bad scope"),
        (status(403), "403 Forbidden"),
        (status(404), "404 Not Found"),
        (status(500), "500 Internal"),
        (endless(), "more than 1048576 bytes"),
        (dropped, "broke the connection"),
        (silent, "does not answer"),
        (redirect("http://example.org/token"), "not safe to follow"),
        (redirect("/token"), "307"),
    ],
)
def test_a_token_server_that_lies(
    tokens: LyingRegistry, tmp_path: Path, answer: object, message: str
) -> None:
    assert callable(answer)
    tokens.lie("/token", answer)
    keychain = known(tmp_path, tokens)
    with at(tokens, keychain) as repository, pytest.raises(RegistryError, match=message):
        repository.resolve()


def test_a_token_server_with_hiccups(tokens: LyingRegistry, tmp_path: Path) -> None:
    tokens.lie("/token", status(503), times=2)
    with at(tokens, known(tmp_path, tokens)) as repository:
        assert repository.resolve() == IMAGE


def test_a_redirected_token_server_does_not_get_the_password(
    tokens: LyingRegistry, tmp_path: Path
) -> None:
    with LyingRegistry(tokens=True) as other:
        tokens.lie("/token", redirect(f"{other.url}/token?scope=repository:me/app:pull"))
        with at(tokens, known(tmp_path, tokens)) as repository, pytest.raises(AuthError):
            repository.resolve()
        assert "authorization" not in other.seen[0].headers


def test_a_registry_that_repeats_secrets(tokens: LyingRegistry, tmp_path: Path) -> None:
    def echo(exchange: Exchange) -> None:
        exchange.refuse(403, "DENIED", f"no, {exchange.headers['Authorization']} of topsecret")

    keychain = known(tmp_path, tokens)
    with at(tokens, keychain) as repository:
        repository.resolve()
        tokens.lie("HEAD", status(403))
        tokens.lie("GET", echo)
        for work in (repository.resolve, repository.list_tags):
            with pytest.raises(GotareError) as caught:
                work()
            assert "topsecret" not in caught.value.message
            assert "token-0" not in caught.value.message
