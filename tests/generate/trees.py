"""The whole file tree of an image and how it runs, in a form that two images can be compared in."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

COMPARED = (
    "User", "Env", "Entrypoint", "Cmd", "WorkingDir", "ExposedPorts", "Volumes", "Labels",
    "StopSignal", "Healthcheck",
)  # fmt: skip
"""What says how a container runs; the rest of a config tells how the image was made."""


@dataclass(frozen=True)
class Node:
    """A file, folder or link. `content` is a digest, or the target of a symbolic link."""

    kind: str
    mode: str
    owner: str
    content: str = ""


def tree_of(layers: Iterable[bytes]) -> dict[str, Node]:
    """Return the tree that tars make, one over the other, by path without a leading slash."""
    tree: dict[str, Node] = {}
    for layer in layers:
        with tarfile.open(fileobj=io.BytesIO(layer)) as archive:
            for member in archive:
                path = member.name.strip("/").removeprefix("./")
                name = path.rpartition("/")[2]
                if name.startswith(".wh."):
                    _remove(tree, path, name)
                elif path and path != ".":
                    tree[path] = _node(archive, member, tree)
    return tree


def _remove(tree: dict[str, Node], path: str, name: str) -> None:
    folder = path[: -len(name)]
    gone = folder if name == ".wh..wh..opq" else folder + name.removeprefix(".wh.")
    for known in list(tree):
        if known == gone or known.startswith(gone.rstrip("/") + "/"):
            del tree[known]


def _node(archive: tarfile.TarFile, member: tarfile.TarInfo, tree: Mapping[str, Node]) -> Node:
    if member.islnk():
        return tree[member.linkname.strip("/").removeprefix("./")]
    mode, owner = f"{member.mode & 0o7777:04o}", f"{member.uid}:{member.gid}"
    if member.issym():
        return Node("link", "", owner, member.linkname)
    if member.isdir():
        return Node("folder", mode, owner)
    stream = archive.extractfile(member)
    assert stream, member.name
    return Node("file", mode, owner, hashlib.sha256(stream.read()).hexdigest())


def of_docker_archive(content: bytes) -> tuple[dict[str, Node], dict[str, Any]]:
    """Return tree and settings of the only image of a `docker save`."""
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:

        def read(name: str) -> bytes:
            stream = archive.extractfile(name)
            assert stream, name
            return stream.read()

        (entry,) = json.loads(read("manifest.json"))
        config = json.loads(read(entry["Config"]))["config"]
        return tree_of(map(read, entry["Layers"])), settings_of(config)


def settings_of(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is compared of a config: empty is absent, and variables have no order."""
    found = {key: config[key] for key in COMPARED if config.get(key)}
    found["Env"] = dict(pair.split("=", 1) for pair in found.get("Env", ()))
    return found


def differences(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return what differs, by path or key, as what each side has."""
    keys = sorted({*one, *other})
    return {key: (one.get(key), other.get(key)) for key in keys if one.get(key) != other.get(key)}
