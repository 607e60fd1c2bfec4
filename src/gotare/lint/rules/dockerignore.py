"""Does the ignore file keep out what nobody should get, and let in what the build needs?

What a Dockerfile copies or embeds is told of by the rules for Dockerfiles (`sent_files.py`).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from gotare.findings import Edit, Fix
from gotare.lint.dockerignore import IgnoreSubject
from gotare.lint.ignore_file import Pattern, with_parents
from gotare.lint.ignore_patterns import compiled
from gotare.lint.rule import Found
from gotare.lint.rules.declaring import Declaring
from gotare.lint.rules.ignored_files import end_of, more

# what is let in


def _whole(subject: IgnoreSubject) -> bool:
    """Whether all that is not left out gets into a build, as far as is known."""
    return subject.copies_all or not subject.dockerfiles


def _artifacts(subject: IgnoreSubject) -> Iterator[Found]:
    if not subject.files or not _whole(subject):
        return
    for folder in ("bin", "dist", "out", "build"):
        held = [path for path in subject.files if path.startswith(f"{folder}/") and path[-1] != "/"]
        is_code = any(path.endswith((".go", ".sh", "Dockerfile", ".yaml")) for path in held)
        if held and not is_code and not subject.file.excludes(held[0]):
            yield Found(
                f"{folder}/ gets into the build: what was built before makes the copy another one",
                end_of(subject),
                f"add {folder}",
            )


# what is left out


def _excluded(subject: IgnoreSubject, path: str) -> Pattern | None:
    """Return the pattern that leaves out a path with all that lies below it."""
    pattern = subject.file.excludes(path)
    return None if pattern and subject.file.may_except_below(path) else pattern


def _control(subject: IgnoreSubject) -> Iterator[Found]:
    plan = subject.around.plan if subject.compiles else None
    for path in plan.sources.control if plan else ():
        inside = subject.inside(path)
        pattern = _excluded(subject, inside) if inside and "vendor/" not in inside else None
        if pattern:
            yield Found(
                f"{pattern.written} leaves out {inside}, without which nothing compiles the same",
                pattern.span,
                f"add !{inside} behind it",
                more(subject, f"!{inside}"),
            )


def _vendor(subject: IgnoreSubject) -> Iterator[Found]:
    pattern = _excluded(subject, "vendor/modules.txt") if subject.compiles else None
    plan = subject.around.plan if pattern else None
    if pattern and plan and plan.sources.vendored:
        yield Found(
            f"{pattern.written} leaves out the vendored modules: the build fetches them anew",
            pattern.span,
            "remove the line, or the folder vendor",
        )


_GENERATES: Final = re.compile(
    r"\b(?:generate|make|swag|protoc|buf|sqlc|templ|gqlgen|wire|mockgen|oapi-codegen|task|mage)\b"
)


def _package(subject: IgnoreSubject) -> Iterator[Found]:
    told: set[int] = set()
    for path in _sources(subject) if subject.compiles and not _generates(subject) else ():
        pattern = _excluded(subject, path)
        if pattern and pattern.span.start not in told:
            told.add(pattern.span.start)
            folder = posixpath.dirname(path)
            back = folder if folder and subject.file.excludes(folder) else path
            yield Found(
                f"{pattern.written} leaves out {path}, which the program is compiled from",
                pattern.span,
                f"add !{back} behind it, or remove the line",
                more(subject, f"!{back}"),
            )


def _sources(subject: IgnoreSubject) -> Iterator[str]:
    """Yield a Go file of each package that the programs of the project need."""
    project = subject.around.project
    for package in project.packages if project else ():
        path = posixpath.normpath(package.dir)
        inside = None if path.startswith(("/", "vendor/")) else subject.inside(path)
        names = [n for n in package.files if n.endswith(".go") and not n.endswith("_test.go")]
        for name in names[:1] if inside is not None else ():
            yield posixpath.normpath(posixpath.join(inside or "", name))


def _generates(subject: IgnoreSubject) -> bool:
    """Whether a Dockerfile runs what may write Go files."""
    return any(
        i.name == "RUN" and _GENERATES.search(i.value)
        for file in subject.dockerfiles
        for i in file.instructions
    )


# patterns that do not mean what they look like


def _invalid(subject: IgnoreSubject) -> Iterator[Found]:
    for pattern in subject.file.patterns:
        if not pattern.text or re.search(r"\[\^?\]|\[[^\]]*$|(?<!\\)\\$", pattern.text):
            yield Found(
                f"the pattern {pattern.written!r} is wrong: the build fails",
                pattern.span,
                "close the bracket, or put a backslash before it",
            )


def _inline_comment(subject: IgnoreSubject) -> Iterator[Found]:
    for pattern in subject.file.patterns:
        found = re.match(r"(\S+)\s+#", pattern.text)
        if found:
            line = subject.text[pattern.span.start : pattern.span.end]
            place = line.index("#")
            head, said = line[:place].rstrip(), line[place:]
            fix = Fix((Edit(pattern.span.start, pattern.span.end, f"{said}\n{head}"),), False)
            yield Found(
                "a comment begins its line: here it is a part of the pattern, which matches none",
                pattern.span,
                "put the comment on a line of its own",
                fix,
            )


_MOST: Final = 500
"""Patterns that are held against all others."""


def _overruled(subject: IgnoreSubject) -> Iterator[Found]:
    patterns = subject.file.patterns
    for number, pattern in enumerate(patterns[:_MOST]):
        if not pattern.excepts or re.search(r"[*?\[\\]", pattern.text) or not pattern.text:
            continue
        later = subject.file.excludes(pattern.text)
        if (
            later is not None
            and later in patterns[number + 1 :]
            and not later.text.startswith("**")
        ):
            yield Found(
                f"{pattern.written} has no effect: {later.written} behind it leaves that out again",
                pattern.span,
                "the last pattern decides: move the exception behind",
            )


_ANYWHERE: Final = re.compile(
    r"(?!\*\*)[^/]*[*?][^/]*|\.(?:DS_Store|idea|vscode|env|npmrc|netrc)|node_modules|testdata"
    r"|__pycache__|coverage\.(?:out|txt|html)|Thumbs\.db"
)
"""Patterns for what may lie in any folder; other names are those of one file or folder."""


def _root_only(subject: IgnoreSubject) -> Iterator[Found]:
    files = sorted(path.rstrip("/") for path in subject.files or ())
    names = {name: with_parents(name) for name in files}
    for pattern in subject.file.patterns if names else ():
        if pattern.excepts or not _ANYWHERE.fullmatch(pattern.text):
            continue
        deeper = _only_deeper(subject, pattern, names)
        if deeper:
            start = pattern.span.start
            yield Found(
                f"{pattern.text} is meant for the root only, and what it matches lies deeper "
                f"({deeper})",
                pattern.span,
                f"**/{pattern.text}: unlike in .gitignore, a name matches in the root only",
                Fix((Edit(start, start, "**/"),), False, "match it anywhere"),
            )


def _only_deeper(
    subject: IgnoreSubject, pattern: Pattern, names: Mapping[str, Sequence[str]]
) -> str:
    """Return a file that the pattern would match in a folder, where it matches none in the root.
    `names` are all files, with the folders that each is in."""
    if any("/" not in name and pattern.matches(name) for name in names):
        return ""
    everywhere = compiled(f"**/{pattern.text}").fullmatch
    deep = (name for name, places in names.items() if any(map(everywhere, places)))
    needed = (name for name in deep if not subject.file.excludes(name))
    return next((path for path in needed if not path.startswith("vendor/")), "")


_OF: Final = Declaring("dockerignore", "dockerignore", "cache")
_RIGHT: Final = Declaring("dockerignore", "dockerignore", "correctness")

RULES: Final = (
    _OF.info("artifacts", "What was built before gets into the build.", _artifacts),
    _RIGHT.error("excludes-modules", "`go.mod` or `go.sum` is left out.", _control, fixes="safe"),
    _RIGHT.error(
        "excludes-package", "A package of the program is left out.", _package, fixes="safe"
    ),
    _RIGHT.warning("excludes-vendor", "The vendored modules are left out.", _vendor),
    _RIGHT.error("invalid-pattern", "A pattern that cannot be read.", _invalid),
    _RIGHT.warning(
        "inline-comment", "A comment behind a pattern is part of it.", _inline_comment,
        fixes="unsafe",
    ),
    _RIGHT.warning("overruled-exception", "An exception without effect.", _overruled),
    _RIGHT.info(
        "root-only", "A pattern that matches in the root only.", _root_only, fixes="unsafe"
    ),
)  # fmt: skip
