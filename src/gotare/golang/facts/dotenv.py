"""Where a program reads `.env` by itself, and whether it ends where there is none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gotare.golang.facts.error_paths import ends_program
from gotare.golang.facts.gotypes import plain
from gotare.golang.facts.program import Program
from gotare.golang.facts.sources import Call
from gotare.golang.facts.types import Hazard
from gotare.golang.facts.unused import is_unused

_LOADERS: Final = (
    "github.com/joho/godotenv.Load",
    "github.com/joho/godotenv.Overload",
    "github.com/subosito/gotenv.Load",
    "github.com/subosito/gotenv.OverLoad",
)
_AUTOLOAD: Final = "github.com/joho/godotenv/autoload"


def dotenv_hazards(program: Program) -> Iterator[Hazard]:
    """Yield the places where .env files are loaded."""
    for call in program.calling(*_LOADERS):
        if not is_unused(program, call):
            kind = "dotenv-required" if _is_required(program, call) else "dotenv"
            yield Hazard(kind, call.at(), call.at().what)  # type: ignore[arg-type]
    for package in sorted(program.packages):
        for source in program.sources.packages.get(package, ()):
            for _, path, line in source.file.imports:
                if plain(path) == _AUTOLOAD:
                    yield Hazard("dotenv", source.at(line, path), "autoload")


def _is_required(program: Program, call: Call) -> bool:
    """Tell whether the program ends without the file, and nothing says that it is looked for only
    in development."""
    return call.statement.condition is None and ends_program(program, call) is not None
