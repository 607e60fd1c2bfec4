"""Which edits take words out of an instruction so that what is left reads well?"""

from __future__ import annotations

import re

from gotare.findings import Edit
from gotare.lint.dockerfile.syntax import Dockerfile, Span


def without(file: Dockerfile, span: Span) -> Edit:
    """Return the edit that deletes a word with the blanks around it; a continued line that holds
    nothing else goes with it."""
    text = file.text
    start = text.rfind("\n", 0, span.start) + 1
    end = text.find("\n", span.end)
    end = len(text) if end < 0 else end
    before, after = text[start : span.start], text[span.end : end]
    if not before.strip() and re.fullmatch(rf"[ \t]*{re.escape(file.escape)}[ \t]*\r?", after):
        return Edit(start, min(end + 1, len(text)), "")
    if not before.strip() and not after.strip():
        return Edit(_continued(text, start, file.escape), span.end, "")
    if after[:1] in (" ", "\t"):
        return Edit(span.start, span.end + len(after) - len(after.lstrip(" \t")), "")
    return Edit(start + len(before.rstrip(" \t")), span.end, "")


def _continued(text: str, start: int, escape: str) -> int:
    """Return where the blanks and the continuation before a line begin."""
    found = re.search(rf"[ \t]*{re.escape(escape)}?[ \t]*\r?\n\Z", text[:start])
    return found.start() if found else start
