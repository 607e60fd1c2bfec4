"""Starts the compiler of a known build at once, before all else is ready.

After an edit the command is nearly always that of last time. It is started with the record alone;
when the build gets there it finds the process, or ends it if it needs another command.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypedDict

from gotare.errors import ToolError
from gotare.golang.finished import unfinished
from gotare.golang.process import Command, start_ahead


class HeadStart(TypedDict):
    """A command as a record keeps it: the environment only where it differs from the user's."""

    args: list[str]
    cwd: str
    env: dict[str, str]
    unset: list[str]
    binaries: list[str]


def head_start_of(command: Command, binaries: Sequence[Path], env: Mapping[str, str]) -> HeadStart:
    """Return what has to be remembered of a command that was run in the environment."""
    return {
        "args": list(command.args),
        "cwd": str(command.cwd),
        "env": {key: value for key, value in command.env.items() if env.get(key) != value},
        "unset": [key for key in env if key not in command.env],
        "binaries": [str(binary) for binary in binaries],
    }


def begin(record: HeadStart, env: Mapping[str, str]) -> bool:
    """Start the command, if the binaries of last time are whole; return whether it runs."""
    if unfinished(Path(binary) for binary in record["binaries"]):
        return False
    kept = {key: value for key, value in env.items() if key not in record["unset"]}
    command = Command(tuple(record["args"]), Path(record["cwd"]), {**kept, **record["env"]})
    try:
        start_ahead(command)
    except ToolError:
        return False
    return True
