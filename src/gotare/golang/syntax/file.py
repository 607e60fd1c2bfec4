"""Reads one Go file: imports, declarations, and each function's statements in the order they stand.

A body is flat: blocks and function literals are laid open, and each statement says under which
condition it stands. That is enough to follow a value to where it comes from, and small enough to
keep for every file of a project (`marshal` takes it as it is).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from gotare.frozen import dataclass
from gotare.golang.syntax.body import Statement as Statement
from gotare.golang.syntax.body import function_literals, read_body, spec_names, type_and_values
from gotare.golang.syntax.expressions import Expr, parameters, unquote
from gotare.golang.syntax.tree import go_parser, line_of, text_of

if TYPE_CHECKING:
    from tree_sitter import Node

LARGEST: Final = 4 << 20
"""Bytes of a file beyond which it is not read: generated tables say nothing about a container."""


class Import(NamedTuple):
    """An import. `name` is "" where the file gives none, "." or "_" where it says so."""

    name: str
    path: str
    line: int


class Declared(NamedTuple):
    """A package-level constant or variable. `value` None: no initialiser of its own.

    In a list of constants that repeats its values, `value` is the repeated one and `iota` counts.
    """

    name: str
    type: str
    value: Expr | None
    line: int
    constant: bool
    iota: int = 0


class Field(NamedTuple):
    """A struct's field; an embedded one has the name of its type. `tag` is unquoted."""

    name: str
    type: str
    tag: str
    line: int


class Struct(NamedTuple):
    """A struct type with a name."""

    name: str
    fields: tuple[Field, ...]
    line: int


class Function(NamedTuple):
    """A function or method; `receiver` is the type's name without pointer, "" for a function.

    A function literal in a package-level variable is one without a name.
    """

    name: str
    receiver: str
    receiver_name: str
    parameters: tuple[tuple[str, str], ...]
    result: str
    body: tuple[Statement, ...]
    line: int


class Directive(NamedTuple):
    """A //go:generate or //go:embed comment: its word and the rest of the line."""

    word: str
    rest: str
    line: int


@dataclass(frozen=True, slots=True)
class File:
    """What a Go file says. `errors` are lines that do not parse; the rest was read all the same."""

    package: str
    imports: tuple[Import, ...] = ()
    declared: tuple[Declared, ...] = ()
    structs: tuple[Struct, ...] = ()
    functions: tuple[Function, ...] = ()
    directives: tuple[Directive, ...] = ()
    errors: tuple[int, ...] = ()
    generated: bool = False

    def plain(self) -> tuple[Any, ...]:
        """Return it as tuples that `marshal` can write."""
        return tuple(getattr(self, name) for name in self.__slots__)


_NEW: Final = re.compile(rb"(?<![\w.])new\(")
_GENERATED: Final = re.compile(rb"^// Code generated .* DO NOT EDIT\.\r?$", re.MULTILINE)
_DIRECTIVE: Final = re.compile(rb"^//go:(generate|embed)[ \t]+([^\r\n]+)", re.MULTILINE)


def read_file(content: bytes) -> File:
    """Read a Go file. Never raises: what does not parse is left out, its lines are in `errors`."""
    if len(content) > LARGEST:
        return File(package="", errors=(0,))
    root = _parsed(content)
    reader = _Reader()
    errors = list(_errors(root)) if root.has_error else []
    for child in root.children:
        try:
            reader.top(child)
        except RecursionError:  # blocks in blocks in blocks: nobody wrote that
            errors.append(line_of(child))
    return File(
        reader.package,
        tuple(reader.imports),
        tuple(reader.declared),
        tuple(reader.structs),
        tuple(reader.functions),
        tuple(read_directives(content)),
        tuple(errors),
        bool(_GENERATED.search(content)),
    )


def _parsed(content: bytes) -> Node:
    """Return the root of a file's tree.

    Since Go 1.26 `new` takes any expression, where the grammar wants a type: with another name of
    the same length it is a call like any other.
    """
    root = go_parser().parse(content).root_node
    if root.has_error and _NEW.search(content):
        other = go_parser().parse(_NEW.sub(b"nEw(", content)).root_node
        return root if other.has_error else other
    return root


def read_directives(content: bytes) -> Iterator[Directive]:
    """Yield the //go:generate and //go:embed lines of a Go file."""
    for match in _DIRECTIVE.finditer(content):
        line = content.count(b"\n", 0, match.start()) + 1
        rest = match[2].decode("utf-8", "replace").strip()
        yield Directive(match[1].decode(), rest, line)


def _errors(root: Node) -> Iterator[int]:
    """Yield the lines where the parser had to skip or invent something."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.is_error or node.is_missing:
            yield line_of(node)
        else:
            children = (c for c in node.children if c.has_error or c.is_missing)
            waiting += reversed(list(children))


class _Reader:
    """Collects the declarations of one file."""

    def __init__(self) -> None:
        self.package = ""
        self.imports: list[Import] = []
        self.declared: list[Declared] = []
        self.structs: list[Struct] = []
        self.functions: list[Function] = []

    def top(self, node: Node) -> None:
        """Read one top-level declaration; inside an error, what can be made out."""
        match node.type:
            case "package_clause":
                self.package = next((text_of(c) for c in node.named_children), "")
            case "import_declaration":
                self.imports += _imports(node)
            case "const_declaration":
                self.declared += _constants(node)
            case "var_declaration":
                self.declared += _variables(node)
                self.functions += _literals(node)
            case "type_declaration":
                self.structs += _structs(node)
            case "function_declaration" | "method_declaration":
                self.functions.append(_function(node))
            case "ERROR":
                for child in node.children:
                    self.top(child)


def _imports(node: Node) -> Iterator[Import]:
    for spec in _descend(node, "import_spec", "import_spec_list"):
        path, name = spec.child_by_field_name("path"), spec.child_by_field_name("name")
        if path:
            yield Import(text_of(name) if name else "", unquote(text_of(path)), line_of(spec))


def _descend(node: Node, wanted: str, through: str) -> Iterator[Node]:
    for child in node.named_children:
        if child.type == wanted:
            yield child
        elif child.type == through:
            yield from _descend(child, wanted, through)


def _constants(node: Node) -> Iterator[Declared]:
    repeated: tuple[str, tuple[Expr, ...]] = ("", ())
    for iota, spec in enumerate(_descend(node, "const_spec", "const_spec_list")):
        type_, values = type_and_values(spec)
        if values:
            repeated = type_, values
        for index, name in enumerate(spec_names(spec)):
            value = repeated[1][index] if index < len(repeated[1]) else None
            yield Declared(name, repeated[0], value, line_of(spec), True, iota)


def _variables(node: Node) -> Iterator[Declared]:
    for spec in _descend(node, "var_spec", "var_spec_list"):
        type_, values = type_and_values(spec)
        names = spec_names(spec)
        for index, name in enumerate(names):
            value = values[index] if len(values) == len(names) else None
            if value is None and len(values) == 1:
                value = values[0] if index == 0 else None  # a, err := f(): the first is the value
            yield Declared(name, type_, value, line_of(spec), False)


def _structs(node: Node) -> Iterator[Struct]:
    for spec in node.named_children:
        name, type_ = spec.child_by_field_name("name"), spec.child_by_field_name("type")
        if spec.type == "type_spec" and name and type_ and type_.type == "struct_type":
            yield Struct(text_of(name), tuple(_fields(type_, "")), line_of(spec))


def _fields(struct: Node, prefix: str) -> Iterator[Field]:
    """Yield the fields; those of a struct written in place come after it, as `Outer.Inner`."""
    for field in _descend(struct, "field_declaration", "field_declaration_list"):
        type_, tag = field.child_by_field_name("type"), field.child_by_field_name("tag")
        type_text = text_of(type_) if type_ else ""
        if type_ and type_.type == "struct_type":
            type_text = "struct"
        names = [text_of(n) for n in field.children_by_field_name("name")]
        for name in names or [type_text.rpartition(".")[2].lstrip("*")]:
            tag_text = unquote(text_of(tag)) if tag else ""
            yield Field(prefix + name, type_text, tag_text, line_of(field))
            if type_text == "struct" and type_:
                yield from _fields(type_, f"{prefix}{name}.")


def _function(node: Node) -> Function:
    name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
    receiver = parameters(node.child_by_field_name("receiver"))
    result = node.child_by_field_name("result")
    return Function(
        text_of(name) if name else "",
        re.sub(r"^\*|\[.*", "", receiver[0][1]) if receiver else "",
        receiver[0][0] if receiver else "",
        parameters(node.child_by_field_name("parameters")),
        text_of(result) if result else "",
        read_body(body) if body else (),
        line_of(node),
    )


def _literals(node: Node) -> Iterator[Function]:
    """Yield the function literals in the values of package-level variables."""
    for literal in function_literals(node):
        body = literal.child_by_field_name("body")
        read = parameters(literal.child_by_field_name("parameters"))
        statements = read_body(body) if body else ()
        yield Function("", "", "", read, "", statements, line_of(literal))
