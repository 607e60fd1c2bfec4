"""The decisions of a plan, as tables; and that any settings give a plan or a UsageError."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotare.circumstances import Circumstances
from gotare.errors import PlatformError, ProjectError, UsageError
from gotare.golang.git import GitFacts
from gotare.golang.mains import Main
from gotare.golang.version_names import Kind
from gotare.golang.versions import VersionVariable
from gotare.grouping import Programs, image_name
from gotare.oci.image import HealthCheck
from gotare.oci.types import Platform
from gotare.places import PATH
from gotare.plan import ImagePlan, Plan, make_plan
from gotare.settings import ADDITIONS, Config, FileMapping, Settings

HOST = Platform("linux", "amd64")
GIT = GitFacts("abc123", 1_700_000_000, "v1.2.3", "https://git.example.com/me/app")
TITLE = "org.opencontainers.image."


def main(path: str) -> Main:
    """Return the main of example.com/app/PATH."""
    return Main(f"example.com/app/{path}", path, path.rpartition("/")[2], "example.com/app")


def programs(*paths: str, variables: tuple[VersionVariable, ...] = ()) -> Programs:
    """Return programs in /src."""
    mains = tuple(main(path) for path in paths or ("cmd/api",))
    folders = {m.import_path: Path("/src") / m.dir for m in mains}
    return Programs(mains, variables, Path("/src"), folders)


def plan(
    settings: Settings | None = None,
    *paths: str,
    images: Mapping[str, Settings] | None = None,
    around: Circumstances | None = None,
    **flags: Any,
) -> Plan:
    """Plan with settings from the file and flags."""
    circumstances = around or Circumstances(HOST)
    circumstances = replace(circumstances, overrides=Settings(**flags))
    return make_plan(programs(*paths), Config(settings or Settings(), images), circumstances)


def only(found: Plan) -> ImagePlan:
    """Return the only image."""
    (image,) = found.images
    return image


def test_defaults() -> None:
    found = plan()
    image = only(found)
    assert (image.name, image.base, image.add) == ("api", "static", ADDITIONS)
    assert image.packages == ("example.com/app/cmd/api",)
    assert image.run.entrypoint == ("/usr/local/bin/api",)
    assert image.run.working_dir == "/home/nonroot"
    assert image.run.env == {"PATH": PATH, "SSL_CERT_FILE": "/etc/ssl/certs/ca-certificates.crt"}
    assert image.run.user is None
    assert image.tags == ()
    assert found.platforms == (HOST,)
    assert (str(found.compression), found.docker, found.sbom) == ("gzip:6", False, "spdx")
    assert found.created == 0


@pytest.mark.parametrize(
    ("base", "add", "expected", "env"),
    [
        ("static", None, ADDITIONS, {"PATH", "SSL_CERT_FILE"}),
        ("static", ("zones",), ADDITIONS, {"PATH", "SSL_CERT_FILE"}),
        ("scratch", None, None, {"PATH"}),
        ("scratch", ("zones",), ("zones",), {"PATH"}),
        ("scratch", ("certificates",), ("certificates",), {"PATH", "SSL_CERT_FILE"}),
        ("debian:12", None, (), set()),
        ("debian:12", ("tmp",), ("tmp",), set()),
    ],
)
def test_bases(
    base: str, add: tuple[str, ...] | None, expected: tuple[str, ...] | None, env: set[str]
) -> None:
    image = only(plan(base=base, add=add))
    assert image.add == expected
    assert set(image.run.env) == env
    assert image.is_composed == (base in ("static", "scratch"))


@pytest.mark.parametrize(
    ("base", "user", "expected"),
    [
        ("static", "root", "0:0"),
        ("static", "nobody", "65534:65534"),
        ("static", "nonroot", "65532:65532"),
        ("scratch", "1000", "1000"),
        ("scratch", "1000:5", "1000:5"),
        ("debian:12", "www-data", "www-data"),
        ("debian:12", None, None),
    ],
)
def test_users(base: str, user: str | None, expected: str | None) -> None:
    assert only(plan(base=base, user=user)).run.user == expected


@pytest.mark.parametrize(
    ("platforms", "expected"),
    [
        (None, ["linux/amd64"]),
        (("linux/arm64",), ["linux/arm64"]),
        (("linux/arm64,linux/amd64",), ["linux/arm64", "linux/amd64"]),
        (("linux/arm64", "linux/arm64/v8"), ["linux/arm64"]),
        (("linux/arm/v6", "linux/arm/v7"), ["linux/arm/v6", "linux/arm/v7"]),
        (("linux/amd64/v3",), ["linux/amd64/v3"]),
    ],
)
def test_platforms(platforms: tuple[str, ...] | None, expected: list[str]) -> None:
    assert [str(platform) for platform in plan(platforms=platforms).platforms] == expected


@pytest.mark.parametrize(
    ("epoch", "git", "created", "why"),
    [
        (None, None, 0, "1970"),
        (None, GIT, 1_700_000_000, "commit"),
        (5, GIT, 5, "SOURCE_DATE_EPOCH"),
        (0, GIT, 0, "SOURCE_DATE_EPOCH"),
        (None, replace(GIT, time=0), 0, "1970"),
    ],
)
def test_created(epoch: int | None, git: GitFacts | None, created: int, why: str) -> None:
    found = plan(around=Circumstances(HOST, epoch, git))
    assert found.created == created
    (reason,) = [reason for reason in found.reasons if reason.decision == "created"]
    assert why in reason.why


def test_labels_and_annotations_from_git() -> None:
    image = only(plan(around=Circumstances(HOST, git=replace(GIT, dirty=True))))
    facts = {
        TITLE + "title": "api",
        TITLE + "version": "v1.2.3-dirty",
        TITLE + "revision": "abc123-dirty",
        TITLE + "source": "https://git.example.com/me/app",
    }
    assert image.run.labels == facts
    assert image.annotations == facts | {TITLE + "created": "2023-11-14T22:13:20Z"}


def test_words_of_the_user_win() -> None:
    settings = Settings(labels={TITLE + "title": "mine", "a": "b"}, annotations={"c": "d"})
    image = only(plan(settings, around=Circumstances(HOST, git=GIT, version="2", revision="r")))
    assert image.run.labels[TITLE + "title"] == "mine"
    assert image.run.labels["a"] == "b"
    assert image.annotations["c"] == "d"
    assert (image.annotations[TITLE + "version"], image.annotations[TITLE + "revision"]) == (
        "2",
        "r",
    )


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("ghcr.io/me/{name}:{version}", "ghcr.io/me/api:v1.2.3"),
        ("me/app:{revision}", "me/app:abc123"),
        ("me/app", "me/app:latest"),
        ("localhost:5000/{name}:1", "localhost:5000/api:1"),
    ],
)
def test_tags(tag: str, expected: str) -> None:
    assert only(plan(tags=(tag,), around=Circumstances(HOST, git=GIT))).tags == (expected,)


@pytest.mark.parametrize(
    ("destination", "expected"),
    [
        ("/etc/app", "/etc/app"),
        ("/etc/", "/etc/conf"),
        ("/", "/"),
        ("data", "/srv/data"),
        ("./data/", "/srv/data/conf"),
        ("/a//b/./c", "/a/b/c"),
    ],
)
def test_destinations(destination: str, expected: str) -> None:
    files = (FileMapping("some/conf", destination),)
    assert only(plan(files=files, workdir="/srv")).files[0].destination == expected


def test_version_variables_get_their_values() -> None:
    kinds: tuple[Kind, ...] = ("version", "commit", "date")
    variables = tuple(VersionVariable(f"main.{kind}", kind, "dev", "main.go", 1) for kind in kinds)
    found = make_plan(
        programs(variables=variables), Config(), Circumstances(HOST, git=GIT, version="9")
    )
    assert only(found).flags.x == {
        "main.commit": "abc123",
        "main.date": "2023-11-14T22:13:20Z",
        "main.version": "9",
    }
    bare = make_plan(programs(variables=variables), Config(), Circumstances(HOST))
    assert only(bare).flags.x == {}


# which images


def test_every_main_is_an_image() -> None:
    assert [image.name for image in plan(None, "cmd/a", "cmd/b").images] == ["a", "b"]


@pytest.mark.parametrize("package", ["./cmd/b", "cmd/../cmd/b/", "example.com/app/cmd/b"])
def test_images_name_their_packages(package: str) -> None:
    if not package.startswith((".", "example")):
        package = f"./{package}"
    found = plan(None, "cmd/a", "cmd/b", images={"mine": Settings(packages=(package,))})
    assert [(image.name, image.binaries) for image in found.images] == [("mine", ("b",))]


def test_images_own_settings_lie_over_the_common_and_flags_over_both() -> None:
    common = Settings(user="1", env={"A": "1", "B": "1"}, base="scratch")
    images = {"a": Settings(user="2", env={"B": "2"}), "b": None}
    found = plan(common, "cmd/a", "cmd/b", images={k: v or Settings() for k, v in images.items()})
    assert [image.run.user for image in found.images] == ["2", "1"]
    assert found.images[0].run.env == {"PATH": PATH, "A": "1", "B": "2"}
    flagged = plan(common, "cmd/a", images={"a": Settings(user="2")}, user="3", env={"B": "3"})
    assert only(flagged).run.user == "3"
    assert only(flagged).run.env == {"PATH": PATH, "A": "1", "B": "3"}


def test_patterns_restrict_the_images() -> None:
    around = Circumstances(HOST, patterns_given=True)
    images = {"a": Settings(user="2"), "gone": Settings()}
    found = plan(None, "cmd/a", "cmd/other", images=images, around=around)
    assert [image.name for image in found.images] == ["a", "other"]


@pytest.mark.parametrize(
    ("binary", "name"),
    [("api", "api"), ("API", "api"), ("my_app", "my_app"), ("a..b", "a-b"), ("-x-", "x"),
     ("été", "t"), ("", "app"), ("...", "app")],
)  # fmt: skip
def test_names_of_images(binary: str, name: str) -> None:
    assert image_name(binary) == name


@given(st.text(max_size=30))
def test_a_name_is_always_one_that_registries_take(text: str) -> None:
    from gotare.oci.reference import parse_reference

    assert parse_reference(f"example.com/{image_name(text)}:1").repository == image_name(text)


# what makes no sense


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"user": "app"}, "not in the base static"),
        ({"user": "1:2:3"}, "not in the base"),
        ({"workdir": "srv"}, "not an absolute path"),
        ({"volumes": ("/a/..",)}, "not an absolute path"),
        ({"env": {"": "x"}}, "not a name"),
        ({"env": {"a=b": "x"}}, "not a name"),
        ({"ports": ("0",)}, "not a port"),
        ({"ports": ("65536",)}, "not a port"),
        ({"ports": ("80/icmp",)}, "not a port"),
        ({"stop_signal": "TERM"}, "not a signal"),
        ({"files": (FileMapping("a", "/b/../../c"),)}, "may not hold"),
        ({"files": (FileMapping("a", "/b", owner="me"),)}, "not an owner"),
        ({"tags": ("{nmae}",)}, "unknown placeholder"),
        ({"tags": ("x:{version}",)}, "there is no version"),
        ({"platforms": ("linux",)}, "not a platform"),
        ({"cgo": "maybe"}, "not a cgo mode"),
        ({"cgo": "dynamic", "platforms": ("linux/arm64",)}, "cgo builds for this machine's"),
        ({"compression": "lzma"}, "lzma"),
        ({"compression": "zstd", "media_types": "docker"}, "zstd"),
    ],
)
def test_settings_that_make_no_sense(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        plan(**settings)


def test_programs_that_cannot_be_images() -> None:
    with pytest.raises(ProjectError, match="no main package"):
        make_plan(Programs((), (), Path("/src"), {}), Config(), Circumstances(HOST))
    with pytest.raises(ProjectError, match="two mains are called run"):
        plan(None, "a/run", "b/run")
    with pytest.raises(ProjectError, match="image x: no main package x"):
        plan(images={"x": Settings()})
    with pytest.raises(UsageError, match="would both be"):
        plan(None, "a", "b", tags=("me/app:1",))


# anything


def _words(examples: list[str]) -> st.SearchStrategy[str]:
    return st.sampled_from(examples) | st.text(max_size=8)


STRATEGIES: dict[str, st.SearchStrategy[Any]] = {
    "base": _words(["static", "scratch", "debian:12", "oci:x"]),
    "add": st.lists(st.sampled_from(ADDITIONS)).map(tuple),
    "platforms": st.lists(_words(["linux/arm64", "linux/amd64,linux/arm/v7", ","])).map(tuple),
    "tags": st.lists(_words(["me/{name}:{version}", "a:b", "{", "}{"])).map(tuple),
    "user": _words(["root", "0", "1:2", "nobody"]),
    "workdir": _words(["/a", "b", "/../c"]),
    "env": st.dictionaries(_words(["A", "B"]), st.text(max_size=4), max_size=3),
    "ports": st.lists(_words(["80", "90/udp"]), max_size=3).map(tuple),
    "volumes": st.lists(_words(["/a"]), max_size=3).map(tuple),
    "stop_signal": _words(["SIGTERM", "9"]),
    "healthcheck": st.just(HealthCheck(("x",))),
    "labels": st.dictionaries(st.text(max_size=4), st.text(max_size=4), max_size=3),
    "annotations": st.dictionaries(st.text(max_size=4), st.text(max_size=4), max_size=3),
    "files": st.lists(
        st.builds(
            FileMapping,
            st.text(max_size=5),
            _words(["/a", "b/", "/"]),
            st.none() | st.integers(0, 0o7777),
            _words(["0:0", "5"]),
        ),
        max_size=3,
    ).map(tuple),
    "args": st.lists(st.text(max_size=4)).map(tuple),
    "entrypoint": st.lists(st.text(max_size=4), min_size=1).map(tuple),
    "go_tags": st.lists(st.text(max_size=4)).map(tuple),
    "cgo": _words(["off", "dynamic", "static"]),
    "symbols": st.booleans(),
    "compression": _words(["gzip", "gzip:9", "zstd:3", "none"]),
    "media_types": st.sampled_from(["oci", "docker"]),
    "sbom": st.sampled_from(["none", "spdx", "cyclonedx"]),
}


def test_the_strategies_are_of_real_settings() -> None:
    names = {field.name for field in fields(Settings)}
    assert set(STRATEGIES) <= names
    assert names - set(STRATEGIES) == {"packages", "allow", "go_ldflags", "go_flags", "go_env"}


@given(st.fixed_dictionaries({}, optional=STRATEGIES))
def test_any_settings_give_a_plan_or_a_usage_error(settings: dict[str, Any]) -> None:
    try:
        found = plan(Settings(**settings), around=Circumstances(HOST, git=GIT))
    except UsageError as error:
        assert error.message
        return
    image = only(found)
    assert image.run.entrypoint
    assert found.platforms
    assert all(file.destination.startswith("/") for file in image.files)
    assert all(".." not in file.destination.split("/") for file in image.files)
    assert {reason.decision for reason in found.reasons} >= {"created", "platform", "base"}
    again = plan(Settings(**settings), around=Circumstances(HOST, git=GIT))
    assert again == found


def test_a_comma_alone_is_no_platform() -> None:
    with pytest.raises(PlatformError, match="not a platform: ','"):
        plan(Settings(platforms=(",",)))
