"""Which other programs a program runs."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from gotare.golang.facts.leading import assigned_before, beginning
from gotare.golang.facts.scope import Scope
from gotare.golang.facts.sources import Call
from gotare.golang.facts.types import Evidence, Executed
from gotare.golang.syntax.expressions import Expr

_RUNNERS: Final = {
    "os/exec.Command": 0,
    "os/exec.CommandContext": 1,
    "os/exec.LookPath": 0,
    "syscall.Exec": 0,
    "syscall.ForkExec": 0,
    "golang.org/x/sys/unix.Exec": 0,
    "os.StartProcess": 0,
    "golang.org/x/sys/execabs.Command": 0,
    "golang.org/x/sys/execabs.CommandContext": 1,
    "golang.org/x/sys/execabs.LookPath": 0,
    "github.com/cli/safeexec.LookPath": 0,
    "github.com/bitfield/script.Exec": 0,
    "github.com/go-cmd/cmd.NewCmd": 0,
    "k8s.io/utils/exec.New": -1,
}
"""Functions that run or look for a program, with the argument that names it."""

_SHELLS: Final = frozenset({"sh", "bash", "dash", "ash", "zsh"})
_KEYWORDS = (
    "if then else elif fi for while until do done case esac in function { } ( ) ! [ [[ test : . "
    "cd echo exit export set unset read printf true false exec eval shift trap wait umask ulimit "
    "return local source kill pwd type command nohup time"
)
_BUILTIN: Final = frozenset(_KEYWORDS.split())
_ASSIGNMENT: Final = r"\w+=.*"
_SEPARATORS: Final = frozenset({"|", "||", "&&", ";", "&", "(", ")", "\n", "|&"})


def executed_of(scope: Scope) -> tuple[Executed, ...]:
    """Return the programs that are run, each once, in the order they are found; those whose name
    is computed come once together."""
    found: dict[str | None, Evidence] = {}
    for name, at in _executed(scope):
        found.setdefault(name, at)
    return tuple(Executed(name, at) for name, at in found.items())


def _executed(scope: Scope) -> Iterator[tuple[str | None, Evidence]]:
    for call in scope.calling(*_RUNNERS):
        index = _RUNNERS.get(call.qualified, 0)
        if index < 0 or _is_itself(scope, call, index):
            continue
        value = scope.argument(call, index)
        name = value.text
        if name is None or not name.strip():
            if not _is_looked_up(scope, call, call.arguments[index]):
                yield None, call.at()
            continue
        if not value.exact:
            yield None, call.at()
        words = name.split() if call.qualified.endswith("script.Exec") else [name]
        program = program_name(words[0])
        yield program, call.at(f"{call.qualified.rpartition('/')[2]} {program}")
        if program in _SHELLS:
            yield from ((inner, call.at(f"{program} -c {inner}")) for inner in _script(scope, call))


def program_name(name: str) -> str:
    """Return what people call a program: /usr/bin/git is git; one of the project keeps its path."""
    path = PurePosixPath(name)
    return path.name or name if path.is_absolute() else name


def _is_itself(scope: Scope, call: Call, index: int) -> bool:
    """Whether the program runs itself again: os.Args[0], os.Executable, /proc/self/exe."""
    if index >= len(call.arguments):
        return True
    expr = call.arguments[index]
    inner = expr[1] if expr[0] == "index" else expr
    if scope.sources.qualified(call.source, inner) == "os.Args" and expr[0] == "index":
        return bool(expr[2] == ("number", "0"))
    return scope.argument(call, index).text == "/proc/self/exe"


def _is_looked_up(scope: Scope, call: Call, expr: Expr) -> bool:
    """Whether a name is what LookPath found, whose call says which program it is."""
    return any(
        value[0] == "call"
        and scope.sources.qualified(context.source, value[1]).endswith(".LookPath")
        for context, value in assigned_before(call, expr)
    )


def _script(scope: Scope, call: Call) -> Iterator[str]:
    """Yield the programs that a shell is told to run with -c."""
    texts = [scope.argument(call, index).text for index in range(len(call.arguments))]
    for index, text in enumerate(texts[:-1]):
        if text and re.fullmatch(r"-[a-z]*c", text):
            script, _ = beginning(scope.values, call, call.arguments[index + 1])
            yield from dict.fromkeys(programs_in(script))
            return


def programs_in(script: str) -> Iterator[str]:
    """Yield the programs that a shell script runs, as far as its words show."""
    lexer = shlex.shlex(script, posix=True, punctuation_chars="|&;()\n")
    lexer.whitespace = " \t\r"
    lexer.commenters = ""
    expected = True
    try:
        for word in lexer:
            if set(word) <= set("|&;()\n"):
                expected = True
            elif expected and not re.fullmatch(_ASSIGNMENT, word):
                plain = re.fullmatch(r"[\w./+-]+", word)
                expected = word in _BUILTIN and word in ("if", "then", "else", "do", "while", "!")
                if plain and word not in _BUILTIN:
                    yield program_name(word)
    except ValueError:  # a quote that does not end
        return
