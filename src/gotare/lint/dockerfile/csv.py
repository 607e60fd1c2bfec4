"""What are the fields of a flag's value, as in `--mount=type=cache,target=/x`?

One line of comma separated values; a field with commas in it stands in double quotes.
"""

from __future__ import annotations

import re


class CsvError(ValueError):
    """A quote in the wrong place, or nothing at all."""


_FIELD = re.compile(r'"((?:[^"]|"")*)"(?=,|\Z)|([^",][^",]*|)(?=,|\Z)')


def csv_fields(value: str) -> list[str]:
    """Return the fields of a value. Raises CsvError."""
    if not value:
        raise CsvError("the value is empty")
    found = []
    at = 0
    while True:
        match = _FIELD.match(value, at)
        if not match:
            raise CsvError(f"the quotes in {value!r} do not match")
        quoted = match[1]
        found.append(match[2] if quoted is None else quoted.replace('""', '"'))
        if match.end() == len(value):
            return found
        at = match.end() + 1
