"""Answers a `gotare build` that has nothing to do, before anything is parsed or imported.

The same words in the same folder and environment ask for the same thing, so the record of a build
is found by them alone. If all that the build read is unchanged and all that it wrote is in place,
the result is printed again. If only code was edited, `go build` starts at once with the command of
last time, while the rest of gotare is still being imported; should another command turn out to be
needed, that one is ended and nothing of it is used.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from gotare.cache import cache_root, hold, release_all
from gotare.frozen import dataclass
from gotare.reuse import Recalled, build_key, recall

if TYPE_CHECKING:
    from gotare.golang.head_start import HeadStart


_FEW = 2
"""On so few cores our imports and go's start get in each other's way: the imports wait."""

_PATIENCE = 0.3
"""Seconds that they wait at most for go to name the first package that it compiles."""


@dataclass(frozen=True, slots=True)
class Early:
    """What was learnt before parsing: the record's name and content, and when we began (ns)."""

    key: str
    started: int
    recalled: Recalled | None
    answered: bool = False


def look(args: list[str], env: Mapping[str, str]) -> Early:
    """Look for a record of the same request; print its result when there is nothing to do."""
    started = time.time_ns()
    # What --no-cache makes serves the same request without it.
    asked = [word for word in args if word != "--no-cache"]
    key = build_key({"args": asked, "directory": str(Path.cwd())}, env)
    if "--no-cache" in args:
        return Early(key, started, None)
    recalled = recall(_records(env), key)
    if recalled and recalled.current and not recalled.bases:
        _answer(recalled)
        return Early(key, started, recalled, answered=True)
    if recalled and recalled.head_start and not recalled.unchanged and "--dry-run" not in args:
        _begin(recalled.head_start, env)
    return Early(key, started, recalled)


def _begin(head_start: tuple[HeadStart, Path], env: Mapping[str, str]) -> None:
    from gotare.golang.head_start import begin
    from gotare.golang.process import wait_for_ahead

    record, lock = head_start
    if hold(lock) and not begin(record, env):
        release_all()
    elif (os.cpu_count() or 1) <= _FEW:
        wait_for_ahead(_PATIENCE)


def _records(env: Mapping[str, str]) -> Path:
    home = Path(env.get("HOME") or "~").expanduser()
    return cache_root(env, home) / "builds"


def _answer(recalled: Recalled) -> None:
    from gotare.result import BuildResult

    result = BuildResult(recalled.images, {}, recalled.outputs)
    if recalled.form == "json":
        import json

        print(json.dumps(result.json(), indent=2))
    elif recalled.form == "text":
        from gotare.cli.show_result import result_lines

        print(result_lines(result))
    sys.stdout.flush()
