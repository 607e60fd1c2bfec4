"""Functions of Go's library that make text from text, as far as configuration uses them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

LONGEST_TEXT: Final = 4096
"""Characters of texts that are computed with; what configures a program is shorter."""

Compute = Callable[[Sequence[str]], str | None]

_VERB: Final = r"%([-+# 0]*)(\d*)(?:\.\d+)?([a-zA-Z%])"


def pieces(layout: str, count: int) -> list[str | int] | None:
    """Split the layout of fmt.Sprintf into its texts and the numbers of the arguments between.

    None where a verb changes the text in a way that is not followed, or arguments are missing.
    """
    found: list[str | int] = []
    end = used = 0
    for match in re.finditer(_VERB, layout):
        found.append(layout[end : match.start()])
        end = match.end()
        if match[3] == "%":
            found.append("%")
        elif match[3] in "sdvqt" and not match[2] and used < count:
            found += ['"', used, '"'] if match[3] == "q" else [used]
            used += 1
        else:
            return None
    rest = layout[end:]
    return None if "%" in rest else [*found, rest]


def join_path(parts: Sequence[str]) -> str:
    """Join and clean as path.Join does."""
    some = [part for part in parts if part]
    return clean_path("/".join(some)) if some else ""


def clean_path(path: str) -> str:
    """Clean as path.Clean does: POSIX keeps two leading slashes, Go does not."""
    cleaned = posixpath.normpath(path) if path else "."
    return "/" + cleaned.lstrip("/") if cleaned.startswith("//") else cleaned


def host_and_port(parts: Sequence[str]) -> str:
    """Join as net.JoinHostPort does."""
    host, port = parts
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _replaced(parts: Sequence[str]) -> str:
    return parts[0].replace(parts[1], parts[2])


def _replaced_some(parts: Sequence[str]) -> str | None:
    if not re.fullmatch(r"-?\d{1,6}", parts[3]):
        return None
    return parts[0].replace(parts[1], parts[2], int(parts[3]))


def _number(parts: Sequence[str]) -> str | None:
    return parts[0] if parts[1:] in (["10"], ("10",)) else None


FUNCTIONS: Final[Mapping[str, tuple[int, Compute]]] = {
    "strings.TrimSpace": (1, lambda p: p[0].strip()),
    "strings.ToLower": (1, lambda p: p[0].lower()),
    "strings.ToUpper": (1, lambda p: p[0].upper()),
    "strings.Clone": (1, lambda p: p[0]),
    "strings.Trim": (2, lambda p: p[0].strip(p[1]) if p[1] else p[0]),
    "strings.TrimLeft": (2, lambda p: p[0].lstrip(p[1]) if p[1] else p[0]),
    "strings.TrimRight": (2, lambda p: p[0].rstrip(p[1]) if p[1] else p[0]),
    "strings.TrimPrefix": (2, lambda p: p[0].removeprefix(p[1])),
    "strings.TrimSuffix": (2, lambda p: p[0].removesuffix(p[1])),
    "strings.ReplaceAll": (3, _replaced),
    "strings.Replace": (4, _replaced_some),
    "strconv.Itoa": (1, lambda p: p[0]),
    "strconv.FormatInt": (2, _number),
    "strconv.FormatUint": (2, _number),
    "strconv.FormatBool": (1, lambda p: p[0]),
    "net.JoinHostPort": (2, host_and_port),
    "path.Join": (-1, join_path),
    "path/filepath.Join": (-1, join_path),
    "path.Clean": (1, lambda p: clean_path(p[0])),
    "path/filepath.Clean": (1, lambda p: clean_path(p[0])),
    "path.Dir": (1, lambda p: clean_path(posixpath.dirname(p[0]))),
    "path/filepath.Dir": (1, lambda p: clean_path(posixpath.dirname(p[0]))),
    "path.Base": (1, lambda p: posixpath.basename(p[0].rstrip("/")) or "/"),
    "path/filepath.Base": (1, lambda p: posixpath.basename(p[0].rstrip("/")) or "/"),
    "fmt.Sprint": (1, lambda p: p[0]),
}
"""By qualified name: how many arguments (-1: any number), and what they make."""

_FORMS: Final = (
    "strconv.Atoi strconv.ParseInt strconv.ParseUint strconv.ParseBool strconv.ParseFloat "
    "time.ParseDuration time.Duration path/filepath.FromSlash path/filepath.ToSlash "
    "path/filepath.Abs path/filepath.EvalSymlinks net.ParseIP net/netip.MustParseAddr "
    "net/netip.ParseAddr net/url.Parse net/url.ParseRequestURI strings.Split strings.SplitN "
    "strings.Fields"
)
FIRST: Final = frozenset(_FORMS.split())
"""Functions whose result stands for their first argument: they only change its form."""
