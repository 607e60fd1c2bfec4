"""The catalogue of bases, and when releases end."""

from __future__ import annotations

from datetime import date

import pytest

from gotare.generate import tools
from gotare.lint.dockerfile.bases_catalog import facts_of
from gotare.lint.dockerfile.releases import (
    DEBIAN,
    END_OF_LIFE,
    GO_RELEASED,
    NEWEST_GO,
    go_end_of_life,
    go_minor,
    go_version,
)
from gotare.lint.dockerfile.resolve import split_reference, variables_in


@pytest.mark.parametrize(
    ("reference", "parts"),
    [
        ("alpine", ("docker.io", "alpine", "", "")),
        ("library/alpine:3", ("docker.io", "alpine", "3", "")),
        ("docker.io/library/alpine", ("docker.io", "alpine", "", "")),
        ("index.docker.io/a/b:1", ("docker.io", "a/b", "1", "")),
        ("gcr.io/distroless/static", ("gcr.io", "distroless/static", "", "")),
        ("localhost:5000/a:1@sha256:ab", ("localhost:5000", "a", "1", "sha256:ab")),
        ("localhost/a", ("localhost", "a", "", "")),
        ("a/b/c", ("docker.io", "a/b/c", "", "")),
    ],
)
def test_references(reference: str, parts: tuple[str, ...]) -> None:
    assert split_reference(reference) == parts


def test_variables() -> None:
    assert variables_in("${A}-$B:${C:-$A} $1 $$") == ("A", "B", "C")


@pytest.mark.parametrize(
    ("version", "minor", "full"),
    [
        ("1.24", 24, (24, -1)),
        ("1.24.5", 24, (24, 5)),
        ("1.25rc1", 25, (25, -1)),
        ("", None, None),
        ("2.0", None, None),
        ("latest", None, None),
    ],
)
def test_versions(version: str, minor: int | None, full: tuple[int, int] | None) -> None:
    assert go_minor(version) == minor
    assert go_version(version) == full


def test_go_ends_when_two_newer_are_out() -> None:
    for minor, day in GO_RELEASED.items():
        if minor - 2 in GO_RELEASED:
            assert go_end_of_life(f"1.{minor - 2}") == day
    assert go_end_of_life(f"1.{NEWEST_GO}") == go_end_of_life(f"1.{NEWEST_GO - 1}") == ""
    assert go_end_of_life("1.4") != "" and go_end_of_life("nonsense") == ""


def test_dates_are_days_and_in_order() -> None:
    days = [date.fromisoformat(day) for day in GO_RELEASED.values()]
    assert days == sorted(days)
    assert all(date.fromisoformat(day) for day in END_OF_LIFE.values())
    alpines = [day for name, day in END_OF_LIFE.items() if name.startswith("alpine")]
    assert alpines == sorted(alpines)


NAMES = ["golang", "alpine", "debian", "ubuntu", "busybox", "node", "python", "nginx", "docker"]
TAGS = ["", "latest", "1.24", "3.20-alpine3.19", "bookworm-slim", "nonsense", "$X", "$X-alpine"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("tag", TAGS)
def test_facts_agree_with_themselves(name: str, tag: str) -> None:
    facts = facts_of(name, tag)
    if facts is None:
        assert tag == "$X"
        return
    assert not (facts.minimal and facts.shell)
    assert facts.package_manager == "apk" or facts.libc != "musl"
    assert not facts.has_go or "go" in facts.tools
    assert not facts.compiler or "gcc" in facts.tools
    assert ("gcc" in facts.tools) == facts.compiler
    assert facts.user == "" or facts.user in {*facts.users, "65532"}
    assert facts.shell is None or facts.env.get("PATH")


def test_an_image_of_another_repository_is_not_known() -> None:
    for name in ["golangci/golangci-lint", "team/golang", "ghcr.io/a/alpine", "alpine/git"]:
        assert facts_of(name, "latest") is None


def test_what_init_writes_is_a_release_that_is_known() -> None:
    assert tools.ALPINE.replace(":", " ") in END_OF_LIFE
    assert tools.DEBIAN_RELEASE in DEBIAN
