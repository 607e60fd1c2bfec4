"""Bases and registries that are damaged, refuse, lie or do not answer."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gotare.oci.layout import Layout
from gotare.oci.retry import Patience
from gotare.oci.types import OCI_MANIFEST
from tests.build.projects import MAIN, tiny, write
from tests.build.run import Outcome, build, gotare, load, result
from tests.oci.images import tiny_image
from tests.oci.lies import endless, refused, silent, status, truncated, unsized
from tests.oci.lying_registry import Exchange, LyingRegistry

pytestmark = pytest.mark.usefixtures("go")

LIBRARY = "package tiny\n"


def attempt(project: Path, tmp_path: Path, *arguments: str | Path, **env: str) -> Outcome:
    """Build; nothing half-written may be left when it fails."""
    done = gotare("build", "-C", project, *arguments, cache=tmp_path / "cache", env=env)
    if done.code:
        assert not (project / "dist").exists()
        assert not [path for path in project.rglob("*") if path.name.endswith(".tmp")]
    return done


# the base


def base_layout(folder: Path) -> Layout:
    """Make a base in a layout."""
    layout = Layout(folder, create=True)
    tiny_image(layout, name="base:1")
    return layout


def test_no_base(tmp_path: Path, registry: str) -> None:
    project = tiny(tmp_path / "tiny")
    base_layout(tmp_path / "base")
    attempt(project, tmp_path, f"--base={registry}/nobody/nothing:1").failed(3, "nobody/nothing")
    attempt(project, tmp_path, "--base=oci:nowhere").failed(3, "nowhere")
    done = attempt(project, tmp_path, f"--base=oci:{tmp_path / 'base'}:other").failed(3, "other")
    assert "base:1" in done.hint


@pytest.mark.parametrize("part", ["manifest", "config", "layer"])
@pytest.mark.parametrize("damage", ["gone", "other bytes", "truncated"])
def test_a_corrupt_base(tmp_path: Path, part: str, damage: str) -> None:
    project, layout = tiny(tmp_path / "tiny"), base_layout(tmp_path / "base")
    manifest = layout.resolve("base:1")
    document = json.loads(layout.blobs.path(manifest.digest).read_bytes())
    digest = {
        "manifest": manifest.digest,
        "config": document["config"]["digest"],
        "layer": document["layers"][0]["digest"],
    }[part]
    path = layout.blobs.path(digest)
    content = path.read_bytes()
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(bytes(len(content)) if damage == "other bytes" else content[:-1])
    done = attempt(project, tmp_path, f"--base=oci:{tmp_path / 'base'}:base:1")
    done.failed(3, digest.removeprefix("sha256:"))
    path.write_bytes(content)
    build(project, tmp_path, f"--base=oci:{tmp_path / 'base'}:base:1")


def test_a_base_that_is_no_image(tmp_path: Path) -> None:
    project, layout = tiny(tmp_path / "tiny"), base_layout(tmp_path / "base")
    index = layout.path / "index.json"
    document = json.loads(index.read_bytes())
    document["manifests"][0]["mediaType"] = "application/vnd.example"
    index.write_text(json.dumps(document))
    done = attempt(project, tmp_path, f"--base=oci:{tmp_path / 'base'}:base:1")
    done.failed(3, "is not an image but application/vnd.example", "hint: a base must be")


def test_a_base_for_another_platform(tmp_path: Path) -> None:
    project, layout = tiny(tmp_path / "tiny"), base_layout(tmp_path / "base")
    assert layout.resolve("base:1").platform
    flags = [f"--base=oci:{tmp_path / 'base'}:base:1", "--platform=linux/arm64"]
    attempt(project, tmp_path, *flags).failed(3, "is for linux/amd64, not linux/arm64", "hint:")


def test_a_damaged_base_in_the_cache_is_fetched_again(tmp_path: Path, base_image: str) -> None:
    project = tiny(tmp_path / "tiny")
    first = build(project, tmp_path, f"--base={base_image}").root.digest
    for blob in (tmp_path / "cache" / "blobs" / "sha256").iterdir():
        blob.write_bytes(bytes(blob.stat().st_size))
    shutil.rmtree(project / "dist")
    assert build(project, tmp_path, f"--base={base_image}").root.digest == first


def test_a_base_that_cannot_be_reached_any_more(tmp_path: Path) -> None:
    project = tiny(tmp_path / "tiny")
    with LyingRegistry() as registry:
        fill(registry)
        base = f"--base={registry.host}/me/base:1"
        first = build(project, tmp_path, base).root.digest
    write(project, {"main.go": MAIN + "// edited\nvar _ = 1\n"})
    done = gotare("build", "-C", project, "--json", base, cache=tmp_path / "cache")
    assert done.code == 0, done.err
    assert "cannot be reached" in done.err
    assert "from the cache" in done.err
    told = done.json["images"][0]
    assert told["digest"] != first or told["digest"] == load(project / "dist").root.digest
    load(project / "dist")


# registries that misbehave


def fill(registry: LyingRegistry) -> str:
    """Put a base `me/base:1` into the registry; return its manifest's digest."""
    from tests.oci.images import Memory

    store = Memory()
    image = tiny_image(store, name="base:1")
    registry.blobs.update(store.blobs)
    return registry.put_manifest("me/base:1", OCI_MANIFEST, store.blobs[image.digest])


@pytest.fixture
def liar(monkeypatch: pytest.MonkeyPatch) -> Iterator[LyingRegistry]:
    """A registry with a base; gotare has little patience with it."""
    defaults = (0.5, 0.5, 3, 0.01, 0.02)
    monkeypatch.setattr(Patience.__init__, "__defaults__", (*defaults, Patience().sleep))
    with LyingRegistry() as registry:
        fill(registry)
        yield registry


LIES: dict[str, tuple[Callable[[Exchange], None], list[str]]] = {
    "401": (status(401), ["401"]),
    "403": (status(403), ["403"]),
    "404": (status(404), []),
    "429": (status(429), ["429"]),
    "500": (status(500), ["500"]),
    "wrong digest": (unsized(b'{"schemaVersion": 2}', OCI_MANIFEST), []),
    "truncated": (truncated(10_000, b'{"schema'), []),
    "endless": (endless(), []),
    "never": (silent, []),
}


@pytest.mark.parametrize("lie", LIES, ids=LIES.keys())
@pytest.mark.parametrize("what", ["manifests", "blobs"])
def test_a_base_from_a_registry_that_misbehaves(
    tmp_path: Path, liar: LyingRegistry, what: str, lie: str
) -> None:
    answer, words = LIES[lie]
    liar.lie(f"(GET|HEAD) /v2/me/base/{what}/", answer)
    project = tiny(tmp_path / "tiny")
    base = f"--base={liar.host}/me/base:1"
    done = attempt(project, tmp_path, base).failed(3, *words)
    assert liar.host in done.err or "sha256:" in done.err
    if lie in ("401", "403", "429"):
        assert done.hint


@pytest.mark.parametrize("lie", LIES, ids=LIES.keys())
@pytest.mark.parametrize("what", ["POST /v2/me/app/blobs/uploads", "PUT /v2/me/app/manifests"])
def test_a_push_to_a_registry_that_misbehaves(
    tmp_path: Path, liar: LyingRegistry, what: str, lie: str
) -> None:
    answer, words = LIES[lie]
    if lie == "wrong digest":
        answer = status(201, headers={"Docker-Content-Digest": "sha256:" + "0" * 64})
    liar.lie(what, answer)
    project = tiny(tmp_path / "tiny")
    done = attempt(project, tmp_path, "--push", "-t", f"{liar.host}/me/app:1")
    done.failed(3, *words)
    assert "me/app:1" not in liar.tags
    assert liar.host in done.err


def test_the_registrys_words_are_told(tmp_path: Path, liar: LyingRegistry) -> None:
    liar.lie("POST /v2/me/app/blobs/uploads", refused(403, "DENIED", "you are not me"))
    flags = ["--push", "-t", f"{liar.host}/me/app:1"]
    attempt(tiny(tmp_path / "tiny"), tmp_path, *flags).failed(3, "you are not me", "hint:")


@pytest.mark.parametrize("code", [429, 500, 503])
def test_what_passes_is_tried_again(tmp_path: Path, liar: LyingRegistry, code: int) -> None:
    liar.lie("GET /v2/me/base/blobs/", status(code), times=1)
    liar.lie("POST /v2/me/app/blobs/uploads", status(code), times=1)
    liar.lie("PUT /v2/me/app/manifests", status(code), times=1)
    project = tiny(tmp_path / "tiny")
    flags = [f"--base={liar.host}/me/base:1", "--push", "-t", f"{liar.host}/me/app:1"]
    told = result(project, tmp_path / "cache", *flags)["images"][0]
    assert liar.tags["me/app:1"] == told["digest"]


def test_a_host_that_is_not_there(tmp_path: Path, liar: LyingRegistry) -> None:
    liar.__exit__(None, None, None)
    done = attempt(tiny(tmp_path / "tiny"), tmp_path, f"--base={liar.host}/me/base:1")
    done.failed(3, liar.host)
    liar.__init__()  # type: ignore[misc] # something for the fixture to close
    liar.__enter__()
