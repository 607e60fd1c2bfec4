"""Image arguments: what they mean, what is refused, and that every pair of places can be copied."""

from __future__ import annotations

import json
import subprocess
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotare.errors import NotFoundError, ReferenceError_, UsageError
from gotare.oci.compression import Compression
from gotare.oci.copy import copy, up_to_date
from gotare.oci.reference import parse_reference
from gotare.oci.transport import Answer, Request, Transport
from gotare.oci.transports import (
    ImageLocation,
    Surroundings,
    open_sink,
    open_source,
    parse_image,
)
from gotare.oci.types import Descriptor
from tests import engine as engines
from tests.oci.engines import need, unique_name
from tests.oci.images import (
    FILES,
    Memory,
    config_of,
    contents_of,
    manifest_of,
    tiny_image,
    tiny_index,
    tiny_referrer,
)


@pytest.mark.parametrize(
    ("text", "transport", "path", "name"),
    [
        ("app", "docker", None, "latest"),
        ("docker:27", "docker", None, "27"),
        ("ghcr.io/me/app:1.4.0", "docker", None, "1.4.0"),
        ("localhost:5000/app", "docker", None, "latest"),
        ("docker://oci:foo", "docker", None, "foo"),
        ("app@sha256:" + "0" * 64, "docker", None, "sha256:" + "0" * 64),
        ("oci:dist", "oci", "dist", ""),
        ("oci:dist:ghcr.io/me/app:1", "oci", "dist", "ghcr.io/me/app:1"),
        ("oci:/a/b:c", "oci", "/a/b", "c"),
        ("oci-archive:app.tar", "oci-archive", "app.tar", ""),
        ("oci-archive:app.tar:1", "oci-archive", "app.tar", "1"),
        ("docker-archive:app.tar:me/app:1", "docker-archive", "app.tar", "me/app:1"),
        ("docker-archive:app.tar:@0", "docker-archive", "app.tar", "@0"),
        ("docker-daemon:app", "docker-daemon", None, "app:latest"),
        ("docker-daemon:ghcr.io/me/app:dev", "docker-daemon", None, "ghcr.io/me/app:dev"),
        ("docker-daemon:sha256:" + "a" * 64, "docker-daemon", None, "sha256:" + "a" * 64),
    ],
)
def test_arguments_mean_what_skopeo_users_expect(
    text: str, transport: str, path: str | None, name: str
) -> None:
    location = parse_image(text)
    assert (location.transport, location.name) == (transport, name)
    assert location.path == (Path(path) if path else None)
    assert (location.reference is not None) == (transport == "docker")


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("oci-archve:app.tar", "did you mean oci-archive:app.tar?"),
        ("docker-deamon:app:1", "did you mean docker-daemon:app:1?"),
        ("docker-archiv:a.tar", "docker-archive:a.tar"),
        ("containers-storage:app", "docker-daemon:NAME"),
        ("dir:foo", "oci:DIR"),
        ("https://ghcr.io/me/app", "no scheme"),
        ("oci://dist", "no scheme"),
        ("oci:", "oci:PATH[:NAME]"),
        ("oci-archive::name", "oci-archive:PATH[:NAME]"),
        ("oci:dist:a b", "visible ASCII"),
        ("docker-daemon:", "docker-daemon:NAME:TAG"),
        ("docker-daemon:app@sha256:" + "0" * 64, "give it a tag"),
        ("./dist", "oci:DIR"),
        ("/tmp/app.tar", "docker-archive:FILE"),
        ("App", "lower case"),
        ("docker-daemon:APP", "lower case"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_hint(text: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_image(text)
    assert hint in str(caught.value.hint)


def test_an_empty_argument_is_refused() -> None:
    with pytest.raises(ReferenceError_):
        parse_image("")


_WORD = st.from_regex(r"[a-z0-9]{1,8}", fullmatch=True)


@given(st.sampled_from(["oci", "oci-archive", "docker-archive"]), _WORD, _WORD, st.booleans())
def test_locations_survive_being_printed(kind: str, path: str, name: str, named: bool) -> None:
    text = f"{kind}:{path}" + (f":{name}:1" if named else "")
    assert str(parse_image(text)) == text
    assert parse_image(str(parse_image(text))) == parse_image(text)
    registry = parse_image(f"{name}.io/{path}:1")
    assert parse_image(str(registry)) == registry


@given(st.text(max_size=60))
def test_any_text_is_a_location_or_a_usage_error(text: str) -> None:
    try:
        location = parse_image(text)
    except UsageError:
        return
    assert parse_image(str(location)).transport == location.transport


def test_names_at_the_destination() -> None:
    assert parse_image("oci:dist").target_names == ("latest",)
    assert parse_image("oci-archive:a.tar:x").target_names == ("x",)
    assert parse_image("docker-archive:a.tar").target_names == ()
    assert parse_image("app").target_names == ("latest",)
    assert [parse_image(t).keeps_layers for t in ("app", "oci:d", "docker-daemon:a")] == [
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    "text",
    ["app@sha256:" + "0" * 64, "docker-daemon:sha256:" + "0" * 64, "oci:d:sha256:" + "0" * 64],
)
def test_a_digest_cannot_be_given(text: str, tmp_path: Path) -> None:
    around = Surroundings(directory=tmp_path)
    location = parse_image(text)
    with pytest.raises(UsageError, match="digest cannot be given"), open_sink(location, around):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_docker_archive_checks_the_name_before_anything(tmp_path: Path) -> None:
    location = parse_image("docker-archive:a.tar:@0")
    around = Surroundings(directory=tmp_path)
    with pytest.raises(ReferenceError_), open_sink(location, around):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["oci", "oci-archive", "docker-archive"])
def test_what_is_absent_is_told(kind: str, tmp_path: Path) -> None:
    location = parse_image(f"{kind}:absent")
    around = Surroundings(directory=tmp_path)
    with pytest.raises(NotFoundError), open_source(location, around):
        pass


@pytest.fixture
def places(tmp_path: Path, registry: str, engine: engines.Engine) -> tuple[Surroundings, list[str]]:
    """One location of every kind."""
    name = unique_name("place")
    around = Surroundings({"DOCKER_HOST": engine.host}, tmp_path, tmp_path)
    return around, [
        f"{registry}/{name}",
        "oci:layout:app:1",
        "oci-archive:oci.tar:app:1",
        "docker-archive:docker.tar:app:1",
        f"docker-daemon:{name}",
    ]


@pytest.mark.engine
def test_every_place_gives_what_it_got_to_every_other(
    places: tuple[Surroundings, list[str]], engine: engines.Engine
) -> None:
    """All 25 pairs, one after the other: config and layers stay what they are."""
    around, texts = places
    original = Memory()
    image = tiny_image(original, layers=[FILES, {"big": bytes(100_000)}])
    with engine.image(parse_image(texts[4]).name):
        for text in texts:
            to = parse_image(text)
            with open_sink(to, around) as sink:
                copy(original, image, sink, to.target_names)
        for source, target in product(texts, texts):
            from_, to = parse_image(source), parse_image(target)
            packing = Compression() if to.keeps_layers else None
            with open_source(from_, around, packing) as store, open_sink(to, around) as sink:
                copy(store, store.resolve(from_.name), sink, to.target_names)
            with open_source(to, around) as store:
                found = store.resolve(to.name)
                assert config_of(store, found) == config_of(original, image), (source, target)
                assert contents_of(store, found) == contents_of(original, image), (source, target)


def test_a_registry_image_keeps_its_digest_in_archives(tmp_path: Path, registry: str) -> None:
    need("skopeo")
    around = Surroundings({}, tmp_path, tmp_path)
    source = Memory()
    image = tiny_image(source)
    reference = parse_image(f"{registry}/keeps/app:1")
    with open_sink(reference, around) as sink:
        copy(source, image, sink, reference.target_names)
    archive = ImageLocation("oci-archive", Path("app.tar"), "app")
    with open_source(reference, around) as store, open_sink(archive, around) as sink:
        copy(store, store.resolve(reference.name), sink, archive.target_names)
    where = f"oci-archive:{tmp_path}/app.tar:app"
    shown = subprocess.run(["skopeo", "inspect", where], check=True, capture_output=True)
    assert json.loads(shown.stdout)["Digest"] == image.digest
    assert manifest_of(source, image)["layers"]


def test_the_reference_is_kept() -> None:
    assert parse_image("me/app:1").reference == parse_reference("me/app:1")


def test_what_a_registry_has_costs_few_requests(
    tmp_path: Path, registry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unchanged: at most 2 requests; a new tag: at most 3; with an SBOM for each platform."""
    requests: list[str] = []
    send = Transport.send_once

    def counted(self: Transport, request: Request) -> Answer:
        requests.append(f"{request.method} {request.target}")
        return send(self, request)

    monkeypatch.setattr(Transport, "send_once", counted)
    around = Surroundings({}, tmp_path, tmp_path)
    location = parse_image(f"{registry}/{unique_name('few')}")
    source = Memory()
    index = tiny_index(source)
    for entry in manifest_of(source, index)["manifests"]:
        tiny_referrer(source, Descriptor.from_json(entry))
    with open_sink(location, around) as sink:
        copy(source, index, sink, ["1"])
    assert len(requests) > 10
    requests.clear()
    with open_sink(location, around) as sink:
        assert up_to_date(sink, index, "1")
    assert len(requests) <= 2, requests
    requests.clear()
    with open_sink(location, around) as sink:
        assert not up_to_date(sink, index, "2")
        copy(source, index, sink, ["2"])
    assert len(requests) <= 3, requests
