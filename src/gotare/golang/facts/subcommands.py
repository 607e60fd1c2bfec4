"""Which subcommands and flags of a program matter to its container: healthcheck, version, serve,
migrate."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final, Literal, get_args

from gotare.golang.facts.callgraph import Region, reaches
from gotare.golang.facts.cli_arguments import Command, argument_commands, flag_commands
from gotare.golang.facts.listening import Listens
from gotare.golang.facts.program import Program
from gotare.golang.facts.sources import Sources
from gotare.golang.facts.types import Subcommand
from gotare.golang.facts.values import Place, Values

Role = Literal["healthcheck", "version", "serve", "migrate"]

_WORDS: Final[dict[Role, tuple[str, ...]]] = {
    "healthcheck": ("healthcheck", "health-check", "healthz", "health_check", "health", "probe"),
    "version": ("version",),
    "serve": ("serve", "server", "start", "run", "daemon", "web", "api", "http", "listen", "up"),
    "migrate": ("migrate", "migration", "migrations", "db-migrate", "migrate-up", "migrate-db"),
}
"""The words of each role, the best first."""

_ROLES: Final[tuple[Role, ...]] = get_args(Role)
_DEEPEST: Final[dict[Role, int]] = {"healthcheck": 2, "version": 1, "serve": 2, "migrate": 2}
_SUBJECTS: Final = frozenset({"db", "database", "schema", "sql", "store"})
"""What a migration may be of: `db migrate`. A word below something else is for that alone."""


def subcommands(
    sources: Sources, values: Values, packages: Collection[str]
) -> tuple[Subcommand, ...]:
    """Return the subcommands of a program that its container can use, the best of each role first.

    `packages` are import paths: a main package with all that it imports. `serve` is there only
    when the program does not listen without it.
    """
    program = Program(sources, values, packages)
    made, versioned = _of_libraries(program)
    commands = [*made, *argument_commands(program), *_declared(program)]
    flags = [*versioned, *flag_commands(program)]
    found = [
        Subcommand(role, command.words, command.at)
        for role in ("healthcheck", "version", "migrate")
        for command in _of_role(role, [*commands, *flags])
    ]
    found += _serving(program, commands)
    found.sort(key=lambda one: _ROLES.index(one.role))
    return tuple({(one.role, one.words): one for one in reversed(found)}.values())[::-1]


_LIBRARIES: Final = (
    "github.com/spf13/cobra", "github.com/urfave/cli", "github.com/peterbourgon/ff",
)  # fmt: skip
_DECLARING: Final = (
    "github.com/alecthomas/kong", "github.com/jessevdk/go-flags", "github.com/alexflint/go-arg",
    "github.com/alecthomas/kingpin", "gopkg.in/alecthomas/kingpin", "github.com/mitchellh/cli",
    "github.com/hashicorp/cli",
)  # fmt: skip


def _of_libraries(program: Program) -> tuple[Sequence[Command], Sequence[Command]]:
    """Return the commands that are values of a library, and the flags for the version."""
    if not program.sources.imports_any(*_LIBRARIES):
        return (), ()
    from gotare.golang.facts.cli_libraries import Commands

    library = Commands(program)
    return library.all, library.versioned


def _declared(program: Program) -> Iterator[Command]:
    """Yield the commands that are declared with calls, maps or struct tags."""
    if program.sources.imports_any(*_DECLARING):
        from gotare.golang.facts.cli_declared import declared_commands

        yield from declared_commands(program)


def _of_role(role: Role, commands: Iterable[Command]) -> list[Command]:
    """Return the commands of a role; what is typed as a word before what is typed as a flag."""
    found = [(rank, one) for one in commands if (rank := _rank(role, one)) is not None]
    return [one for _, one in sorted(found, key=lambda pair: pair[0])]


def _rank(role: Role, command: Command) -> tuple[bool, int, int] | None:
    """Return how well a command fits a role, None when it does not."""
    words = command.words
    if not words or len(words) > _DEEPEST[role]:
        return None
    if role == "migrate" and command.flag:
        return None  # migrates, and then goes on
    last = words[-1].lstrip("-").lower()
    if role == "migrate" and words[0] in _WORDS[role] and last == "up":
        return False, 0, 0
    if last not in _WORDS[role] or (len(words) > 1 and not _SUBJECTS.issuperset(words[:-1])):
        return None
    return command.flag, _WORDS[role].index(last), len(words)


# serving


def _serving(program: Program, commands: list[Command]) -> Iterator[Subcommand]:
    """Yield the subcommand that listens, when nothing listens without one."""
    places = [one.serving.place for one in Listens.of(program).found if one.role == ""]
    candidates = [one for one in commands if one.words and not one.flag]
    if not places or not candidates:
        return
    if _listens_without(program, commands, places):
        return
    reaching = [one for one in candidates if reaches(program, one.regions or (), places)]
    named = _of_role("serve", reaching) or reaching[:1]
    if not reaching:
        named = _of_role("serve", [one for one in candidates if not one.regions])
    for one in named[:1]:
        yield Subcommand("serve", one.words, one.at)


def _listens_without(
    program: Program, commands: Sequence[Command], places: Sequence[Place]
) -> bool:
    """Tell whether the program listens when it is started without arguments: its root command does,
    or main does, beside what runs for a subcommand."""
    conditional = [region for one in commands if one.words for region in one.regions or ()]
    roots = [region for one in commands if not one.words for region in one.regions or ()]
    return reaches(program, [*_mains(program), *roots], places, conditional)


def _mains(program: Program) -> Iterator[Region]:
    for package in sorted(program.packages):
        for source in program.sources.packages.get(package, ()):
            for function in source.file.functions:
                if source.file.package == "main" and function.name in ("main", "init"):
                    yield Region(source, function)
