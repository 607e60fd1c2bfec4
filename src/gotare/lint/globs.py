"""Does a path match a glob, as `per-path` of gotare.yaml has them?

`*` and `?` stay within a folder, `**` crosses folders. A glob without a slash matches the name
anywhere; one that matches a folder matches all below it.
"""

from __future__ import annotations

import re
from functools import cache

_PARTS = re.compile(r"\*\*/|\*\*|\*|\?|\[!?[^]/]+\]|[^*?\[]+|\[")
_MEANINGS = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def matches(glob: str, path: str) -> bool:
    """Return whether a path, relative and with slashes, matches."""
    return _pattern(glob).fullmatch(path) is not None


@cache
def _pattern(glob: str) -> re.Pattern[str]:
    text = glob.removeprefix("./").rstrip("/")
    anywhere = "" if "/" in text else "(?:[^/]+/)*"
    body = "".join(_meaning(part) for part in _PARTS.findall(text.removeprefix("/")))
    return re.compile(f"{anywhere}{body}(?:/.*)?", re.DOTALL)


def _meaning(part: str) -> str:
    if part in _MEANINGS:
        return _MEANINGS[part]
    if part.startswith("[") and len(part) > 2:
        return part.replace("[!", "[^").replace("\\", "\\\\")
    return re.escape(part)
