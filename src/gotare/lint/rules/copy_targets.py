"""Is a destination of COPY what its author means by it?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from gotare.findings import Fix
from gotare.lint.dockerfile.edit import replace
from gotare.lint.rule import Found
from gotare.lint.rules.declaring import Declaring
from gotare.lint.subjects import DockerfileSubject

_DECLARE: Final = Declaring("", "dockerfile", "correctness")
_PATTERN: Final = re.compile(r"[*?]+$")
"""A name that is a pattern as a whole, at the end of a destination."""


def _pattern(subject: DockerfileSubject) -> Iterator[Found]:
    for stage in subject.build.stages:
        for instruction in stage.named("COPY", "ADD"):
            word = instruction.words[-1] if len(instruction.words) > 1 else None
            folder, _, name = word.text.rstrip("\"'").rpartition("/") if word else ("", "", "")
            if word is None or not _PATTERN.fullmatch(name) or "$" in name:
                continue
            known = instruction.form == "words" and re.fullmatch(r"[\w./-]*", folder)
            new = f"{folder or ('' if '/' in word.text else '.')}/"
            yield Found(
                f"{name} in a destination is no pattern, but the name of what is made there",
                word.span,
                f"name the folder: {new}",
                Fix((replace(word.span, new),), False, "name the folder") if known else None,
            )


RULES: Final = (
    _DECLARE.warning(
        "pattern-in-destination",
        "COPY has a pattern for a destination.",
        _pattern,
        fixes="unsafe",
    ),
)
