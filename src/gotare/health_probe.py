"""Compiles gotare's probe for a platform, once per toolchain: the health check of small images.

The source and the flags are in `probe`; Dockerfiles that gotare writes compile the same.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from gotare import probe
from gotare.cache import locked
from gotare.errors import CompileError, ProjectError
from gotare.golang.compile import made, run_compiler
from gotare.golang.flags import build_env
from gotare.golang.process import Command
from gotare.golang.toolchain import effective_env
from gotare.places import PROBE

if TYPE_CHECKING:
    from gotare.cache import Cache
    from gotare.golang.platform import GoPlatform
    from gotare.golang.toolchain import Go
    from gotare.progress import Progress

NAME: Final = PROBE.rpartition("/")[2]


def probe_binary(
    go: Go, platform: GoPlatform, cache: Cache, env: Mapping[str, str], progress: Progress
) -> Path:
    """Return the probe for a platform. Raises CompileError, StoreError."""
    words = (go.version, repr(sorted(platform.variables.items())), *probe.build_args(NAME))
    key = hashlib.sha256(b"\0".join((probe.source(), *map(str.encode, words)))).hexdigest()[:32]
    folder = made(cache.folder("bin") / "probe" / key)
    binary = folder / NAME
    with locked(folder / "lock"):
        if not binary.is_file():
            _compile(go, platform, binary, env, progress)
    return binary


def _compile(
    go: Go, platform: GoPlatform, binary: Path, env: Mapping[str, str], progress: Progress
) -> None:
    """Compile beside the binary's place, and rename: what is there is always whole."""
    goenv = effective_env(go, {**env, **probe.ENVIRONMENT, "GOENV": "off"})
    with TemporaryDirectory(dir=binary.parent) as name:
        folder = Path(name)
        (folder / probe.SOURCE).write_bytes(probe.source())
        out = made(folder / "out") / NAME
        command = Command(
            (str(go.path), *probe.build_args(str(out))),
            folder,
            go.environment(build_env(probe.FLAGS, platform, goenv)),
        )
        run_compiler(command, f"probe {platform}", (out,), progress, _failure)
        os.replace(out, binary)  # noqa: PTH105


def _failure(lines: list[str]) -> CompileError:
    return CompileError(
        "the probe of the health check does not compile",
        "\n".join(lines),
        "give the health check a command of the program's own instead of an address",
    )


def with_probe(binaries: Mapping[str, Path], path: Path) -> dict[str, Path]:
    """Return an image's binaries with the probe. Raises ProjectError when one is called like it."""
    if NAME in binaries:
        raise ProjectError(
            f"the program and the probe of the health check are both called {NAME}",
            "give the health check a command of the program's own, or rename the program",
        )
    return {**binaries, NAME: path}
