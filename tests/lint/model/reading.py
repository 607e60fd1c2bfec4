"""Dockerfiles with what they must be understood as: the cases in `cases/`, and how they are read.

A case is `=== name`, a Dockerfile, `---`, and lines `question = answer`. A line `>>> path` in the
Dockerfile begins a file of the project (a Makefile); `>>> files: a b/` lists the context.
A question begins with a stage (its name, its number, or `final`) or with `buildN` (the Nth go
build), and a dot; `STAGE.has(/path)` and the like ask for one thing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gotare.lint.dockerfile.contents import Contents, contents_of
from gotare.lint.dockerfile.copies import copies_in
from gotare.lint.dockerfile.gobuild import GoBuild, go_builds, go_commands
from gotare.lint.dockerfile.model import Build, Exec, Stage
from gotare.lint.dockerfile.parse import parse_dockerfile
from gotare.lint.dockerfile.runs import ran_in
from gotare.lint.dockerfile.stages import build_of
from gotare.lint.subjects import Surroundings

FOLDER = Path(__file__).parent / "cases"


@dataclass(frozen=True)
class Case:
    """A Dockerfile and what is asked of its model."""

    name: str
    text: str
    answers: tuple[tuple[str, str], ...]
    texts: Mapping[str, str] = field(default_factory=dict)
    files: frozenset[str] | None = None


def all_cases() -> list[Case]:
    """Return all cases."""
    return [case for path in sorted(FOLDER.glob("*.txt")) for case in _cases(path)]


def _cases(path: Path) -> Iterator[Case]:
    for block in path.read_text().split("\n=== ")[1:]:
        name, _, rest = block.partition("\n")
        text, _, asked = rest.partition("\n---\n")
        pairs = [line.partition(" = ") for line in asked.splitlines() if line.strip()]
        dockerfile, *others = re.split(r"^>>> ", text, flags=re.MULTILINE)
        texts: dict[str, str] = {}
        files: frozenset[str] | None = None
        for other in others:
            head, _, content = other.partition("\n")
            if head.startswith("files:"):
                files = frozenset(head.removeprefix("files:").split())
            else:
                texts[head] = content
        answers = tuple((question.strip(), answer.strip()) for question, _, answer in pairs)
        yield Case(f"{path.stem}: {name}", dockerfile, answers, texts, files)


class Model:
    """Answers the questions of a case."""

    def __init__(self, text: str, around: Surroundings | None = None) -> None:
        self.around = around or Surroundings()
        self.build: Build = build_of(parse_dockerfile(text))

    def answer(self, question: str) -> str:
        """Return the answer to a question."""
        whole = _OF_BUILD.get(question)
        if whole is not None:
            return whole(self)
        head, _, rest = question.partition(".")
        if head.startswith("build") and head[5:].isdecimal():
            return _OF_GO[rest](go_builds(self.build, self.around)[int(head[5:])])
        stage = self.stage(head)
        found = re.fullmatch(r"(\w+)\((.*)\)", rest)
        if found:
            return _WITH_ARGUMENT[found[1]](self, stage, found[2])
        return _OF_STAGE[rest](self, stage)

    def stage(self, name: str) -> Stage:
        """Return a stage by name, number, or as `final`."""
        if name == "final":
            assert self.build.final is not None
            return self.build.final
        found = self.build.stages[int(name)] if name.isdecimal() else self.build.stage_named(name)
        assert found is not None, name
        return found

    def contents(self, stage: Stage) -> Contents:
        """Return what a stage holds."""
        return contents_of(self.build, stage, self.around)


def _said(value: object) -> str:
    if value is None:
        return "?"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple | frozenset | set):
        values = sorted(value) if isinstance(value, frozenset | set) else value
        return " ".join(_said(one) for one in values) or "-"
    return str(value) or '""'


def _command(command: Exec | None) -> str:
    return f"{command.form} {' '.join(command.words)}" if command else "-"


def _health(stage: Stage) -> str:
    check = stage.state.healthcheck
    if check is None:
        return "-"
    return f"{_command(check.command)} {_said([f'{k}={v}' for k, v in check.options.items()])}"


def _copies(model: Model, stage: Stage) -> str:
    told = []
    for copy in copies_in(model.build, stage):
        origin = copy.from_stage.title if copy.from_stage else copy.origin and copy.origin.text
        placed = [f"{s.text if s.kind != 'heredoc' else '<<'}>{p}" for s, p in copy.placed()]
        told.append(f"{origin or 'context'}:{','.join(placed)}")
    return _said(told)


def _program(model: Model, stage: Stage) -> str:
    state = stage.state
    command = state.entrypoint or state.cmd
    found = model.contents(stage).program(command) if command else None
    if found is None:
        return "-"
    made = found.go_build
    return f"{found.path or found.name} {found.there}{f' {made.linking}' if made else ''}"


def _ports(stage: Stage) -> str:
    return _said([f"{p.first}-{p.last}/{p.protocol}" for p in stage.state.ports])


_OF_BUILD: Mapping[str, Callable[[Model], str]] = {
    "stages": lambda m: _said([s.title for s in m.build.stages]),
    "targets": lambda m: _said([s.title for s in m.build.targets]),
    "unreachable": lambda m: _said([s.title for s in m.build.unreachable]),
    "problems": lambda m: _said([p.kind for p in m.build.problems]),
    "globals": lambda m: _said([f"{n}={_said(v.value)}" for n, v in m.build.global_args.items()]),
    "builds": lambda m: str(len(go_builds(m.build, m.around))),
    "go": lambda m: _said([c.action.replace(" ", "-") for c in go_commands(m.build, m.around)]),
}
_OF_GO: Mapping[str, Callable[[GoBuild], str]] = {
    "outputs": lambda b: _said(b.outputs),
    "folder": lambda b: _said(b.output_folder),
    "cgo": lambda b: _said(b.cgo),
    "linking": lambda b: b.linking,
    "why": lambda b: b.linking_why,
    "trimpath": lambda b: _said(b.trimpath),
    "race": lambda b: _said(b.race),
    "ldflags": lambda b: "|".join(b.ldflags),
    "strips": lambda b: _said(b.links_with("-s")),
    "stamps": lambda b: _said([f"{s.symbol}={_said(s.value)}" for s in b.stamps]),
    "stamped": lambda b: _said([name for s in b.stamps for name in s.variables]),
    "tags": lambda b: _said(b.tags),
    "packages": lambda b: _said(b.packages),
    "remote": lambda b: _said(b.remote),
    "tool": lambda b: b.tool,
    "action": lambda b: b.action,
    "mode": lambda b: _said(b.buildmode),
    "make": lambda b: _said(b.ran.make),
    "directory": lambda b: _said(b.command.directory),
    "settings": lambda b: _said(
        [
            f"{n}={_said(s.value)}:{s.origin}"
            for n, s in b.command.settings.items()
            if s.origin != "base"
        ]
    ),
}
_OF_STAGE: Mapping[str, Callable[[Model, Stage], str]] = {
    "kind": lambda m, s: s.base.kind,
    "base": lambda m, s: _said(s.base.reference),
    "image": lambda m, s: f"{s.base.name} {_said(s.base.tag)}",
    "digest": lambda m, s: _said(s.base.digest),
    "root": lambda m, s: _said(s.root.name),
    "family": lambda m, s: _said(s.facts.family if s.facts else None),
    "gover": lambda m, s: _said(s.facts.go if s.facts else None),
    "release": lambda m, s: _said(s.facts.release if s.facts else None),
    "ends": lambda m, s: _said(s.facts.end_of_life if s.facts else None),
    "platform": lambda m, s: _said(s.platform),
    "parent": lambda m, s: s.parent.title if s.parent else "-",
    "uses": lambda m, s: _said(s.uses),
    "user": lambda m, s: _said(s.state.user),
    "root_user": lambda m, s: _said(s.state.is_root),
    "workdir": lambda m, s: _said(s.state.workdir),
    "shell_words": lambda m, s: _said(s.state.shell),
    "entrypoint": lambda m, s: _command(s.state.entrypoint),
    "cmd": lambda m, s: _command(s.state.cmd),
    "health": lambda m, s: _health(s),
    "stop": lambda m, s: _said(s.state.stop_signal),
    "ports": lambda m, s: _ports(s),
    "volumes": lambda m, s: _said(s.state.volumes),
    "labels": lambda m, s: _said([f"{k}={v}" for k, v in s.state.labels.items()]),
    "copies": _copies,
    "program": _program,
    "certificates": lambda m, s: m.contents(s).certificates,
    "zones": lambda m, s: m.contents(s).zones,
    "shell": lambda m, s: m.contents(s).shell,
    "libc": lambda m, s: m.contents(s).libc,
    "accounts": lambda m, s: m.contents(s).accounts,
    "tmp": lambda m, s: m.contents(s).tmp,
    "toolchain": lambda m, s: m.contents(s).go,
    "compiler": lambda m, s: m.contents(s).compiler,
    "manager": lambda m, s: _said(m.contents(s).package_manager),
    "packages": lambda m, s: _said([p.name + p.version for p in m.contents(s).packages]),
    "programs": lambda m, s: _said([h.path for h in m.contents(s).programs]),
    "held": lambda m, s: _said([h.path for h in m.contents(s).held]),
    "open": lambda m, s: _said(m.contents(s).gathered.open),
    "ran": lambda m, s: "; ".join(
        " ".join(_said(r.said(w)) for w in r.plain.words)
        for r in ran_in(m.build, s, m.around)
        if r.plain.words
    ),
    "folders": lambda m, s: _said(
        [r.directory for r in ran_in(m.build, s, m.around) if r.plain.words]
    ),
}
_WITH_ARGUMENT: Mapping[str, Callable[[Model, Stage, str], str]] = {
    "env": lambda m, s, name: _said(s.state.env[name]) if name in s.state.env else "unset",
    "arg": lambda m, s, name: _said(s.state.args[name].value) if name in s.state.args else "unset",
    "has": lambda m, s, path: m.contents(s).has(path),
    "tool": lambda m, s, name: m.contents(s).tool(name),
    "has_user": lambda m, s, name: m.contents(s).has_user(name),
    "has_group": lambda m, s, name: m.contents(s).has_group(name),
    "uid": lambda m, s, name: _said(u.number if (u := m.contents(s).user(name)) else None),
    "owner": lambda m, s, path: _said(h.owner if (h := m.contents(s).at(path)) else None),
    "mode": lambda m, s, path: _said(h.mode if (h := m.contents(s).at(path)) else None),
    "made": lambda m, s, path: _said(
        h.go_build.packages if (h := m.contents(s).at(path)) and h.go_build else None
    ),
    "writable": lambda m, s, path: m.contents(s).writable_by(path, s.state.user or ""),
}
