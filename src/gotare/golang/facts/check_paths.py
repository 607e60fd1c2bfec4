"""What a path says that a route is for: healthz, readyz, metrics, …

Words differ in what they prove. `healthz`, `readyz` and the like are strong: nobody calls anything
else so. `ping` and `heartbeat` are fair. `status`, `up`, `live`, `alive`, `startup` are weak: a
shop's order has a status, and a video may be live. A weak word counts only below a health path
(/health/live) or where a program has other routes for checks beside it (/live next to /ready);
weak words for health count only where a program has nothing stronger.
"""

from __future__ import annotations

import re
from typing import Final, Literal, NamedTuple

CheckRole = Literal["live", "ready", "startup", "health", "metrics", "pprof"]

STRONG, FAIR, WEAK = 0, 1, 2
"""How much a path proves, the best first."""

_WORDS: Final[dict[CheckRole, tuple[str, str, str]]] = {
    "ready": ("readyz ready readiness isready readinesscheck readinessprobe readyness", "", ""),
    "live": ("livez liveness livenesscheck livenessprobe liveliness", "", "live alive isalive"),
    "startup": ("startupz startupprobe startupcheck", "", "startup started"),
    "health": (
        "healthz health healthcheck healthchecks healthy healthprobe ishealthy hc ahhealth",
        "ping heartbeat",
        "status statusz up isup",
    ),
    "metrics": ("metrics", "", ""),
}
"""For each role its words, strong, fair and weak, as they are without - and _."""

_BY_WORD: Final[dict[str, tuple[CheckRole, int]]] = {
    word: (role, strength)
    for role, words in _WORDS.items()
    for strength, text in enumerate(words)
    for word in text.split()
}

_PARAMETER: Final = re.compile(r"[{}:*<>]")
_SEPARATORS: Final = re.compile(r"[-_.]")


class PathRole(NamedTuple):
    """What a path is for, and how much it proves; `depth` is its number of segments."""

    role: CheckRole
    strength: int
    depth: int


def path_role(path: str) -> PathRole | None:
    """Return what a path is for; None for one with parameters and for all that say nothing."""
    if _PARAMETER.search(path):
        return None
    words = [_SEPARATORS.sub("", part.lower()) for part in path.split("/") if part]
    if "pprof" in words:
        return PathRole("pprof", STRONG, len(words))
    if not words or words[-1] not in _BY_WORD:
        return _check_below(words)
    role, strength = _BY_WORD[words[-1]]
    if strength == WEAK and _is_health(words[:-1]):
        strength = STRONG
    return PathRole(role, strength, len(words))


def _check_below(words: list[str]) -> PathRole | None:
    """Read /health/check and /ready/probe: what is above says what is checked."""
    if words[-1:] in (["check"], ["probe"], ["checks"]) and _is_health(words[:-1]):
        return PathRole("health", STRONG, len(words))
    return None


def _is_health(words: list[str]) -> bool:
    return bool(words) and _BY_WORD.get(words[-1], ("", WEAK)) in (("health", STRONG),)
