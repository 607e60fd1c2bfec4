"""What is wrong with an image config: against its layers, its platform and its file system.

Source: image-spec v1.1 `config.md`. Pure: documents in, problems out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gotare.oci.problems import Problem
from gotare.oci.tarcheck import Files, find
from gotare.oci.types import Descriptor, Platform


def check_counts(config: Mapping[str, Any], layers: int) -> Iterator[Problem]:
    """Yield a problem when diff_ids or history do not fit the number of layers."""
    found = len(diff_ids(config))
    if found != layers:
        message = f"the config has {found} diff_ids, the manifest {layers} layers"
        yield Problem("error", "diff-id-count", message)
    history = config.get("history")
    if not isinstance(history, list) or not history:
        return
    made = sum(1 for step in history if isinstance(step, dict) and not step.get("empty_layer"))
    if made != layers:
        message = f"the history tells of {made} layers, the manifest has {layers}"
        yield Problem("error", "history-count", message)


def diff_ids(config: Mapping[str, Any]) -> Sequence[Any]:
    """Return the diffIDs of a config, none when they are not a list."""
    rootfs = config.get("rootfs")
    ids = rootfs.get("diff_ids") if isinstance(rootfs, dict) else None
    return ids if isinstance(ids, list) else []


def check_platform(config: Mapping[str, Any], descriptor: Descriptor) -> Iterator[Problem]:
    """Yield a problem when the index entry names another platform than the config."""
    if descriptor.platform is None:
        return
    entry, own = descriptor.platform.normal, Platform.from_json(config).normal
    same = (entry.os, entry.architecture) == (own.os, own.architecture)
    # A config without variant says nothing against the entry's: the field came late to configs.
    if not same or (own.variant and entry.variant != own.variant):
        message = f"the index says {descriptor.platform}, the config {Platform.from_json(config)}"
        yield Problem("error", "platform", message)


def check_user(config: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield a warning when the user is a name, which Kubernetes' runAsNonRoot cannot judge."""
    user = str(_settings(config).get("User") or "")
    parts = [part for part in user.split(":", 1) if part]
    if any(not (part.isascii() and part.isdigit()) for part in parts):
        yield Problem("warning", "user-name", f"the user {user[:80]!r} is not numeric")


def check_entrypoint(config: Mapping[str, Any], files: Files) -> Iterator[Problem]:
    """Yield a problem when the program that the image starts is absent or not executable.

    Only an absolute path can be judged: others depend on PATH and on the arguments given.
    """
    program = _program(config)
    if not program.startswith("/"):
        return
    entry = find(files, program)
    if entry is None:
        message = f"the entrypoint {program!r} is not in the image"
        yield Problem("error", "entrypoint-missing", message, path=program)
    elif entry.kind != "file" or not entry.mode & 0o111:
        message = f"the entrypoint {program!r} is not an executable file"
        yield Problem("error", "entrypoint-mode", message, path=program)


def _program(config: Mapping[str, Any]) -> str:
    settings = _settings(config)
    command = settings.get("Entrypoint") or settings.get("Cmd")
    return str(command[0]) if isinstance(command, list) and command else ""


def _settings(config: Mapping[str, Any]) -> Mapping[str, Any]:
    settings = config.get("config")
    return settings if isinstance(settings, dict) else {}
