"""gotare's own schemas: good documents pass, and none passes that the official ones refuse."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gotare.errors import UsageError
from gotare.oci.schema import KINDS, Kind, parse, schema_problems, without_nulls
from gotare.oci.types import OCI_INDEX
from tests.conftest import ROOT

DIGEST = "sha256:" + "ab" * 32
DESCRIPTOR: dict[str, Any] = {
    "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
    "digest": DIGEST,
    "size": 5,
    "urls": ["https://example.com/a"],
    "annotations": {"org.example": "yes"},
    "data": "aGVsbG8=",
    "artifactType": "application/spdx+json",
    "platform": {
        "architecture": "arm",
        "os": "linux",
        "variant": "v7",
        "os.version": "1",
        "os.features": ["a"],
    },
}
DOCUMENTS: dict[Kind, dict[str, Any]] = {
    "descriptor": DESCRIPTOR,
    "index": {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "artifactType": "a/b",
        "manifests": [DESCRIPTOR],
        "subject": DESCRIPTOR,
        "annotations": {"a": "b"},
    },
    "manifest": {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "artifactType": "a/b",
        "config": DESCRIPTOR,
        "layers": [DESCRIPTOR, DESCRIPTOR],
        "subject": DESCRIPTOR,
        "annotations": {"a": "b"},
    },
    "config": {
        "created": "2024-02-29T12:00:00.123+02:00",
        "author": "me",
        "architecture": "arm",
        "variant": "v7",
        "os": "linux",
        "os.version": "1",
        "os.features": ["a"],
        "config": {
            "User": "65532:65532",
            "ExposedPorts": {"8080/tcp": {}},
            "Env": ["A=b"],
            "Entrypoint": ["/app"],
            "Cmd": None,
            "Volumes": {"/data": {}},
            "WorkingDir": "/",
            "Labels": {"a": "b"},
            "StopSignal": "SIGTERM",
            "ArgsEscaped": True,
            "Healthcheck": {"Test": ["CMD", "/app"], "Interval": 30_000_000_000, "Retries": 3},
        },
        "rootfs": {"type": "layers", "diff_ids": [DIGEST]},
        "history": [
            {
                "created": "2024-02-29T12:00:00Z",
                "author": "me",
                "created_by": "gotare",
                "comment": "a layer",
                "empty_layer": False,
            }
        ],
    },
    "layout": {"imageLayoutVersion": "1.0.0"},
}
OFFICIAL = ROOT.parent / "shared" / "data" / "oci-schema"


@pytest.mark.parametrize("kind", KINDS)
def test_good_documents(kind: Kind, official_schemas: Path) -> None:
    assert schema_problems(kind, DOCUMENTS[kind]) == []
    assert schema_problems(kind, DOCUMENTS[kind], official_schemas) == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_required_field_is_missed(kind: Kind) -> None:
    required = {
        "descriptor": ["mediaType", "digest", "size"],
        "index": ["schemaVersion", "manifests"],
        "manifest": ["schemaVersion", "config", "layers"],
        "config": ["architecture", "os", "rootfs"],
        "layout": ["imageLayoutVersion"],
    }
    for field in required[kind]:
        document = {key: value for key, value in DOCUMENTS[kind].items() if key != field}
        assert any(field in message for message in schema_problems(kind, document))


@pytest.mark.parametrize(
    ("kind", "path", "value"),
    [
        ("descriptor", ["size"], 5.0),
        ("descriptor", ["size"], True),
        ("descriptor", ["size"], -1),
        ("descriptor", ["size"], 1 << 63),
        ("descriptor", ["digest"], DIGEST.upper()),
        ("descriptor", ["digest"], DIGEST + "\n"),
        ("descriptor", ["digest"], "sha256:../../etc/passwd"),
        ("descriptor", ["mediaType"], "no type"),
        ("descriptor", ["mediaType"], "a/b\n"),
        ("descriptor", ["annotations", ""], "nameless"),
        ("index", ["schemaVersion"], 1),
        ("index", ["layers"], []),
        ("manifest", ["manifests"], []),
        ("manifest", ["layers"], []),
        ("manifest", ["layers", 1, "size"], "5"),
        ("config", ["created"], "yesterday"),
        ("config", ["created"], "2024-13-01T00:00:00Z"),
        ("config", ["rootfs", "diff_ids", 0], "abc"),
        ("config", ["rootfs", "type"], "folders"),
        ("config", ["config", "Env", 0], "NOVALUE"),
        ("config", ["config", "Entrypoint"], "/app"),
        ("config", ["config", "ExposedPorts", "http"], {}),
        ("config", ["config", "Healthcheck", "Interval"], "30s"),
        ("layout", ["imageLayoutVersion"], "2.0.0"),
    ],
)
def test_wrong_values(kind: Kind, path: list[Any], value: object) -> None:
    document = copy.deepcopy(DOCUMENTS[kind])
    target: Any = document
    for part in path[:-1]:
        target = target[part]
    target[path[-1]] = value
    assert schema_problems(kind, document)


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the paths to everything inside a document."""
    if isinstance(value, dict):
        inner = [places(child, (*at, key)) for key, child in value.items()]
    elif isinstance(value, list):
        inner = [places(child, (*at, number)) for number, child in enumerate(value)]
    else:
        inner = []
    return [at, *(place for found in inner for place in found)]


scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(1 << 66), 1 << 66)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["", "a", "a/b", "a/b\n", DIGEST, "sha384:abc", "1.0.0", "layers", 2.0])
    | st.text(max_size=5)
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=3,
)


@st.composite
def mutated(draw: st.DrawFn) -> tuple[Kind, Any]:
    """Draw a document in which some values are dropped, replaced or added."""
    kind = draw(st.sampled_from(KINDS))
    document: Any = copy.deepcopy(DOCUMENTS[kind])
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.sampled_from(places(document)))
        if not place:
            continue
        parent = document
        for part in place[:-1]:
            parent = parent[part]
        action = draw(st.sampled_from(["drop", "replace", "add"]))
        if action == "drop":
            del parent[place[-1]]
        elif action == "replace":
            parent[place[-1]] = draw(values)
        elif isinstance(parent, dict):
            parent[draw(st.text(max_size=3))] = draw(values)
    return kind, document


@pytest.mark.skipif(
    not OFFICIAL.is_dir(), reason=f"not in the repository: the schemas of {OFFICIAL.name}"
)
@settings(max_examples=1000, deadline=None)
@given(mutated())
def test_ours_refuse_what_the_official_ones_refuse(case: tuple[Kind, Any]) -> None:
    kind, document = case
    if schema_problems(kind, document, OFFICIAL):
        assert schema_problems(kind, document)


def test_few_and_short_messages() -> None:
    document = {**DOCUMENTS["manifest"], "layers": ["x" * 10_000] * 50}
    messages = schema_problems("manifest", document)
    assert len(messages) == 5
    assert all(len(message) < 250 for message in messages)
    assert messages[0].startswith("$.layers[0]: ")


def test_a_folder_without_schemas(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="image-index-schema") as caught:
        schema_problems("index", {}, tmp_path)
    assert caught.value.hint


@given(st.dictionaries(st.text(max_size=3), values))
def test_parsing_keeps_the_document(document: dict[str, Any]) -> None:
    assert parse(json.dumps(document).encode()) == document


@pytest.mark.parametrize(
    "content", [b"", b"[]", b'"a"', b"{", b'{"a":1,"a":1}', b'{"b":{"a":1,"a":2}}']
)
def test_parsing_refuses(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse(content)


def test_nulls_are_dropped_at_every_depth_of_objects() -> None:
    document = {"a": None, "b": {"c": None, "d": [None], "e": 0}}
    assert without_nulls(document) == {"b": {"d": [None], "e": 0}}


def test_numbers_with_a_point_are_no_sizes() -> None:
    entry = {"mediaType": "a/b", "digest": "sha256:" + "ab" * 32, "size": 5.0}
    index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [entry]}
    (problem,) = schema_problems("index", index)
    assert "$.manifests[0].size" in problem
