"""Reads what `go build -v` prints: progress, noise, and the lines of an error."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from gotare.errors import CompileError
from gotare.golang.hints import hint_for
from gotare.golang.toolchain import essential_lines

_PACKAGE = re.compile(r"[\w.~/+@-]+")
_DOWNLOAD = re.compile(r"go: downloading (\S+) (\S+)")


def package_named(line: str) -> str | None:
    """Return the import path on a line that -v printed for a package being compiled.

    Lines of errors hold spaces or colons, import paths do not.
    """
    return line if _PACKAGE.fullmatch(line) else None


def module_downloaded(line: str) -> str | None:
    """Return `module version` of a line that tells of a download."""
    match = _DOWNLOAD.match(line)
    return f"{match[1]} {match[2]}" if match else None


def error_lines(lines: Iterable[str]) -> list[str]:
    """Return the lines of errors alone, each block once.

    A block starts with `# package`; with PGO a package is compiled once for each program, and says
    the same each time.
    """
    kept = [line for line in lines if line.strip() and not package_named(line)]
    blocks: list[list[str]] = [[]]
    for line in kept:
        if line.startswith("# "):
            blocks.append([])
        blocks[-1].append(line)
    blocks[0] = essential_lines("\n".join(blocks[0]))
    unique = {_body(block): block for block in reversed(blocks)}
    return [line for block in reversed(unique.values()) for line in block]


def _body(block: Sequence[str]) -> tuple[str, ...]:
    return tuple(block[1:] if block and block[0].startswith("# ") else block)


def compile_error(what: str, lines: Iterable[str], hint: str | None = None) -> CompileError:
    """Return the error of a build that failed with these lines of output."""
    output = "\n".join(error_lines(lines))
    return CompileError(f"{what} failed", output, hint or hint_for(output))


def merged(errors: Sequence[CompileError]) -> CompileError:
    """Return one error for builds of several platforms, with each of Go's lines once."""
    lines = error_lines(line for error in errors for line in error.output.splitlines())
    hint = next((error.hint for error in errors if error.hint), None)
    return CompileError(errors[0].message, "\n".join(lines), hint)
