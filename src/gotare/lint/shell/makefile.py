"""Reads a Makefile far enough to say which commands a target runs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass as standard
from dataclasses import field
from typing import Final

from gotare.frozen import dataclass
from gotare.lint.shell.model import UNKNOWN

MAX_TEXT: Final = 200_000
MAX_VALUE: Final = 20_000
MAX_DEPTH: Final = 20
MAX_REFERENCES: Final = 5000
MAX_RULES: Final = 2000

_ASSIGNMENT = re.compile(
    r"(?P<export>export\s+|override\s+)*(?P<name>[\w.-]+)\s*(?P<kind>::?:?=|\?=|\+=|!=|=)\s?(?P<value>.*)"
)
_TARGETS = re.compile(r"(?P<targets>[^:=#\t][^:=#]*?)\s*:(?!=)(?P<rest>[^=].*|)$")
_CONDITION = re.compile(r"\s*(?:ifeq|ifneq|ifdef|ifndef)\b")
_REFERENCE = re.compile(r"\$(?:\(([^()]*(?:\([^()]*\)[^()]*)*)\)|\{([^{}]*)\}|(\$)|(.))")


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable as it is written. `value` None: it depends on a condition, or a shell sets it.
    `weak`: ?=, so that the environment goes before it."""

    value: str | None
    weak: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """A rule: what it needs first, its recipe lines, its own variables."""

    name: str
    needs: tuple[str, ...] = ()
    recipe: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Makefile:
    """What a Makefile says. `first` is the target that make takes without being told."""

    variables: Mapping[str, Variable]
    targets: Mapping[str, Target]
    first: str = ""
    exported: frozenset[str] = frozenset()
    exports_all: bool = False


@standard(slots=True)
class _Reader:
    variables: dict[str, Variable] = field(default_factory=dict)
    targets: dict[str, Target] = field(default_factory=dict)
    first: str = ""
    exported: set[str] = field(default_factory=set)
    exports_all: bool = False
    current: tuple[str, ...] = ()
    depth: int = 0
    """How many conditions are open."""
    defining: bool = False

    def line(self, line: str) -> None:
        if self.defining:
            self.defining = not re.match(r"\s*endef\b", line)
        elif line.startswith("\t") and self.current:
            self._recipe(line[1:])
        elif _CONDITION.match(line):
            self.depth += 1
        elif re.match(r"\s*endif\b", line):
            self.depth = max(0, self.depth - 1)
        elif re.match(r"\s*define\b", line):
            self.defining = True
        elif not re.match(r"\s*(?:else|-?include|sinclude|vpath|undefine|unexport)\b", line):
            self._statement(_without_comment(line))

    def _recipe(self, text: str) -> None:
        for name in self.current:
            target = self.targets[name]
            self.targets[name] = Target(
                name, target.needs, (*target.recipe, text), target.variables
            )

    def _statement(self, line: str) -> None:
        text = line.strip()
        found = _ASSIGNMENT.fullmatch(text)
        if found:
            self.current = ()
            self._assign(found)
        elif text.split(" ")[0] == "export":
            self.exported.update(text.split()[1:])
            self.exports_all = self.exports_all or text == "export"
        elif rule := _TARGETS.match(text):
            self._rule(rule)

    def _assign(self, found: re.Match[str]) -> None:
        name, kind, value = found["name"], found["kind"], found["value"].strip()
        if "export" in (found["export"] or ""):
            self.exported.add(name)
        old = self.variables.get(name)
        if kind == "!=" or (self.depth and old is not None):
            self.variables[name] = Variable(None)
        elif kind == "+=" and old is not None:
            joined = None if old.value is None else f"{old.value} {value}".strip()[:MAX_VALUE]
            self.variables[name] = Variable(joined, old.weak)
        elif kind != "?=" or old is None:
            self.variables[name] = Variable(None if self.depth else value, kind == "?=")

    def _rule(self, found: re.Match[str]) -> None:
        names = tuple(found["targets"].split())
        rest, _, command = found["rest"].lstrip(":").partition(";")
        own = _ASSIGNMENT.fullmatch(rest.strip())
        for name in names:
            if name not in self.targets and len(self.targets) >= MAX_RULES:
                continue
            old = self.targets.get(name, Target(name))
            variables = (
                {**old.variables, own["name"]: own["value"].strip()} if own else old.variables
            )
            needs = () if own else tuple(rest.partition("|")[0].split())
            recipe = (*old.recipe, command.strip()) if command.strip() else old.recipe
            self.targets[name] = Target(name, (*old.needs, *needs), recipe, variables)
            if not self.first and not own and not name.startswith("."):
                self.first = name
        self.current = tuple(name for name in names if name in self.targets)


def _without_comment(line: str) -> str:
    return re.sub(r"(?<!\\)#.*", "", line)


def read_makefile(text: str) -> Makefile:
    """Read a Makefile. What cannot be read is left out; included files are not read."""
    reader = _Reader()
    for line in re.sub(r"\\\r?\n", _joined, text[:MAX_TEXT]).splitlines():
        reader.line(line)
    return Makefile(
        reader.variables,
        reader.targets,
        reader.first,
        frozenset(reader.exported),
        reader.exports_all,
    )


def _joined(_: re.Match[str]) -> str:
    return " "


# what is run


@dataclass(frozen=True, slots=True)
class Step:
    """A recipe line of a target, with make's variables put in: shell text. `fails_softly`: it
    begins with a hyphen."""

    target: str
    text: str
    fails_softly: bool = False


Values = Mapping[str, str | None]


@standard(slots=True)
class Runner:
    """Says what make runs. `given` are the variables of its command line, `environment` what it
    finds there (None: unknown)."""

    makefile: Makefile
    given: Values
    environment: Values
    done: set[str] = field(default_factory=set)
    left: int = MAX_REFERENCES
    """How many variables may still be put in."""
    index: dict[str, Target] = field(default_factory=dict)
    """The rules by the names that they have with variables put in."""

    def __post_init__(self) -> None:
        for name, target in self.makefile.targets.items():
            for each in self.expand(name, {}, 0).split() if "$" in name else [name]:
                self.index[each] = target

    def steps(self, targets: tuple[str, ...]) -> Iterator[Step]:
        """Yield the recipe lines of targets, those of what they need first."""
        first = self.expand(self.makefile.first, {}, 0)
        for name in targets or ((first,) if first else ()):
            yield from self._target(name, {}, 0)

    def _target(self, name: str, variables: Mapping[str, str], depth: int) -> Iterator[Step]:
        target, stem = self._find(name)
        if target is None or name in self.done or depth > MAX_DEPTH:
            return
        self.done.add(name)
        own = {**variables, **target.variables}
        for need in target.needs:
            for each in self.expand(need.replace("%", stem or "%"), own, 0).split():
                yield from self._target(each, own, depth + 1)
        needs = " ".join(target.needs)
        automatic = {"@": name, "<": needs.split(" ")[0], "^": needs, "*": stem, "@D": UNKNOWN}
        for line in target.recipe:
            text = self.expand(line, {**own, **automatic}, 0).strip()
            bare = text.lstrip("@-+ ")
            yield Step(name, bare, "-" in text[: len(text) - len(bare)])

    def _find(self, name: str) -> tuple[Target | None, str]:
        found = self.index.get(name)
        if found is not None:
            return found, ""
        for pattern, target in self.index.items():
            head, percent, tail = pattern.partition("%")
            fits = name.startswith(head) and name.endswith(tail) and len(name) > len(head + tail)
            if percent and fits:
                return target, name[len(head) : len(name) - len(tail)]
        return None, ""

    def expand(self, text: str, own: Mapping[str, str], depth: int) -> str:
        """Return text with make's variables put in; `$$` is the shell's `$`."""
        self.left -= text.count("$")
        if depth > MAX_DEPTH or len(text) > MAX_VALUE or self.left < 0:
            return UNKNOWN

        def put(found: re.Match[str]) -> str:
            if found[3]:
                return "$"
            name = next(part for part in (found[1], found[2], found[4]) if part is not None)
            return self._value(name, own, depth)

        expanded = _REFERENCE.sub(put, text)
        return expanded if len(expanded) <= MAX_VALUE else UNKNOWN

    def _value(self, name: str, own: Mapping[str, str], depth: int) -> str:
        if " " in name or "," in name:
            return self._function(name, own, depth)
        name = name.partition(":")[0]
        for values in (self.given, own):
            if name in values:
                return self._said(values[name], own, depth)
        variable = self.makefile.variables.get(name)
        if name in self.environment and (variable is None or variable.weak):
            value = self.environment[name]
            return UNKNOWN if value is None else value
        if variable is not None:
            return self._said(variable.value, own, depth)
        return _BUILT_IN.get(name, "")

    def _said(self, value: str | None, own: Mapping[str, str], depth: int) -> str:
        return UNKNOWN if value is None else self.expand(value, own, depth + 1)

    def _function(self, text: str, own: Mapping[str, str], depth: int) -> str:
        name, _, rest = text.partition(" ")
        function = _FUNCTIONS.get(name)
        if function is None:
            return UNKNOWN
        return function(self.expand(rest, own, depth + 1))


_BUILT_IN: Final[Mapping[str, str]] = {
    "MAKE": "make",
    "CURDIR": ".",
    "CC": "cc",
    "SHELL": "/bin/sh",
}
_FUNCTIONS: Final[Mapping[str, Callable[[str], str]]] = {
    "strip": lambda text: " ".join(text.split()),
    "notdir": lambda text: " ".join(word.rpartition("/")[2] for word in text.split()),
    "info": lambda text: "",
    "warning": lambda text: "",
    "addprefix": lambda text: " ".join(
        text.partition(",")[0] + word for word in text.partition(",")[2].split()
    ),
}
