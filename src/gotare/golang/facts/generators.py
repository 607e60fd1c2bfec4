"""Which code generators the sources ask for, and whether what they write is there.

They are asked for by `//go:generate` lines, by the settings of a tool (buf.gen.yaml, sqlc.yaml), by
what only a tool can turn into Go (`*.templ`, `*.proto`), and by targets of a Makefile.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Iterable, Iterator
from fnmatch import fnmatch
from posixpath import basename, dirname, join, normpath
from typing import Final

from gotare.golang.facts.executed import programs_in
from gotare.golang.facts.findings import Generate
from gotare.golang.facts.inventory import Inventory, path_of
from gotare.golang.facts.types import Evidence, Generator

_OUTPUT_FLAG: Final = re.compile(r"--?(?:o|out|output|dest|destination|outpkg-file|f)(?:=(.+))?")
_OUTPUTS: Final = {
    "stringer": ("*_string.go",),
    "enumer": ("*_enumer.go",),
    "go-enum": ("*_enum.go",),
    "wire": ("wire_gen.go",),
    "ent": ("client.go", "ent/client.go"),
    "entc": ("client.go", "ent/client.go"),
    "gqlgen": ("generated.go", "graph/generated.go", "*/generated.go", "*/*/generated.go"),
    "mockgen": ("mock_*.go", "*_mock.go", "mocks/*.go", "mock/*.go"),
    "mockery": ("mock_*.go", "mocks/*.go", "*/mocks/*.go", "mocks_test.go"),
    "moq": ("*_moq.go", "*_mock.go", "mock_*.go", "*_moq_test.go"),
    "counterfeiter": ("*fakes/*.go", "fakes/*.go"),
    "go-bindata": ("bindata.go",),
    "easyjson": ("*_easyjson.go",),
    "msgp": ("*_gen.go",),
    "bpf2go": ("*_bpf*.go",),
    "controller-gen": ("zz_generated.*.go", "*/zz_generated.*.go", "*/*/zz_generated.*.go"),
    "deepcopy-gen": ("zz_generated.*.go", "*/zz_generated.*.go"),
    "oapi-codegen": ("*.gen.go", "*/*.gen.go"),
    "ogen": ("oas_*_gen.go", "*/oas_*_gen.go"),
    "gorm-gen": ("*.gen.go", "*/*.gen.go"),
}
"""What each tool writes, as patterns relative to the folder that it runs in."""

_ANYWHERE: Final = {
    "sqlc": (".sql.go",),
    "templ": ("_templ.go",),
    "protoc": (".pb.go", ".connect.go"),
    "buf": (".pb.go", ".connect.go"),
    "swag": ("docs.go",),
}
"""How the names of what a tool writes end that is told by its settings where to write."""

_CONFIGURED: Final = {
    "buf.gen.yaml": ("buf", "buf generate"),
    "buf.gen.yml": ("buf", "buf generate"),
    "sqlc.yaml": ("sqlc", "sqlc generate"),
    "sqlc.yml": ("sqlc", "sqlc generate"),
    "sqlc.json": ("sqlc", "sqlc generate"),
    "gqlgen.yml": ("gqlgen", "gqlgen generate"),
    "gqlgen.yaml": ("gqlgen", "gqlgen generate"),
    ".mockery.yaml": ("mockery", "mockery"),
    ".mockery.yml": ("mockery", "mockery"),
}
"""Files of settings, with the tool that reads each and its command."""

_TARGET: Final = re.compile(
    rb"^([\w./-]+(?:[ \t]+[\w./-]+)*)[ \t]*:(?!=)[^\n]*\n((?:[\t].*\n?)+)", re.M
)
_GENERATING: Final = re.compile(
    r"(^|[-_./])(proto(s|c|buf)?|gen|generate|codegen|pb|stubs)([-_./]|$)"
)
_MAKE_TOOLS: Final = ("protoc", "buf", "sqlc", "templ", "wire", "swag", "gqlgen", "go-bindata")


def generators_of(
    inventory: Inventory, lines: Iterable[Generate], makefile: bytes
) -> tuple[Generator, ...]:
    """Return the generators. `lines` are the //go:generate lines; `makefile` is the content of the
    Makefile in the root."""
    found = list(_by_line(inventory, lines))
    tools = {generator.tool for generator in found}
    found += [one for one in _by_settings(inventory) if one.tool not in tools]
    tools = {generator.tool for generator in found}
    found += [one for one in _by_target(inventory, makefile) if one.tool not in tools]
    tools = {generator.tool for generator in found}
    found += [one for one in _by_sources(inventory, tools) if one.tool not in tools]
    return tuple(found)


# //go:generate


def _by_line(inventory: Inventory, lines: Iterable[Generate]) -> Iterator[Generator]:
    for line in lines:
        words = _words(line.command)
        if words and words[0] != "-command":
            tool = tool_of(words)
            done = _is_there(inventory, dirname(line.path) or ".", tool, words)
            at = Evidence(line.path, line.line, "go:generate")
            yield Generator(tool, line.command, at, done)


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def tool_of(words: list[str]) -> str:
    """Return the name of the tool that a command runs: `go run example.com/x/cmd/gen@v1` is gen."""
    match words:
        case ["go", "run" | "tool", *rest]:
            return _named([word for word in rest if not word.startswith("-")])
        case ["env", *rest] if others := [word for word in rest if "=" not in word]:
            return tool_of(others)
        case ["npx" | "bunx", *rest]:
            return _named([word for word in rest if not word.startswith("-")])
        case ["sh" | "bash", "-c", script, *_]:
            return next(programs_in(script), "sh")
        case _:
            return basename(words[0])


def _named(words: list[str]) -> str:
    if not words:
        return "go"
    path = words[0].partition("@")[0].rstrip("/")
    name = basename(path)
    if re.fullmatch(r"v\d+", name):
        name = basename(dirname(path))
    return name if name not in (".", "..", "") else "go"


def _is_there(inventory: Inventory, folder: str, tool: str, words: list[str]) -> bool:
    """Whether what the command writes is there; what it writes is not always known."""
    named = list(_outputs(words))
    if named:
        return any(inventory.has(join(folder, path)) for path in named)
    return _has_outputs(inventory, folder, tool)


def _has_outputs(inventory: Inventory, folder: str, tool: str) -> bool:
    if tool in _ANYWHERE:
        return any(True for _ in inventory.files(*_ANYWHERE[tool]))
    return tool not in _OUTPUTS or _matches(inventory, folder, _OUTPUTS[tool])


def _outputs(words: list[str]) -> Iterator[str]:
    """Yield the paths that flags name for the output, as most tools call them."""
    for word, after in zip(words, [*words[1:], ""], strict=True):
        match = _OUTPUT_FLAG.fullmatch(word)
        if match and (match[1] or not after.startswith("-")):
            path = match[1] or after
            if path and "$" not in path and ("/" in path or path.endswith(".go")):
                yield path


def _matches(inventory: Inventory, folder: str, patterns: Iterable[str]) -> bool:
    prefix = "" if normpath(folder) == "." else f"{normpath(folder)}/"
    paths = [
        path_of(place, name)[len(prefix) :]
        for place, names in inventory.folders.items()
        if f"{place}/".startswith(prefix) or not prefix
        for name in names
        if name.endswith(".go")
    ]
    return any(
        fnmatch(path, pattern) and path.count("/") == pattern.count("/")
        for pattern in patterns
        for path in paths
    )


# settings, sources and Makefile


def _by_settings(inventory: Inventory) -> Iterator[Generator]:
    for folder, names in inventory.folders.items():
        for name in sorted(names & _CONFIGURED.keys()):
            tool, command = _CONFIGURED[name]
            done = _has_outputs(inventory, folder, tool)
            yield Generator(tool, command, Evidence(path_of(folder, name), 0, name), done)


def _by_sources(inventory: Inventory, tools: Collection[str]) -> Iterator[Generator]:
    """Yield the tools without which some sources mean nothing, but none that is known to be there
    under its own or another name; one source says enough."""
    for suffix, tool, command, made in (
        (".templ", "templ", "templ generate", "_templ.go"),
        (".qtpl", "qtc", "qtc", ".qtpl.go"),
    ):
        for path in list(inventory.files(suffix))[:1]:
            missing = _missing(inventory, suffix, made)
            yield Generator(tool, command, Evidence(missing or path, 0, suffix), not missing)
    if "protoc" in tools or "buf" in tools:
        return
    made_by_protoc = {basename(path) for path in inventory.files(".pb.go")}
    for path in inventory.files(".proto"):
        if basename(path).replace(".proto", ".pb.go") in made_by_protoc:
            yield Generator("protoc", "protoc", Evidence(path, 0, ".proto"), True)
            return


def _missing(inventory: Inventory, suffix: str, made: str) -> str:
    """Return a source without the Go file beside it that is made from it, "" for none."""
    for path in inventory.files(suffix):
        stem = path if made.startswith(suffix) else path.removesuffix(suffix)
        if not inventory.has(stem.removesuffix(suffix) + made):
            return path
    return ""


def _by_target(inventory: Inventory, makefile: bytes) -> Iterator[Generator]:
    for match in _TARGET.finditer(makefile):
        names = match[1].decode("utf-8", "replace").split()
        recipe = match[2].decode("utf-8", "replace")
        wanted = next((name for name in names if _GENERATING.search(name)), "")
        tool = next((t for t in _MAKE_TOOLS if re.search(rf"(^|[\s/(]){t}\b", recipe)), "")
        if tool and (wanted or tool in names):
            line = makefile.count(b"\n", 0, match.start()) + 1
            at = Evidence("Makefile", line, wanted or tool)
            done = _has_outputs(inventory, ".", tool)
            yield Generator(tool, f"make {wanted or tool}", at, done)
