"""Runs the rules over files: text in, findings out.

A rule that fails is a finding of its own (`internal`), and so is a file that cannot be read; the
others are linted all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from gotare.errors import TextError
from gotare.findings import Finding, Fix, Location, Severity
from gotare.frozen import dataclass
from gotare.lint.asides import LESSER, aside, lowered
from gotare.lint.dockerfile.syntax import Span
from gotare.lint.files import Target
from gotare.lint.go_files import with_go_files
from gotare.lint.kinds import kind_of_name
from gotare.lint.own import OWN
from gotare.lint.places import Lines
from gotare.lint.policy import Policy
from gotare.lint.pragmas import pragmas_of
from gotare.lint.readers import reader_of
from gotare.lint.reading import read_text
from gotare.lint.rule import Found, Kind, Rule
from gotare.lint.rules import rules_of
from gotare.lint.subjects import Surroundings
from gotare.lint.waving import Placed, Waving


@dataclass(frozen=True, slots=True)
class Source:
    """A file's text. `shown` is the path in findings, `policy_path` the one that `per-path`
    means, `inside` that from the top of the repository."""

    shown: str
    kind: Kind
    text: str
    policy_path: str = ""
    inside: str = ""


@dataclass(frozen=True, slots=True)
class Linted:
    """What was found in one file. `failures` say which rule failed, and how."""

    source: Source
    findings: tuple[Finding, ...] = ()
    failures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """What was found in all files."""

    files: tuple[Linted, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, in the order of files and lines."""
        return tuple(finding for file in self.files for finding in file.findings)

    @property
    def failures(self) -> tuple[str, ...]:
        """Rules that failed: defects of gotare."""
        return tuple(failure for file in self.files for failure in file.failures)

    @property
    def texts(self) -> dict[str, str]:
        """The texts of the files by the paths that are shown."""
        return {file.source.shown: file.source.text for file in self.files}


_SYNTAX_ERRORS: Final = 10
"""Errors of syntax that are told of one file: a file with more is something else altogether."""

Look = Callable[[Target, str], Surroundings]
"""Tells what is around a file with this text."""


def lint(targets: Sequence[Target], look: Look, policy: Policy, root: Path | None = None) -> Result:
    """Lint files. `look` tells what is around each; `root` is the folder of gotare.yaml."""
    whole = whole_of(targets, look, lambda target: policy)
    return Result(tuple(lint_target(target, look, policy, root) for target in whole))


def whole_of(
    targets: Sequence[Target], look: Look, policy_of: Callable[[Target], Policy]
) -> Sequence[Target]:
    """Return the targets with the Go files that say something about the programs among them, if a
    rule for Go files counts at all."""
    wanted = any(_wants_go(policy_of(target)) for target in targets if target.kind == "go")
    return with_go_files(targets, look) if wanted else targets


def _wants_go(policy: Policy) -> bool:
    return any(policy.level(rule.id, rule.severity, "") is not None for rule in rules_of("go"))


def lint_target(
    target: Target, look: Look, policy: Policy, root: Path | None, text: str | None = None
) -> Linted:
    """Read and lint one file; `text` stands in for its own. What cannot be read is a finding."""
    path = _policy_path(target, root)
    try:
        if text is None:
            text = read_text(target.place) if target.place else ""
    except TextError as error:
        source = Source(target.shown, target.kind, "", path)
        told = Found(error.message, Span(0, 0), error.hint or "")
        found = _finding("unreadable", OWN["unreadable"].severity, told, source, Lines(""))
        return Linted(source, tuple(_graded(found, policy, source)))
    source = Source(target.shown, target.kind, text, path, _inside(target))
    return lint_text(source, look(target, text), policy)


def _policy_path(target: Target, root: Path | None) -> str:
    if root is None or target.place is None:
        return target.shown
    from os.path import relpath

    return relpath(target.place, root).replace("\\", "/")


def _inside(target: Target) -> str:
    """Return the path from the top of the repository; without one that which is shown."""
    folder = target.place.parent.resolve() if target.place else Path()
    for above in (folder, *folder.parents) if target.place else ():
        if (above / ".git").exists():
            return (folder.relative_to(above) / target.shown.rpartition("/")[2]).as_posix()
    return target.shown.rpartition("/")[2] if target.shown.startswith("/") else target.shown


# one text


def lint_text(source: Source, around: Surroundings, policy: Policy) -> Linted:
    """Lint one text."""
    run = _Run(source, around, policy)
    return run.result()


class _Run:
    """The findings of one text as they come together."""

    def __init__(self, source: Source, around: Surroundings, policy: Policy) -> None:
        self._source, self._around, self._policy = source, around, policy
        self._lines = Lines(source.text)
        self._findings: list[Finding] = []
        self._failures: list[str] = []
        self._ran: set[str] = set()
        self._others: dict[str, Waving] = {}

    def result(self) -> Linted:
        """Read, run the rules, apply pragmas."""
        subject = self._read()
        if subject is not None:
            self._run_rules(subject)
        self._findings.sort(key=_order)
        return Linted(self._source, _unique(self._findings), tuple(self._failures))

    def _read(self) -> Any:
        source = self._source
        try:
            subject = reader_of(source.kind)(source.shown, source.text, self._around)
            errors = list(_errors_of(subject))
        except TextError as error:
            errors = [Found(error.message, Span(error.offset, error.offset), error.hint or "")]
            subject = None
        except Exception as error:
            self._failed("reading", error)
            return None
        self._add_all(self._own("syntax", found) for found in errors[:_SYNTAX_ERRORS])
        return subject

    def _run_rules(self, subject: Any) -> None:
        wanted = self._wanted()
        self._findings += [found for rule in wanted for found in self._found_by(rule, subject)]
        waving = Waving(pragmas_of(self._source.kind, self._source.text, subject))
        self._findings = [found for found in self._findings if not self._waved(waving, found)]
        self._add_all(self._own(rule, found) for rule, found in waving.idle(self._ran))

    def _waved(self, waving: Waving, finding: Finding) -> bool:
        """Whether a finding is waved through: by the comments of the file that it is placed in, and
        by those of this file that count for all of it."""
        if finding.at.path == self._source.shown:
            return waving.waves(_placed(finding))
        there = self._elsewhere_waving(finding.at.path)
        return there.waves(_placed(finding)) or waving.waves_all(finding.rule)

    def _elsewhere_waving(self, shown: str) -> Waving:
        if shown not in self._others:
            from os.path import relpath

            path = relpath(shown, self._around.folder or ".").replace("\\", "/")
            text, kind = self._around.texts.get(path, ""), kind_of_name(path) or "dockerignore"
            self._others[shown] = Waving(pragmas_of(kind, text, None))
        return self._others[shown]

    def _wanted(self) -> list[Rule]:
        level, path = self._policy.level, self._source.policy_path or self._source.shown
        rules = rules_of(self._source.kind)
        return [rule for rule in rules if level(rule.id, rule.severity, path) is not None]

    def _found_by(self, rule: Rule, subject: Any) -> list[Finding]:
        missed = getattr(self._around, "missed", 0)
        try:
            made = [self._finding(rule, found) for found in rule.findings(subject)]
        except Exception as error:
            self._failed(rule.id, error)
            return []
        if getattr(self._around, "missed", 0) == missed:
            self._ran.add(rule.id)  # else it lacked the project, and an ignore is not idle
        return made

    def _finding(self, rule: Rule, found: Found) -> Finding:
        path = self._source.policy_path or self._source.shown
        default = found.severity or rule.severity
        level = self._policy.level(rule.id, default, path)
        made = _finding(rule.id, level or default, found, self._source, self._lines)
        made = self._weighed(replace(made, fix=self._fix(found.fix)))
        return self._elsewhere(made, found) if found.path else made

    def _weighed(self, made: Finding) -> Finding:
        """Return a finding as it counts in this file: less, where it is beside the product and
        nobody has settled how bad it is."""
        path = self._source.policy_path or self._source.shown
        is_open = made.severity != self._policy.level(made.rule, Severity.INFO, path)
        return (
            lowered(made, self._aside) if made.rule in LESSER and is_open and self._aside else made
        )

    @cached_property
    def _aside(self) -> str:
        """Why the file is beside the product, "" where nothing says so."""
        return aside(self._source.inside or self._source.shown, self._source.text)

    def _fix(self, fix: Fix | None) -> Fix | None:
        if fix is None or not fix.path:
            return fix
        return replace(fix, path=_joined(self._around.folder, fix.path))

    def _elsewhere(self, made: Finding, found: Found) -> Finding:
        """Place a finding in another file of the build context."""
        shown = _joined(self._around.folder, found.path)
        text = self._around.texts.get(found.path)
        at = Lines(text).locate(found.span, shown) if text is not None else Location(shown)
        return replace(made, at=at)

    def _add_all(self, found: Iterable[Finding]) -> None:
        for finding in found:
            self._findings += map(self._weighed, _graded(finding, self._policy, self._source))

    def _failed(self, what: str, error: Exception) -> None:
        said = f"{self._source.shown}: {what} failed: {type(error).__name__}: {error}"
        self._failures.append(said)
        message = f"{what} failed on this file: {type(error).__name__}: {error}"
        hint = "this is a defect of gotare: please report it with the file"
        self._add_all([self._own("internal", Found(message, Span(0, 0), hint))])

    def _own(self, rule: str, found: Found) -> Finding:
        return _finding(rule, OWN[rule].severity, found, self._source, self._lines)


def _errors_of(subject: Any) -> Iterator[Found]:
    """Yield why the file cannot be used, as its reader says it."""
    for holder in (getattr(subject, "file", None), getattr(subject, "document", None), subject):
        errors = getattr(holder, "errors", ())
        for error in errors if isinstance(errors, tuple | list) else ():
            yield Found(error.message, error.span, getattr(error, "hint", ""))
        if errors:
            return


def _graded(finding: Finding, policy: Policy, source: Source) -> Iterator[Finding]:
    level = policy.level(finding.rule, finding.severity, source.policy_path or source.shown)
    if level is not None:
        yield replace(finding, severity=level)


def _finding(rule: str, severity: Severity, found: Found, source: Source, lines: Lines) -> Finding:
    return Finding(
        rule=rule,
        severity=severity,
        message=found.message,
        at=lines.locate(found.span, source.shown),
        hint=found.hint,
        docs=f"docs/rules/{rule}.md",
    )


def _joined(folder: str, path: str) -> str:
    from os.path import normpath

    return normpath(f"{folder}/{path}") if folder else path


def _placed(finding: Finding) -> Placed:
    return Placed(finding.rule, finding.at.line, finding.at.end_line)


def _order(finding: Finding) -> tuple[int, int, str]:
    return finding.at.line, finding.at.column, finding.rule


def _unique(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Leave out what is said twice of one place."""
    seen: dict[tuple[str, str, Location], Finding] = {}
    for finding in findings:
        seen.setdefault((finding.rule, finding.message, finding.at), finding)
    return tuple(seen.values())
