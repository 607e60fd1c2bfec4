"""One run of `gotare lint`: the policy, the files, what is around them, and what counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import field, replace
from os.path import normpath
from pathlib import Path
from typing import TYPE_CHECKING

from gotare.errors import ConfigError, GotareError
from gotare.findings import Finding
from gotare.frozen import dataclass
from gotare.lint.around import Known, Load, Neighbourhood
from gotare.lint.baseline import FILE_NAME as BASELINE
from gotare.lint.baseline import baseline_text, fingerprints, new_findings, read_baseline
from gotare.lint.files import Target, find_targets, kind_of_named
from gotare.lint.policy import Flags, Policy
from gotare.lint.run import Linted, Result, lint_target, whole_of
from gotare.linting.ignore_files import dockerfiles_of
from gotare.linting.policies import Policies

if TYPE_CHECKING:
    from gotare.linting.fixing import Fixing
    from gotare.oci.types import Platform

STDIN = "-"


@dataclass(frozen=True, slots=True)
class LintRequest:
    """What a user asks for. `stdin` is the text of standard input where a path is `-`. `baseline`
    "": `.gotare-lint.json`, if it is there; `bare`: none counts."""

    directory: Path
    paths: tuple[str, ...] = ()
    flags: Flags = field(default_factory=Flags)
    diff: str | None = None
    baseline: str = ""
    bare: bool = False
    project: bool = True
    go: Path | None = None
    stdin: str | None = None
    stdin_name: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What counts: findings, texts by path, the files, rules that failed, and notes. `left_out` is
    what is on lines that did not change, or was there before."""

    findings: tuple[Finding, ...]
    texts: Mapping[str, str]
    files: tuple[str, ...]
    failures: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    left_out: tuple[Finding, ...] = ()

    def text_of(self, path: str) -> str:
        """Return the text of a file that was linted, "" for another."""
        return self.texts.get(path, "")

    def below(self, prefix: str) -> Outcome:
        """Return the same with paths as they are from a folder above."""

        def moved(path: str) -> str:
            return path if path.startswith("/") else normpath(f"{prefix}/{path}")

        findings = []
        for found in self.findings:
            fix = found.fix and replace(found.fix, path=found.fix.path and moved(found.fix.path))
            at = replace(found.at, path=moved(found.at.path))
            findings.append(replace(found, at=at, fix=fix))
        texts = {moved(path): text for path, text in self.texts.items()}
        return replace(
            self, findings=tuple(findings), texts=texts, files=tuple(map(moved, self.files))
        )

    @property
    def fingerprints(self) -> list[str]:
        """The fingerprint of each finding."""
        return fingerprints(self.findings, self.text_of)


class Session:
    """A run over the files of a folder."""

    def __init__(
        self,
        request: LintRequest,
        env: Mapping[str, str],
        load: Load | None = None,
        every_rule: bool = False,
    ) -> None:
        self.request, self.env = request, env
        self.policies = Policies(request.directory, request.flags, every_rule)
        self.policies.of(None)  # what is wrong with it is told even where there are no files
        self.around = Neighbourhood(request.directory, load, self._allowed)
        named = list(_targets(request, env))
        self.targets = list(whole_of(named, self.around.look, self._policy))
        self._dockerfiles: dict[str, list[Target]] = {}

    def lint(self) -> Outcome:
        """Lint all files; return what counts."""
        result = self.linted()
        findings, notes = self._counting(result)
        return Outcome(
            findings=tuple(findings),
            texts=result.texts,
            files=tuple(target.shown for target in self.targets),
            failures=result.failures,
            notes=(*self.notes(), *notes),
            left_out=_without(result.findings, findings),
        )

    def linted(self) -> Result:
        """Lint all files, whatever of it counts."""
        return Result(tuple(self.lint_one(target) for target in self.targets))

    def again(self, before: Outcome, fixing: Fixing) -> Outcome:
        """Lint all files once more, after they were written. What was left out before still is."""
        self.around.forget()
        result = self.linted()
        return replace(
            before,
            findings=tuple(filter(fixing.selection.shows, result.findings)),
            texts=result.texts,
            failures=result.failures,
        )

    def lint_one(self, target: Target, text: str | None = None) -> Linted:
        """Lint one file; `text` stands in for its own. An ignore file that the user names gets what
        the rules for its Dockerfiles say of it, too."""
        linted = self._lint(target, text)
        if target.kind != "dockerignore" or not target.named:
            return linted
        if target.place:
            self.around.overlay[target.place.resolve()] = linted.source.text
        told = [f for other in self._dockerfiles_of(target) for f in self._lint(other).findings]
        here = [f for f in told if f.at.path == target.shown]
        return replace(linted, findings=(*linted.findings, *dict.fromkeys(here)))

    def _dockerfiles_of(self, ignore: Target) -> list[Target]:
        if ignore.shown not in self._dockerfiles:
            found = dockerfiles_of(ignore, self.request.directory, self.around, self.env)
            known = {target.place for target in self.targets}
            self._dockerfiles[ignore.shown] = [t for t in found if t.place not in known]
        return self._dockerfiles[ignore.shown]

    def _lint(self, target: Target, text: str | None = None) -> Linted:
        if text is None and target.shown == self.stdin_shown:
            text = self.request.stdin
        ruling = self.policies.of(target.place)
        return lint_target(target, self.around.look, ruling.policy, ruling.root, text)

    def _policy(self, target: Target) -> Policy:
        return self.policies.of(target.place).policy

    def _allowed(self, target: Target) -> tuple[str, ...]:
        return self._policy(target).allow_registries

    @property
    def prefix(self) -> str:
        """The folder's path from the top of its repository, "" at the top or without one."""
        folder = self.request.directory.resolve()
        for above in (folder, *folder.parents):
            if (above / ".git").exists():
                return "" if above == folder else folder.relative_to(above).as_posix()
        return ""

    @property
    def stdin_shown(self) -> str:
        """The path that stands for standard input."""
        return (self.request.stdin_name or STDIN) if self.request.stdin is not None else "\0"

    def _counting(self, result: Result) -> tuple[list[Finding], list[str]]:
        """Leave out what is on lines that are as before, and what the baseline knows."""
        findings = list(result.findings)
        if self.request.diff is not None:
            findings = self._changed(findings, self.request.diff)
        known = self._baseline()
        if known is None:
            return findings, []
        texts = result.texts
        fresh, gone = new_findings(findings, lambda path: texts.get(path, ""), known)
        whole = not self.request.paths and self.request.diff is None
        return fresh, [_gone(gone)] if gone and whole else []

    def _changed(self, findings: Sequence[Finding], revision: str) -> list[Finding]:
        from gotare.lint.changed_lines import changed_lines

        changed = changed_lines(self.request.directory, revision, self.env)
        return [f for f in findings if changed.touches(f, self._place(f.at.path))]

    def _place(self, shown: str) -> Path:
        return (self.request.directory / shown).resolve()

    def _baseline(self) -> frozenset[str] | None:
        name, path = self.request.baseline, self.baseline_path
        if self.request.bare or not (name or path.is_file()):
            return None
        try:
            return read_baseline(path.read_text("utf-8", "replace"), name or BASELINE)
        except OSError as error:
            raise ConfigError(
                f"{name}: {error.strerror}", "write it: gotare lint --write-baseline"
            ) from error

    @property
    def baseline_path(self) -> Path:
        """Where the baseline is: where it is said to be, or in the folder that is linted."""
        return self.request.directory / (self.request.baseline or BASELINE)

    def baseline_of(self, outcome: Outcome) -> str:
        """Return the content of a baseline that holds what counts."""
        return baseline_text(outcome.findings, outcome.text_of)

    def notes(self) -> Iterator[str]:
        """Yield what else the user should know."""
        for problem in self.around.problems:
            yield f"linted without the facts of the Go project: {problem}"
        if self.around.lacks_project and not self.around.problems:
            yield "no go.mod here: rules that compare with a Go project had nothing to compare with"
        if not self.targets:
            yield "no files to lint"

    def fixing(self, outcome: Outcome, unsafe: bool) -> Fixing:
        """Return the repair of what counts."""
        from gotare.linting.fixing import Fixing

        return Fixing(
            self.request.directory,
            self.around,
            self.lint_one,
            unsafe=unsafe,
            counting=outcome.findings,
            left_out=outcome.left_out,
            stdin=(self.stdin_shown, self.request.stdin or ""),
        )

    def failing(self, findings: Sequence[Finding]) -> bool:
        """Return whether findings fail the command, by the policy of each file."""
        return any(self._policy_at(f.at.path).fails([f.severity]) for f in findings)

    def _policy_at(self, shown: str) -> Policy:
        return self.policies.of(self.request.directory / shown).policy


def _without(findings: Sequence[Finding], counting: Iterable[Finding]) -> tuple[Finding, ...]:
    kept = {id(finding) for finding in counting}
    return tuple(finding for finding in findings if id(finding) not in kept)


def _gone(number: int) -> str:
    what = "finding of the baseline is" if number == 1 else "findings of the baseline are"
    return f"{number} {what} gone: gotare lint --write-baseline takes note"


def _targets(request: LintRequest, env: Mapping[str, str]) -> Iterator[Target]:
    paths = [path for path in request.paths if path != STDIN]
    if request.stdin is not None:
        shown = request.stdin_name or STDIN
        place = request.directory / (request.stdin_name or "Dockerfile")
        yield Target(shown, place, kind_of_named(shown, request.stdin), named=True)
    if paths or request.stdin is None:
        yield from find_targets(request.directory, paths, env)


@contextmanager
def project_loader(
    env: Mapping[str, str], home: Path, host: Platform, go: Path | None
) -> Iterator[Load]:
    """Give a function that reads Go projects; the cache is opened when it is first called."""
    with ExitStack() as stack:
        loaders: list[Load] = []

        def load(root: Path) -> Known:
            if not loaders:
                loaders.append(_loader(stack, env, home, host, go))
            return loaders[0](root)

        yield load


def _loader(
    stack: ExitStack, env: Mapping[str, str], home: Path, host: Platform, go: Path | None
) -> Load:
    from gotare.cache import open_cache
    from gotare.linting.facts import ProjectLoader
    from gotare.oci.transports import Surroundings

    try:
        cache, _ = stack.enter_context(open_cache(env, home))
    except GotareError as error:
        problem = error.message
        return lambda root: Known(problem=problem)
    return ProjectLoader(cache, Surroundings(env, home), host, go)
