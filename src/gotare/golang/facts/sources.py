"""The project's own Go files as one whole: what names mean in them, and every call they make.

Calls are collected once and indexed by what is called, so that whoever looks for something asks
`calling("os.Getenv")` or `methods("ListenAndServe")` and never walks the files.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from functools import cached_property
from typing import Any, Final, NamedTuple

from gotare.frozen import dataclass
from gotare.golang.facts.import_names import names_of
from gotare.golang.facts.types import Evidence
from gotare.golang.syntax.expressions import Expr
from gotare.golang.syntax.file import Declared, File, Function, Statement, Struct


@dataclass(frozen=True, slots=True, eq=False)
class SourceFile:
    """A file of the project. `path` is relative to its root, `package` is the import path."""

    path: str
    package: str
    file: File

    def at(self, line: int, what: str = "") -> Evidence:
        """Return a line of this file as evidence."""
        return Evidence(self.path, line, what)


class Context(NamedTuple):
    """Where an expression stands: names mean what they mean there. `function` None: a
    package-level initialiser."""

    source: SourceFile
    function: Function | None
    statement: Statement | None


class Call(NamedTuple):
    """A call. `qualified` is what is called when it is a function of a package, by import path
    ("net/http.ListenAndServe"); else `method` is the name of the method. Both are there where a
    local variable has the name of an import: `mux := mux.NewRouter(); mux.HandleFunc(…)`."""

    source: SourceFile
    function: Function | None
    statement: Statement
    expr: Expr
    qualified: str
    method: str
    arguments: tuple[Expr, ...]
    line: int

    @property
    def receiver(self) -> Expr | None:
        """What a method is called on."""
        called = self.expr[1]
        return called[1] if called[0] == "select" else None

    def at(self, what: str = "") -> Evidence:
        """Return this call as evidence: what is called, unless said otherwise."""
        short = self.qualified.rpartition("/")[2] or self.method
        return self.source.at(self.line, what or short)


class Composite(NamedTuple):
    """A composite literal, where it stands."""

    source: SourceFile
    function: Function | None
    statement: Statement | None
    expr: Expr


class Sources:
    """The files, indexed by package. The order of files is that in which they are given."""

    def __init__(self, files: Iterable[SourceFile]) -> None:
        self.files = tuple(files)
        self._imports: dict[int, Mapping[str, str]] = {}
        self._literals: list[Composite] = []
        self._selected: set[str] = set()
        self.kept: dict[object, Any] = {}
        """What finders learnt about the sources and will ask for again."""

    # names

    @cached_property
    def packages(self) -> Mapping[str, tuple[SourceFile, ...]]:
        """The files of each package, by import path."""
        found: defaultdict[str, list[SourceFile]] = defaultdict(list)
        for source in self.files:
            found[source.package].append(source)
        return {package: tuple(files) for package, files in found.items()}

    def imports(self, source: SourceFile) -> Mapping[str, str]:
        """Return the import path of each name that a file imports."""
        known = self._imports.get(id(source))
        if known is None:
            known = self._imports[id(source)] = self._import_names(source)
        return known

    def _import_names(self, source: SourceFile) -> Mapping[str, str]:
        found: dict[str, str] = {}
        guessed: dict[str, str] = {}
        for name, path, _ in source.file.imports:
            own = self.packages.get(path)
            if name or own:
                found[name or (own[0].file.package if own else "")] = path
            else:
                for candidate in names_of(path):
                    guessed.setdefault(candidate, path)
        return guessed | found

    @cached_property
    def _import_paths(self) -> frozenset[str]:
        return frozenset(i.path for source in self.files for i in source.file.imports)

    def imports_any(self, *prefixes: str) -> bool:
        """Tell whether a file imports a path that begins with one of these. What is about a library
        alone need not be imported, nor looked for, where it is not."""
        return any(path.startswith(prefixes) for path in self._import_paths)

    def imported(self, source: SourceFile, name: str) -> str:
        """Return the import path that a name stands for in a file, "" when it is no import."""
        return self.imports(source).get(name, "")

    def qualified(self, source: SourceFile, expr: Expr) -> str:
        """Return "import/path.Name" for a name of a package, "" for everything else."""
        if expr[0] == "name":
            known = expr[1] in self._names.get(source.package, ())
            return f"{source.package}.{expr[1]}" if known else ""
        if expr[0] == "select" and expr[1][0] == "name":
            path = self.imported(source, expr[1][1])
            return f"{path}.{expr[2]}" if path else ""
        return ""

    # declarations

    def declared(self, package: str, name: str) -> tuple[SourceFile, Declared] | None:
        """Return a package-level constant or variable with its file."""
        return self._declared.get((package, name))

    def function(self, package: str, name: str) -> tuple[SourceFile, Function] | None:
        """Return a function with its file; also a variable that is a function literal."""
        return self._functions.get((package, "", name))

    def method(self, package: str, type_: str, name: str) -> tuple[SourceFile, Function] | None:
        """Return a method of a type with its file."""
        return self._functions.get((package, type_, name))

    def struct(self, package: str, name: str) -> tuple[SourceFile, Struct] | None:
        """Return a struct type with its file."""
        return self._structs.get((package, name))

    @cached_property
    def _declared(self) -> Mapping[tuple[str, str], tuple[SourceFile, Declared]]:
        return {(s.package, d.name): (s, d) for s in self.files for d in s.file.declared}

    @cached_property
    def _functions(self) -> Mapping[tuple[str, str, str], tuple[SourceFile, Function]]:
        return {
            (s.package, f.receiver, f.name): (s, f) for s in self.files for f in s.file.functions
        }

    @cached_property
    def _structs(self) -> Mapping[tuple[str, str], tuple[SourceFile, Struct]]:
        return {(s.package, t.name): (s, t) for s in self.files for t in s.file.structs}

    @cached_property
    def _names(self) -> Mapping[str, frozenset[str]]:
        """The names that each package declares at its top."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for source in self.files:
            file, names = source.file, found[source.package]
            names.update(d.name for d in file.declared)
            names.update(f.name for f in file.functions if not f.receiver)
            names.update(s.name for s in file.structs)
        return {package: frozenset(names) for package, names in found.items()}

    # calls

    def calls(
        self, source: SourceFile, functions: Iterable[Function] | None = None
    ) -> Iterator[Call]:
        """Yield the calls of a file in the order they stand, or only those of some functions."""
        wanted = None if functions is None else {id(function) for function in functions}
        for call in self._calls.get(id(source), ()):
            if wanted is None or id(call.function) in wanted:
                yield call

    def calling(self, *qualified: str) -> tuple[Call, ...]:
        """Return all calls of functions, by their qualified names."""
        found = [self._by_qualified.get(name, ()) for name in qualified]
        return tuple(call for calls in found for call in calls)

    def methods(self, *names: str) -> tuple[Call, ...]:
        """Return all calls of methods, by their names."""
        found = [self._by_method.get(name, ()) for name in names]
        return tuple(call for calls in found for call in calls)

    @property
    def literals(self) -> Sequence[Composite]:
        """All composite literals, in the order they stand."""
        _ = self._calls  # one walk finds both
        return self._literals

    @property
    def selected(self) -> Set[str]:
        """All names that stand behind a dot: where `Args` is none, nobody reads os.Args."""
        _ = self._calls  # the same walk
        return self._selected

    @property
    def called(self) -> Iterable[str]:
        """The qualified names of all functions that are called."""
        return self._by_qualified.keys()

    @cached_property
    def _calls(self) -> Mapping[int, tuple[Call, ...]]:
        return {id(source): tuple(self._calls_of(source)) for source in self.files}

    @cached_property
    def _by_qualified(self) -> Mapping[str, list[Call]]:
        found: defaultdict[str, list[Call]] = defaultdict(list)
        for calls in self._calls.values():
            for call in calls:
                if call.qualified:
                    found[call.qualified].append(call)
        return found

    @cached_property
    def _by_method(self) -> Mapping[str, list[Call]]:
        found: defaultdict[str, list[Call]] = defaultdict(list)
        for calls in self._calls.values():
            for call in calls:
                if call.method:
                    found[call.method].append(call)
        return found

    def _calls_of(self, source: SourceFile) -> Iterator[Call]:
        nobody: frozenset[str] = frozenset()
        for _, _, statement in initialisers(source):
            if statement:
                yield from self._calls_in(source, None, statement, statement.values, nobody, nobody)
        for function in source.file.functions:
            given = frozenset(name for name, _ in function.parameters) | {function.receiver_name}
            assigned: set[str] = set()
            for statement, exprs in _expressions(function):
                yield from self._calls_in(source, function, statement, exprs, given, assigned)
                if statement.targets:
                    assigned.update(map(_root, statement.targets))

    def _calls_in(
        self,
        source: SourceFile,
        function: Function | None,
        statement: Statement,
        exprs: Iterable[Expr],
        given: Set[str],
        assigned: Set[str],
    ) -> Iterator[Call]:
        """Yield the calls in expressions, and keep the composite literals. Names of `given` are no
        packages, and those of `assigned` may be none."""
        for expr in _calls_and_literals(exprs, self._selected):
            if expr[0] == "literal":
                self._literals.append(Composite(source, function, statement, expr))
                continue
            called = expr[1]
            qualified = method = ""
            if called[0] == "name":
                qualified = "" if called[1] in given else self.qualified(source, called)
            elif called[0] == "select":
                root = _root(called)
                qualified = "" if root in given else self.qualified(source, called)
                method = called[2] if not qualified or root in assigned else ""
            yield Call(source, function, statement, expr, qualified, method, expr[2], expr[3])


def initialisers(source: SourceFile) -> Iterator[Context]:
    """Yield the package-level initialisers of a file, each as if it were an assignment."""
    for name, _, value, line, *_ in source.file.declared:
        if value:
            statement = Statement("assign", line, (("name", name),), (value,), None)
            yield Context(source, None, statement)


def calls_in(exprs: Iterable[Expr]) -> Iterator[Expr]:
    """Yield the calls in expressions, however deep, the outer one before those inside it."""
    return (expr for expr in _calls_and_literals(exprs, set()) if expr[0] == "call")


def _calls_and_literals(exprs: Iterable[Expr], selected: set[str]) -> Iterator[Expr]:
    """Yield calls and literals; add the names behind dots to `selected`."""
    waiting = [expr for expr in exprs if expr[0] not in _LEAVES][::-1]
    while waiting:
        expr = waiting.pop()
        kind = expr[0]
        if kind == "select":  # most are names of packages, and nothing is inside
            selected.add(expr[2])
            if expr[1][0] != "name":
                waiting.append(expr[1])
        elif kind == "call":
            yield expr
            waiting += [part for part in expr[2][::-1] if part[0] not in _LEAVES]
            if expr[1][0] not in _LEAVES:
                waiting.append(expr[1])
        elif kind in _PARTS:
            if kind == "literal":
                yield expr
            waiting += [part for part in parts_of(expr) if part[0] not in _LEAVES][::-1]


def expressions_in(exprs: Iterable[Expr]) -> Iterator[Expr]:
    """Yield expressions and all that is inside them, the outer before the inner."""
    waiting = list(exprs)[::-1]
    while waiting:
        expr = waiting.pop()
        yield expr
        kind = expr[0]
        if kind == "select":
            waiting.append(expr[1])
        elif kind == "call":
            waiting += expr[2][::-1]
            waiting.append(expr[1])
        elif kind in _PARTS:
            waiting += parts_of(expr)[::-1]


def parts_of(expr: Expr) -> list[Expr]:
    """Return the expressions directly inside an expression."""
    parts = _PARTS.get(expr[0])
    return parts(expr) if parts else []


_LEAVES: Final = frozenset({"name", "string", "number"})
_PARTS: Final[Mapping[str, Callable[[Expr], list[Expr]]]] = {
    "call": lambda expr: [expr[1], *expr[2]],
    "select": lambda expr: [expr[1]],
    "unary": lambda expr: [expr[2]],
    "binary": lambda expr: [expr[2], expr[3]],
    "index": lambda expr: [expr[1], expr[2]],
    "literal": lambda expr: [part for pair in expr[2] for part in pair if part],
}


def _expressions(function: Function) -> Iterator[tuple[Statement, tuple[Expr, ...]]]:
    """Yield each statement with its expressions; what a switch is over comes once."""
    switched: tuple[Expr, ...] = ()
    for statement in function.body:
        if statement.kind == "case":
            again = statement.targets == switched
            switched = statement.targets
            yield statement, statement.values if again else statement.targets + statement.values
        else:
            yield statement, statement.targets + statement.values


def _root(expr: Expr) -> str:
    """Return the name an expression begins with: a of a.b.c."""
    while expr[0] == "select":
        expr = expr[1]
    return expr[1] if expr[0] == "name" else ""
