"""References of images, as files have them."""

from __future__ import annotations

import pytest

from gotare.lint.image_builds import is_latest
from gotare.lint.images import image_of


@pytest.mark.parametrize(
    ("text", "name", "tag", "digest", "floating"),
    [
        ("postgres", "postgres", "", "", True),
        ("postgres:latest", "postgres", "latest", "", True),
        ("postgres:18", "postgres", "18", "", False),
        ("localhost:5000/api", "localhost:5000/api", "", "", True),
        ("localhost:5000/api:1", "localhost:5000/api", "1", "", False),
        ("api@sha256:00", "api", "", "sha256:00", False),
        ("api:latest@sha256:00", "api", "latest", "sha256:00", False),
        ("${IMAGE}", "${IMAGE}", "", "", False),
        ("api:${TAG:-latest}", "api:${TAG", "-latest}", "", False),
    ],
)
def test_references(text: str, name: str, tag: str, digest: str, floating: bool) -> None:
    image = image_of(text)
    assert (image.name, image.tag, image.digest) == (name, tag, digest)
    assert image.is_floating is floating


@pytest.mark.parametrize(
    ("text", "database"),
    [("postgres:18", True), ("docker.io/bitnami/redis:8", True), ("me/api:1", False)],
)
def test_databases(text: str, database: bool) -> None:
    assert image_of(text).is_database is database


@pytest.mark.parametrize(
    ("tag", "latest"),
    [
        ("x:latest", True), ("x", True), ("a/b", True), ("localhost:5000/x", True),
        ("$X:latest", True), ("ghcr.io/${{ github.repository }}:latest", True),
        ("x:1", False), ("$(IMAGE)", False), ("${{ steps.meta.outputs.tags }}", False),
        ("$(P)$(if $(R),$(R)/)x:$(shell git describe 2>/dev/null || echo dev)", False), ("", False),
    ],
)  # fmt: skip
def test_tags_that_are_latest(tag: str, latest: bool) -> None:
    assert is_latest(tag) is latest
