"""Does the version that a build is given reach the program?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from gotare.findings import Edit, Fix
from gotare.golang.version_names import kind_of
from gotare.lint.dockerfile.gobuild import GoBuild
from gotare.lint.dockerfile.goflags import Stamp
from gotare.lint.dockerfile.model import Stage
from gotare.lint.dockerfile.runs import ran_in
from gotare.lint.dockerfile.syntax import Pair, Span
from gotare.lint.rule import Found
from gotare.lint.rules import context
from gotare.lint.rules.declaring import Declaring
from gotare.lint.rules.go_edits import is_text
from gotare.lint.rules.go_steps import builds, called, shipped_builds
from gotare.lint.subjects import DockerfileSubject

if TYPE_CHECKING:
    from gotare.golang.project import Project
    from gotare.golang.versions import VersionVariable

_DECLARE: Final = Declaring("", "dockerfile", "go-build")
_VERSION_PACKAGES: Final = frozenset(
    ["version", "versions", "versioninfo", "versionutil", "buildinfo", "buildvars"]
)
"""Packages in which every variable of a usual name is known (see golang/versions.py)."""

_OF_BUILDKIT: Final = re.compile(r"(?:TARGET|BUILD)(?:PLATFORM|OS|ARCH|VARIANT)")
"""Arguments that BuildKit gives a value to."""
_SECOND: Final = re.compile(r",((?:[\w.~-]+/)*[\w~-]+\.[A-Za-z_]\w*)=")
"""What looks like one more variable in the value of -X."""


# arguments that nothing reads


def _unused(subject: DockerfileSubject) -> Iterator[Found]:
    builds = {b.stage.index: b for b, _ in shipped_builds(subject) if b.action == "build"}
    for build in builds.values():
        if _reads_anything(subject, build.stage):
            continue
        for pair in _arguments(build.stage):
            kind = kind_of(pair.key.text)
            if kind and not _is_used(subject, build.stage, pair):
                yield _never_read(subject, build, pair, kind)


def _arguments(stage: Stage) -> Iterator[Pair]:
    for instruction in stage.named("ARG"):
        yield from instruction.pairs


def _reads_anything(subject: DockerfileSubject, stage: Stage) -> bool:
    """Whether a stage runs what may read its environment: make, a script, a generator."""
    plain = {"go", "apk", "apt-get", "mkdir", "cd", "rm", "ls", "chmod", "chown", "upx", "cp", "mv",
             "adduser", "addgroup", "useradd", "groupadd", "update-ca-certificates", "strip",
             "set", "git", "file", "ldd", "test", "[", "true", "tar", "curl", "wget"}  # fmt: skip
    for ran in ran_in(subject.build, stage, subject.around):
        if ran.plain.words and ran.plain.name not in plain:
            return True
        if ran.plain.name == "go" and ran.plain.texts[:1] in (("generate",), ("run",)):
            return True
    return any(
        each.parent is not None and each.parent.index == stage.index
        for each in subject.build.stages
    )


def _is_used(subject: DockerfileSubject, stage: Stage, pair: Pair) -> bool:
    name = re.escape(pair.key.text)
    last = stage.instructions[-1].span.end
    text = subject.file.text[pair.span.end : last]
    return re.search(rf"\$\{{?{name}\b|\b{name}=|\benv\b", text) is not None


def _never_read(subject: DockerfileSubject, build: GoBuild, pair: Pair, kind: str) -> Found:
    name = pair.key.text
    known = _settable(subject, kind)
    symbol = known[0].symbol if known else "main.version"
    at = f" ({known[0].path}:{known[0].line})" if known else ""
    return Found(
        f"nothing in {called(build.stage)} reads {name}: the program does not learn its {kind}",
        pair.span,
        f'-ldflags="-X {symbol}=${name}"{at}',
    )


def _settable(subject: DockerfileSubject, kind: str) -> list[VersionVariable]:
    if not context.is_project(subject) or subject.around.project is None:
        return []
    return [v for v in subject.around.project.version_variables if v.kind == kind]


# variables that the code does not have


def _missing(subject: DockerfileSubject) -> Iterator[Found]:
    stamped = [(b, s) for b in builds(subject) for s in b.stamps if not b.remote]
    for build, stamp in stamped:
        second = _SECOND.search(stamp.text)
        if second:
            yield Found(
                f"-X sets one variable: {second[1]} becomes a part of the text in {stamp.symbol}",
                _symbol_span(subject, build, stamp.symbol),
                f"write -X once more: -X {stamp.symbol}=… -X {second[1]}=…",
            )
    if not stamped or not context.is_project(subject):
        return
    project = subject.around.project
    if project is None:
        return
    for build, stamp in stamped:
        if context.go_mod_of(subject, build.command) != "go.mod":
            continue
        if _is_missing(project, stamp.symbol):
            yield _no_such(subject, project, build, stamp)


def _is_missing(project: Project, symbol: str) -> bool:
    """Whether the code surely has no string variable of that name."""
    package, _, name = symbol.rpartition(".")
    if not package or "$" in symbol or any(v.symbol == symbol for v in project.version_variables):
        return False
    if package == "main":
        return kind_of(name) is not None
    if not any(package == m or package.startswith(f"{m}/") for m in _modules(project)):
        return False
    known = {local.import_path for local in project.packages}
    if package not in known:
        return True
    last = package.rpartition("/")[2].lower()
    return last in _VERSION_PACKAGES and kind_of(name) is not None


def _modules(project: Project) -> tuple[str, ...]:
    return (project.module, *project.modules)


def _no_such(subject: DockerfileSubject, project: Project, build: GoBuild, stamp: Stamp) -> Found:
    near = _nearest(project, stamp.symbol)
    span = _symbol_span(subject, build, stamp.symbol)
    package, _, name = stamp.symbol.rpartition(".")
    known = {local.import_path for local in project.packages} | {"main"}
    what = f"no string variable {name}" if package in known else f"no package {package}"
    fix = None
    if near and span != build.span:
        fix = Fix((Edit(span.start, span.end, near.symbol),), True, f"set {near.symbol}")
    return Found(
        f"-X {stamp.symbol} sets nothing: the program has {what}",
        span,
        f"{near.symbol} is declared in {near.path}:{near.line}" if near else
        "declare it, as `var version string` at the top of the package",
        fix,
    )  # fmt: skip


def _nearest(project: Project, symbol: str) -> VersionVariable | None:
    """Return the variable that is meant: of the same name but for case, or the only one of its
    kind."""
    name = symbol.rpartition(".")[2]
    same = [
        v for v in project.version_variables if v.symbol.rpartition(".")[2].lower() == name.lower()
    ]
    alike = [v for v in project.version_variables if v.kind == kind_of(name)]
    found = same if len(same) == 1 else alike
    return found[0] if len(found) == 1 else None


def _symbol_span(subject: DockerfileSubject, build: GoBuild, symbol: str) -> Span:
    """Return where a symbol is written in the command; the whole command where that is elsewhere or
    twice."""
    flag = build.command.flag("ldflags")
    if flag is None or not is_text(build.command):
        return build.span
    text = subject.file.slice(flag.span)
    places = [m.start() for m in re.finditer(rf"(?<![\w./-]){re.escape(symbol)}(?==)", text)]
    if len(places) != 1:
        return build.span
    return Span(flag.span.start + places[0], flag.span.start + places[0] + len(symbol))


# values that are empty


_UNTOLD: Final = {"version": "dev", "commit": "unknown", "date": "unknown"}


def _without_default(subject: DockerfileSubject) -> Iterator[Found]:
    told: set[int] = set()
    for build in builds(subject):
        for stamp in build.stamps if not build.remote else ():
            for pair in _bare_arguments(build, stamp):
                initial = _initial(subject, stamp.symbol)
                if initial != "" and pair.span.start not in told:
                    told.add(pair.span.start)
                    yield _emptied(stamp, pair, initial)


def _bare_arguments(build: GoBuild, stamp: Stamp) -> Iterator[Pair]:
    """Yield the arguments without a value that a stamp consists of."""
    for stage in build.stage.chain:
        known = stage.state_at(build.instruction).variables
        for pair in _arguments(stage):
            name = pair.key.text
            plain = re.fullmatch(rf"\$\{{?{re.escape(name)}\}}?", stamp.text.strip("\"'"))
            meant = known.get(name)
            empty = meant is not None and meant.kind == "arg" and meant.value is None
            if plain and pair.value is None and empty and not _OF_BUILDKIT.fullmatch(name):
                yield pair


def _initial(subject: DockerfileSubject, symbol: str) -> str | None:
    """Return what the code sets a variable to; None where that is not known."""
    project = subject.around.project if context.is_project(subject) else None
    found = [v.initial for v in project.version_variables if v.symbol == symbol] if project else []
    return found[0] if found else None


def _emptied(stamp: Stamp, pair: Pair, initial: str | None) -> Found:
    name = pair.key.text
    kind = kind_of(name) or kind_of(stamp.symbol.rpartition(".")[2]) or "version"
    value = initial if initial and re.fullmatch(r"[\w.-]+", initial) else _UNTOLD[kind]
    over = f', in place of "{initial}"' if initial else ""
    edit = Edit(pair.span.end, pair.span.end, f"={value}")
    return Found(
        f"without --build-arg {name} -X sets {stamp.symbol} to nothing{over}",
        pair.span,
        f"write ARG {name}={value}",
        Fix((edit,), True, "give it a default"),
    )


# values that fall apart


def _unquoted(subject: DockerfileSubject) -> Iterator[Found]:
    for build in builds(subject):
        flag = build.command.flag("ldflags")
        if flag is None or flag.word is None or build.ran.make:
            continue
        loose = [p for p in flag.word.parts if p.kind == "variable" and not p.quoted]
        for part in loose:
            value = build.ran.values.get(part.name)
            blanks = value is not None and len(value.split()) > 1
            if blanks or (value is None and part.name.upper().endswith("LDFLAGS")):
                said = f" ({value})" if value else ""
                yield Found(
                    f"${part.name} has no quotes: the shell makes several words of it{said}, "
                    "and -ldflags gets the first only",
                    flag.span,
                    f'-ldflags="${{{part.name}}}"',
                    _in_quotes(subject, build, part.text),
                )


def _in_quotes(subject: DockerfileSubject, build: GoBuild, written: str) -> Fix | None:
    flag = build.command.flag("ldflags")
    if flag is None or not is_text(build.command) or flag.from_goflags:
        return None
    text = subject.file.slice(flag.span)
    found = re.fullmatch(r"(--?ldflags[= ])([^\s\"'\\]+)", text)
    if not found:
        return None
    start = flag.span.start + found.start(2)
    return Fix((Edit(start, flag.span.end, f'"{found[2]}"'),), True, "put it in quotes")


RULES: Final = (
    _DECLARE.warning(
        "version-arg-unused",
        "A build argument with the version never reaches the program.",
        _unused,
    ),
    _DECLARE.warning(
        "version-variable-missing",
        "`-X` sets a variable that the code does not have.",
        _missing,
        fixes="safe",
    ),
    _DECLARE.info(
        "stamp-without-default",
        "An argument without a default empties the variable that it is stamped into.",
        _without_default,
        fixes="safe",
    ),
    _DECLARE.warning(
        "ldflags-unquoted-variable",
        "A variable in -ldflags has no quotes.",
        _unquoted,
        fixes="safe",
    ),
)
