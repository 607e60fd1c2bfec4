"""Holds what gotare finds in a project against what its author wrote down by hand.

Each folder here has a Go project and `truth.yaml`: the facts of its programs and sources under the
names of golang/facts/types.py. What stands there:

    {role: live, path: /livez}         must be found, with these values; others are not looked at
    {role: [health, live], path: /x}   either value is right; `any` takes every one
    {…, maybe: true}                   may be found: people disagree, or it hangs on an address
    {name: A, secret: maybe}           the same for one value

A kind of fact is counted by itself: the name of a variable is one fact, its default another. Per
kind precision is the part of what is found that is right, recall the part of the truth that is
found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Final

import yaml

from gotare.golang.facts.types import Evidence, ProgramFacts, SourceFacts
from gotare.golang.project import Project

Item = Mapping[str, Any]

TRUTH: Final = Path(__file__).parent


@dataclass(frozen=True)
class Kind:
    """A kind of fact: `values` of the items of `section` are compared. `among` chooses the items
    that have something to say: those whose value there is not empty, in truth and in facts."""

    name: str
    section: str
    values: tuple[str, ...]
    among: str = ""


KINDS: Final = (
    Kind("ports", "listeners", ("protocol", "port", "path")),
    Kind("roles of ports", "listeners", ("port", "role"), among="role"),
    Kind("hosts of ports", "listeners", ("port", "host"), among="host"),
    Kind("variables of ports", "listeners", ("port", "variable"), among="variable"),
    Kind("flags of ports", "listeners", ("port", "flag"), among="flag"),
    Kind("routes", "routes", ("role", "path")),
    Kind("ports of routes", "routes", ("path", "port"), among="port"),
    Kind("gRPC health service", "grpc_health", ("value",)),
    Kind("subcommands", "subcommands", ("role", "words")),
    Kind("variables", "variables", ("name",)),
    Kind("defaults", "variables", ("name", "default"), among="default"),
    Kind("required variables", "variables", ("name",), among="required"),
    Kind("secrets", "variables", ("name",), among="secret"),
    Kind("kinds of variables", "variables", ("name", "kind"), among="kind"),
    Kind("signals", "shutdown", ("signals",)),
    Kind("graceful stop", "shutdown", ("graceful",), among="graceful"),
    Kind("grace", "shutdown", ("grace",), among="grace"),
    Kind("loops", "loops", ("value",)),
    Kind("files", "files", ("access", "path")),
    Kind("kinds of files", "files", ("path", "kind"), among="kind"),
    Kind("what settles files", "files", ("path", "settled_by"), among="settled_by"),
    Kind("programs executed", "executed", ("name",)),
    Kind("services", "services", ("kind", "client")),
    Kind("variables of services", "services", ("kind", "variable"), among="variable"),
    Kind("needs", "needs", ("kind",)),
    Kind("needs that are linked", "needs", ("kind",), among="linked"),
    Kind("outbound HTTP", "https", ("value",)),
    Kind("unknown", "unknown", ("what",)),
    Kind("generators", "generators", ("tool",)),
    Kind("generators without output", "generators", ("tool",), among="missing"),
    Kind("private modules", "private", ("path",)),
    Kind("embedded files", "embedded", ("path",)),
    Kind("folders outside", "outside", ("path",)),
    Kind("files with errors", "errors", ("path",)),
    Kind("cgo", "cgo", ("package",)),
    Kind("version variables", "versions", ("symbol",)),
)


@dataclass
class Score:
    """How many facts of a kind were right, missed, and false; and which."""

    right: int = 0
    missed: list[str] = field(default_factory=list)
    false: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        """The part of what is found that is right; 1 when nothing is found."""
        found = self.right + len(self.false)
        return self.right / found if found else 1.0

    @property
    def recall(self) -> float:
        """The part of the truth that is found; 1 when there is nothing to find."""
        true = self.right + len(self.missed)
        return self.right / true if true else 1.0

    def add(self, other: Score) -> None:
        """Count another score in."""
        self.right += other.right
        self.missed += other.missed
        self.false += other.false


def projects() -> list[str]:
    """Return the names of all projects with a truth."""
    return sorted(path.parent.name for path in TRUTH.glob("*/truth.yaml"))


def read_truth(name: str) -> dict[str, Any]:
    """Return what stands in a project's truth.yaml."""
    document: dict[str, Any] = yaml.safe_load((TRUTH / name / "truth.yaml").read_text())
    return document


def root_of(name: str) -> Path:
    """Return the folder of a project: beside its truth, or where that says (`project:`)."""
    return (TRUTH / name / str(read_truth(name).get("project", "project"))).resolve()


def score(name: str, project: Project) -> dict[str, Score]:
    """Return the scores of one project by kind."""
    truth, root = read_truth(name), root_of(name)
    pairs = list(_pairs(truth, project, root))
    result = {kind.name: Score() for kind in KINDS}
    for kind in KINDS:
        for where, told, found in pairs:
            if kind.section in told or kind.section in found:
                one = _compare(kind, told.get(kind.section, []), found.get(kind.section, []))
                one.missed = [f"{name} {where}: {text}" for text in one.missed]
                one.false = [f"{name} {where}: {text}" for text in one.false]
                result[kind.name].add(one)
    return result


Sections = dict[str, list[dict[str, Any]]]


def _pairs(
    truth: Mapping[str, Any], project: Project, root: Path
) -> Iterator[tuple[str, Sections, Sections]]:
    """Yield what is told and what is found of each program, of the sources, and of the project."""
    programs = {program.package: program for program in project.facts.programs}
    assert set(programs) == set(truth["programs"]), "other programs than the truth has"
    for package, told in truth["programs"].items():
        yield package, _sections(told), _of_program(programs[package])
    told = truth.get("sources", {})
    yield "sources", _of_told_sources(told, root), _of_sources(project.facts.sources, root)
    told = {"cgo": truth.get("cgo", []), "versions": truth.get("versions", [])}
    names = {"cgo": "package", "versions": "symbol"}
    yield "project", _sections(told, names), _of_project(project)


def _sections(told: Mapping[str, Any], names: Mapping[str, str] | None = None) -> Sections:
    """Make a list of items of every section, however short it is written."""
    names = {"executed": "name", **(names or {})}
    result: Sections = {}
    for section, value in told.items():
        items = value if isinstance(value, list) else [value]
        result[section] = [
            item if isinstance(item, dict) else _short(item, names.get(section, "value"))
            for item in items
        ]
    return result


def _short(value: Any, name: str) -> dict[str, Any]:
    return {"value": True, "maybe": True} if value == "maybe" else {name: value}


_LISTED: Final = (
    *("listeners", "routes", "subcommands", "variables", "files", "executed", "services"),
    *("needs", "unknown"),
)


def _of_program(facts: ProgramFacts) -> Sections:
    result = {section: [_plain(item) for item in getattr(facts, section)] for section in _LISTED}
    for section in ("grpc_health", "loops", "https"):
        result[section] = [{"value": True}] if getattr(facts, section) else []
    result["shutdown"] = [_plain(facts.shutdown)] if facts.shutdown else []
    return result


def _plain(item: Any) -> dict[str, Any]:
    """Return a fact's values by name; names of flags without dashes, lists as lists."""
    values = {name: getattr(item, name) for name in item.__slots__}
    for name in ("flag", "settled_by"):
        if name in values:
            values[name] = values[name].lstrip("-")
    return {name: list(v) if isinstance(v, tuple) else v for name, v in values.items()}


def _of_told_sources(told: Mapping[str, Any], root: Path) -> Sections:
    sections = _sections(told, dict.fromkeys(("private", "outside", "errors"), "path"))
    sections["embedded"] = _expanded(told.get("embedded", []), root)
    for item in sections.get("generators", []):
        item["missing"] = not item.get("committed", True)
    return sections


def _of_sources(facts: SourceFacts, root: Path) -> Sections:
    return {
        "generators": [
            {"tool": one.tool, "missing": not one.committed} for one in facts.generators
        ],
        "private": [{"path": module.path} for module in facts.private],
        "embedded": _expanded(facts.embedded, root),
        "outside": [{"path": path} for path in facts.outside],
        "errors": [{"path": path} for path in sorted({one.path for one in facts.errors})],
    }


def _of_project(project: Project) -> Sections:
    return {
        "cgo": [{"package": need.package} for need in project.cgo_needs],
        "versions": [{"symbol": variable.symbol} for variable in project.version_variables],
    }


def _expanded(paths: Iterable[str], root: Path) -> list[dict[str, Any]]:
    """Name the files one by one: a folder and its files are the same said in two ways."""
    found = set()
    for path in paths:
        places = [root / path, *((root / path).rglob("*") if (root / path).is_dir() else ())]
        found |= {str(place.relative_to(root)) for place in places if place.is_file()}
    return [{"path": path} for path in sorted(found)]


# Comparing


def _compare(kind: Kind, told: list[dict[str, Any]], found: list[dict[str, Any]]) -> Score:
    """Give each told item the first found one that it takes; what is left over is wrong."""
    must = [item for item in told if _says(item, kind) is True]
    may = [item for item in told if _says(item, kind) is None]
    left = [item for item in found if not kind.among or item.get(kind.among) not in _EMPTY]
    result = Score()
    for item in must:
        match = next((one for one in left if _takes(item, one, kind)), None)
        if match is None:
            result.missed.append(_shown(item, kind))
        else:
            left.remove(match)
            result.right += 1
    result.false = [
        _shown(one, kind) for one in left if not any(_takes(item, one, kind) for item in may)
    ]
    return result


_EMPTY: Final[tuple[Any, ...]] = (None, "", False, [])


def _says(item: Item, kind: Kind) -> bool | None:
    """Whether an item must be found as of this kind; None: it may be."""
    value = item.get(kind.among) if kind.among else True
    open_ = isinstance(value, list) and kind.among != "signals" and any(v in _EMPTY for v in value)
    if item.get("maybe") or value == "maybe" or value == "any" or open_:
        return None
    return value not in _EMPTY


_DEFAULTS: Final[Mapping[str, Any]] = {"path": "", "variable": "", "flag": "", "role": ""}
_LISTS: Final = ("words", "signals")


def _takes(told: Item, found: Item, kind: Kind) -> bool:
    return all(_accepts(name, told, found.get(name), kind) for name in kind.values)


def _accepts(name: str, told: Item, value: Any, kind: Kind) -> bool:
    wanted = told.get(name, _DEFAULTS.get(name))
    if wanted in ("any", "maybe"):
        return True
    if name == "client":
        return str(value) == wanted or str(value).startswith(f"{wanted}/")
    if kind.section == "private":
        return value == wanted or fnmatch(str(wanted), str(value).removesuffix("/*") + "/*")
    if name == "signals":
        return sorted(wanted) == sorted(value)
    if isinstance(wanted, list) and name not in _LISTS:
        return value in wanted
    return bool(value == wanted)


def _shown(item: Item, kind: Kind) -> str:
    """Return the values that are compared, those that say something; a line number would age."""
    values = {name: item.get(name) for name in kind.values}
    said = {name: value for name, value in values.items() if value not in ("", [], None)}
    return ", ".join(f"{name} {_words(name, said[name])}" for name in said) or "computed"


def _words(name: str, value: Any) -> str:
    if not isinstance(value, list):
        return str(value)
    return (" " if name in _LISTS else " or ").join(map(str, value))


# Evidence


def evidence(project: Project) -> Iterator[Evidence]:
    """Yield every piece of evidence in the facts of a project."""
    for program in project.facts.programs:
        yield from _evidence_in(program)
    yield from _evidence_in(project.facts.sources)


def _evidence_in(value: object) -> Iterator[Evidence]:
    if isinstance(value, Evidence):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _evidence_in(item)
    elif hasattr(value, "__slots__"):
        for name in value.__slots__:
            yield from _evidence_in(getattr(value, name))
