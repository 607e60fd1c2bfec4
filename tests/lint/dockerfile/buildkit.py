"""BuildKit's own parser and shell lexer, as a program of a few lines that is compiled once."""

from __future__ import annotations

import base64
import fcntl
import hashlib
import json
import os
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SOURCES = Path(__file__).parent / "oracle"


class NoOracleError(Exception):
    """Its modules cannot be had here."""


@dataclass(frozen=True)
class Oracle:
    """The compiled program."""

    program: Path

    def files(self, contents: Iterable[bytes]) -> list[Any]:
        """Return what BuildKit makes of each file."""
        return self._ask({"File": base64.b64encode(content).decode()} for content in contents)

    def words(
        self, words: Iterable[tuple[str, Mapping[str, str], str]], *, raw: bool = False
    ) -> list[Any]:
        """Return what becomes of words with their variables and escape character."""
        return self._ask(
            {
                "Word": word,
                "Env": [f"{k}={v}" for k, v in env.items()],
                "Escape": escape,
                "Raw": raw,
            }
            for word, env, escape in words
        )

    def _ask(self, requests: Iterable[object]) -> list[Any]:
        asked = [json.dumps(request) for request in requests]
        done = subprocess.run(
            [self.program], input="\n".join(asked) + "\n", capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr[-2000:]
        found = [json.loads(line) for line in done.stdout.split("\n")[:-1]]
        assert len(found) == len(asked)
        return found


def compiled_oracle(go: Path) -> Oracle:
    """Return the program, compiled where that has not been done. Raises NoOracleError."""
    names = ("go.mod", "go.sum", "main.go")
    key = hashlib.sha256(b"\0".join((SOURCES / name).read_bytes() for name in names)).hexdigest()
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gotare-test-tools"
    folder = root / "dockerfile-oracle" / key[:16]
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "oracle"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not program.exists():
            _compile(go, program)
    return Oracle(program)


def _compile(go: Path, program: Path) -> None:
    environment = {**os.environ, "GOFLAGS": "-mod=readonly", "CGO_ENABLED": "0", "GOWORK": "off"}
    made = program.with_suffix(".new")
    done = subprocess.run(
        [go, "build", "-o", made, "."], cwd=SOURCES, env=environment, capture_output=True, text=True
    )
    if done.returncode:
        raise NoOracleError(f"go build fails: {done.stderr[-500:]}")
    made.rename(program)
