"""Whole layouts: their two files and every image in them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from gotare.oci.layout import Layout
from gotare.oci.validate import validate_layout
from tests.oci.images import tiny_image, tiny_index, tiny_referrer


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    made = Layout(tmp_path / "dist", create=True)
    image = tiny_image(made, name="app:1")
    tiny_index(made, name="app:2")
    tiny_referrer(made, image)
    return made


def test_all_images_and_referrers(layout: Layout, official_schemas: Path) -> None:
    report = validate_layout(layout, schema_directory=official_schemas)
    assert report.findings == ()
    assert (report.manifests, report.blobs, report.files) == (5, 8, 3)  # layers are shared


@pytest.mark.parametrize(
    ("rule", "name", "damage"),
    [
        ("layout-file", "oci-layout", lambda path: path.unlink()),
        ("json", "oci-layout", lambda path: path.write_text("1.0.0")),
        ("schema", "oci-layout", lambda path: path.write_text('{"imageLayoutVersion":"2"}')),
        ("json", "index.json", lambda path: path.write_text("{")),
        ("schema", "index.json", lambda path: path.write_text('{"schemaVersion":2}')),
        ("layout-file", "index.json", lambda path: path.unlink()),
    ],
)
def test_damaged_files(
    layout: Layout, rule: str, name: str, damage: Callable[[Path], object]
) -> None:
    damage(layout.path / name)
    report = validate_layout(layout)
    assert [(found.rule, found.path) for found in report.findings] == [(rule, name)]


def test_one_bad_image_among_good_ones(layout: Layout) -> None:
    index = json.loads((layout.path / "index.json").read_text())
    entry = next(e for e in index["manifests"] if "artifactType" not in e)
    blob = layout.blobs.path(entry["digest"])
    blob.write_bytes(blob.read_bytes()[:-1] + b" ")
    report = validate_layout(layout)
    assert [(found.rule, found.digest) for found in report.findings if found.digest] == [
        ("blob-corrupt", entry["digest"])
    ]
    # While a manifest cannot be read, nobody knows what it refers to.
    assert {found.rule for found in report.findings} <= {"blob-corrupt", "referrers"}
    assert report.manifests > 1
