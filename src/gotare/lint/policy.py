"""Which rules count, and how much: `gotare.yaml`, then flags. Rules know nothing of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Final, get_args

from gotare.errors import ConfigError, UsageError
from gotare.findings import Severity
from gotare.frozen import dataclass
from gotare.lint.globs import matches
from gotare.lint.own import OWN
from gotare.lint.rule import Family, Kind, Rule
from gotare.settings import LintSettings, Named

Level = Severity | None
"""How bad a finding of a rule is; None: the rule is off."""

_GROUPS: Final = frozenset((*get_args(Kind), *get_args(Family)))


@dataclass(frozen=True, slots=True)
class Flags:
    """What the command line says; `severity` has RULE=LEVEL."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: tuple[str, ...] = ()
    fail_on: str | None = None


@dataclass(frozen=True, slots=True)
class PathPolicy:
    """What else holds for the files that a glob matches."""

    glob: str
    ignore: frozenset[str]
    severity: Mapping[str, Level]


@dataclass(frozen=True, slots=True)
class Policy:
    """What counts. `select` None: every rule. `fail_on` None: findings never fail the command."""

    select: frozenset[str] | None = None
    ignore: frozenset[str] = frozenset()
    severity: Mapping[str, Level] = field(default_factory=dict)
    per_path: tuple[PathPolicy, ...] = ()
    fail_on: Severity | None = Severity.WARNING
    allow_registries: tuple[str, ...] = ()

    def level(self, rule: str, default: Severity, path: str) -> Level:
        """Return how bad a finding of a rule is in a file; `path` is relative to gotare.yaml."""
        if rule in self.ignore or (self.select is not None and rule not in self.select):
            return None
        found: Level = self.severity.get(rule, default)
        for policy in self.per_path:
            named = rule in policy.ignore or rule in policy.severity
            if named and matches(policy.glob, path):
                found = None if rule in policy.ignore else policy.severity[rule]
        return found

    def fails(self, severities: Iterable[Severity]) -> bool:
        """Return whether findings of these severities fail the command."""
        least = self.fail_on
        return least is not None and any(severity >= least for severity in severities)


def make_policy(settings: LintSettings, flags: Flags) -> Policy:
    """Lay the flags over the settings. Raises ConfigError and UsageError for names of no rule."""
    if settings == LintSettings() and flags == Flags():
        return Policy()
    said = _words(flags.select, "--select")
    chosen = said or settings.select
    kept = {word.text for word in said}
    ignored = [word for word in settings.ignore if word.text not in kept]
    levels = [*settings.severity, *(_level_flag(text) for text in flags.severity)]
    return Policy(
        select=None if chosen is None else _ids(chosen) | _always(),
        ignore=_ids((*ignored, *_words(flags.ignore, "--ignore"))),
        severity=_levels(levels),
        per_path=tuple(
            PathPolicy(glob, _ids(each.ignore), _levels(each.severity))
            for glob, each in settings.per_path.items()
        ),
        fail_on=_least(flags.fail_on or settings.fail_on or "warning"),
        allow_registries=settings.allow_registries,
    )


def _always() -> frozenset[str]:
    """What is said of a file even if other rules are selected: it cannot be read at all."""
    return frozenset({"syntax", "unreadable", "internal"})


def _least(word: str) -> Severity | None:
    return None if word == "never" else Severity.parse(word)


def _words(texts: Iterable[str], flag: str) -> tuple[Named, ...]:
    return tuple(
        Named(word.strip(), flag) for text in texts for word in text.split(",") if word.strip()
    )


def _level_flag(text: str) -> tuple[Named, str]:
    name, _, level = text.partition("=")
    if level not in ("error", "warning", "info", "off"):
        raise UsageError(
            f"--severity-of: {text!r} has no severity", "RULE=error, warning, info or off"
        )
    return Named(name, "--severity-of"), level


def _levels(pairs: Sequence[tuple[Named, str]]) -> dict[str, Level]:
    found: dict[str, Level] = {}
    for word, level in pairs:
        found |= dict.fromkeys(_ids([word]), None if level == "off" else Severity.parse(level))
    return found


# names


def _ids(words: Iterable[Named]) -> frozenset[str]:
    found: set[str] = set()
    for word in words:
        ids = ids_of(word.text)
        if not ids and word.text not in _GROUPS:
            raise _unknown(word)
        found |= ids
    return frozenset(found)


def ids_of(word: str) -> frozenset[str]:
    """Return the rules that a word names: a rule, a family, a kind of file, `all`, or the id that
    another tool gives it. Empty where it names none."""
    from gotare.lint.rules import all_rules

    rules = all_rules()
    if word in rules or word in OWN:
        return frozenset({word})
    if word == "all":
        return frozenset((*rules, *OWN))
    if word in _GROUPS:
        return frozenset(r.id for r in rules.values() if word in (r.family, r.kind))
    return frozenset(equivalents(rules).get(normal(word), ()))


def equivalents(rules: Mapping[str, Rule], tool: str = "") -> dict[str, set[str]]:
    """Return our ids by those of other tools (or of one), as `normal` writes them."""
    found: dict[str, set[str]] = {}
    for rule in rules.values():
        for name, ids in rule.equivalents.items():
            for other in ids if tool in ("", name) else ():
                found.setdefault(normal(other), set()).add(rule.id)
    return found


def normal(other: str) -> str:
    """Write another tool's id in one way: Trivy's DS002 is also DS-0002 and AVD-DS-0002."""
    word = other.strip().lower()
    match = re.fullmatch(r"(?:avd-)?([a-z]+)-?0*(\d+)", word)
    return match[1] + match[2] if match else word


def nearest(word: str) -> str:
    """Return the name of a rule or group that is most like a word, "" where none is."""
    from difflib import get_close_matches

    from gotare.lint.rules import all_rules

    found = get_close_matches(word, [*all_rules(), *OWN, *_GROUPS], 1)
    return found[0] if found else ""


def _unknown(word: Named) -> UsageError:
    near = nearest(word.text)
    hint = f"did you mean {near!r}?" if near else "gotare explain lists the rules"
    kind = UsageError if word.at.startswith("--") else ConfigError
    return kind(f"{word.at}: no rule is called {word.text!r}", hint)
