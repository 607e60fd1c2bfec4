"""Which flags may an instruction have, and with what values?

Source: `bflag.go`, `parse.go` and `commands_run*.go` of BuildKit's `instructions`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from gotare.lint.dockerfile.csv import CsvError, csv_fields
from gotare.lint.dockerfile.syntax import DockerfileError, Flag

Type = Literal["bool", "string", "strings"]

_HEALTH: Mapping[str, Type] = {
    "interval": "string",
    "timeout": "string",
    "start-period": "string",
    "start-interval": "string",
    "retries": "string",
}

FLAGS: Mapping[str, Mapping[str, Type]] = {
    "ADD": {
        "chown": "string",
        "chmod": "string",
        "link": "bool",
        "keep-git-dir": "bool",
        "checksum": "string",
        "unpack": "bool",
        "exclude": "strings",
    },
    "COPY": {
        "chown": "string",
        "from": "string",
        "chmod": "string",
        "link": "bool",
        "exclude": "strings",
        "parents": "bool",
    },
    "FROM": {"platform": "string"},
    "HEALTHCHECK": _HEALTH,
    "RUN": {
        "mount": "strings",
        "network": "string",
        "security": "string",
        "device": "strings",
    },
}
"""The flags of each instruction that has any."""

UNCHECKED = frozenset({"ARG", "STOPSIGNAL"})
"""Their flags are read and forgotten."""


def flag_errors(name: str, flags: Sequence[Flag]) -> Iterator[DockerfileError]:
    """Yield what is wrong with the flags of an instruction."""
    known = FLAGS.get(name, {})
    seen: set[str] = set()
    for flag in flags:
        kind = known.get(flag.name)
        if kind is None:
            yield _unknown(name, flag, known)
            continue
        if flag.name in seen and kind != "strings":
            yield DockerfileError(f"the flag --{flag.name} is given twice", flag.span)
        seen.add(flag.name)
        problem = _kind_problem(kind, flag) or _value_problem(name, flag)
        if problem:
            yield DockerfileError(f"--{flag.name}: {problem}", flag.span)


def _unknown(name: str, flag: Flag, known: Mapping[str, Type]) -> DockerfileError:
    choices = ", ".join(f"--{word}" for word in known)
    hint = f"{name} knows {choices}" if known else f"{name} has no flags"
    return DockerfileError(f"unknown flag: --{flag.name}", flag.span, hint)


def _kind_problem(kind: Type, flag: Flag) -> str:
    if kind == "bool":
        if flag.value == "":
            return "a value is missing"
        good = flag.value is None or flag.value.lower() in ("true", "false")
        return "" if good else f"{flag.value!r} is not true or false"
    return "a value is missing" if flag.value is None else ""


def _value_problem(name: str, flag: Flag) -> str:
    value = flag.value or ""
    if name == "HEALTHCHECK":
        return _retries_problem(value) if flag.name == "retries" else _duration_problem(value)
    if name != "RUN":
        return ""
    if flag.name == "network":
        return "" if value in ("default", "none", "host") else f"{value!r} is no network mode"
    if flag.name == "security":
        return "" if value in ("sandbox", "insecure") else f"{value!r} is no security mode"
    return _mount_problem(value) if flag.name == "mount" else _device_problem(value)


def _mount_problem(value: str) -> str:
    try:
        fields = csv_fields(value)
    except CsvError as error:
        return str(error)
    for field in fields:
        key, sign, content = field.partition("=")
        if sign and key.lower() == "from" and "$" in content[:-1]:
            return "from= takes no variables: name a stage after the image, and that stage here"
    return ""


def _device_problem(value: str) -> str:
    try:
        fields = csv_fields(value)
    except CsvError as error:
        return str(error)
    name = ""
    for field in fields:
        key, sign, content = field.partition("=")
        if key.lower() == "required":
            if sign and content not in _BOOLEANS:
                return f"{content!r} is not a boolean"
        elif sign and key.lower() == "name":
            if name:
                return f"the device's name is {name!r} already"
            name = content
        elif name:
            return f"unexpected {field!r}"
        else:
            name = field
    return ""


_BOOLEANS = frozenset(
    {"1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False"}
)
"""What Go's strconv.ParseBool reads."""


def _retries_problem(value: str) -> str:
    if not value:
        return ""
    if not re.fullmatch(r"[+-]?[0-9]{1,20}", value) or abs(int(value)) >= 2**31:
        return f"{value!r} is not a number"
    return "it cannot be negative" if int(value) < 0 else ""


_UNITS = {
    "ns": 1, "us": 10**3, "µs": 10**3, "μs": 10**3, "ms": 10**6, "s": 10**9,
    "m": 60 * 10**9, "h": 3600 * 10**9,
}  # fmt: skip
_PART = re.compile(r"([0-9]*)(?:\.([0-9]*))?(ns|us|µs|μs|ms|s|m|h)")


def _duration_problem(value: str) -> str:
    if not value:
        return ""
    nanoseconds = duration(value)
    if nanoseconds is None:
        return f"{value!r} is not a duration such as 30s"
    return "it cannot be less than 1ms" if nanoseconds and nanoseconds < 10**6 else ""


def duration(value: str) -> int | None:
    """Return the nanoseconds of a duration as Go writes it (`1m30s`), None where it is none."""
    sign = -1 if value.startswith("-") else 1
    rest = value[1:] if value[:1] in ("-", "+") else value
    if rest == "0":
        return 0
    total = at = 0
    while rest and at < len(rest):
        part = _PART.match(rest, at)
        if not part or not (part[1] or part[2]) or len(part[1]) > 20:
            return None
        unit = _UNITS[part[3]]
        digits = (part[2] or "")[:18]
        total += int(part[1] or "0") * unit + int(digits or "0") * unit // 10 ** len(digits)
        at = part.end()
    if not rest or total >= 2**63:
        return None
    return sign * total
