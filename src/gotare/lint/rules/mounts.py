"""What do the `--mount` flags of a RUN mount, and how does one more get there?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field

from gotare.findings import Edit
from gotare.frozen import dataclass
from gotare.lint.dockerfile.csv import CsvError, csv_fields
from gotare.lint.dockerfile.edit import indentation, newline
from gotare.lint.dockerfile.model import Build, Stage
from gotare.lint.dockerfile.state import joined, value_in
from gotare.lint.dockerfile.syntax import Dockerfile, Flag, Instruction


@dataclass(frozen=True, slots=True)
class Mount:
    """A `--mount`. `target` is absolute; None where it is not known, or not said. `written` is the
    target as it is written."""

    kind: str
    target: str | None
    flag: Flag
    written: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        """What `from` names; "" is the build context."""
        return self.fields.get("from", "")

    def covers(self, path: str) -> bool:
        """Whether a path is the mount's target or lies below it."""
        target = self.target
        return target is not None and (path == target or path.startswith(f"{target.rstrip('/')}/"))


def mounts_of(build: Build, stage: Stage, instruction: Instruction) -> tuple[Mount, ...]:
    """Return the mounts of a RUN; those that cannot be read are left out."""
    return build.once("mounts", instruction, lambda: tuple(_mounts(build, stage, instruction)))


def _mounts(build: Build, stage: Stage, instruction: Instruction) -> Iterator[Mount]:
    state = stage.state_at(instruction)
    for flag in instruction.flags:
        fields = _fields(flag)
        if fields is None:
            continue
        written = next((fields[k] for k in ("target", "dst", "destination") if k in fields), "")
        said = value_in(state, written, build.file.escape) if written else None
        yield Mount(
            fields.get("type", "bind").lower(), joined(state.workdir, said), flag, written, fields
        )


def _fields(flag: Flag) -> dict[str, str] | None:
    if flag.name != "mount" or not flag.value:
        return None
    try:
        parts = [part.partition("=") for part in csv_fields(flag.value)]
    except CsvError:
        return None
    return {key.strip().lower(): value for key, _, value in parts}


def add_mount(file: Dockerfile, instruction: Instruction, value: str) -> Edit:
    """Return the edit that adds `--mount=VALUE` to a RUN, in the way the others are written."""
    text = f"--mount={value}"
    if instruction.flags:
        last = instruction.flags[-1].span.end
        return Edit(last, last, f"{_between(file, instruction)}{text}")
    at = instruction.keyword.end
    indent = indentation(file, instruction)
    return Edit(at, at, f" {text} {file.escape}{newline(file)}{indent}   ")


def _between(file: Dockerfile, instruction: Instruction) -> str:
    """Return what stands between two flags, or between the flag and the command."""
    flags = instruction.flags
    if len(flags) > 1:
        between = file.text[flags[-2].span.end : flags[-1].span.start]
    else:
        end = instruction.place(*_first(instruction)).start
        between = file.text[flags[-1].span.end : end]
    return between if between and not between.strip(f" \t\r\n{file.escape}") else " "


def _first(instruction: Instruction) -> tuple[int, int]:
    blanks = len(instruction.value) - len(instruction.value.lstrip())
    return blanks, blanks + 1
