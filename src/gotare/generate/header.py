"""What stands at the top of every file: who wrote it, and how to keep changes."""

from __future__ import annotations

from typing import Final

from gotare.generate.files import Part

HTML_HEADER: Final = """\
<!-- Written by `gotare init --only docs`. It keeps the lines between the comments
     "gotare: keep begin NAME" and "gotare: keep end", each on a line of its own. -->"""
"""The lines in Markdown."""


def header(part: Part, mark: str = "#") -> str:
    """Return the lines, as comments that begin with `mark`."""
    lines = (
        f"Written by `gotare init --only {part}`. It keeps the lines between",
        "`gotare: keep begin NAME` and `gotare: keep end`, as comments on lines of their own.",
    )
    return "\n".join(f"{mark} {line}" for line in lines)
