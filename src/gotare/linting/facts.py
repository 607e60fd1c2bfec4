"""Reads the Go project that the linted files belong to, as `gotare plan` does."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from gotare.cache import Cache
from gotare.errors import GotareError
from gotare.frozen import dataclass
from gotare.lint.around import Known
from gotare.oci.transports import Surroundings
from gotare.oci.types import Platform
from gotare.prepare import prepare
from gotare.programs import Local
from gotare.progress import SILENT
from gotare.request import Request
from gotare.settings import Settings


@dataclass(frozen=True, slots=True)
class ProjectLoader:
    """Reads projects. `host` is the platform to plan for, `go` the go command to use."""

    cache: Cache
    around: Surroundings
    host: Platform
    go: Path | None = None

    def __call__(self, root: Path) -> Known:
        """Return the project in a folder, or why it cannot be read; raises nothing of its own."""
        request = Request(
            directory=root,
            patterns=(),
            overrides=Settings(),
            destinations=(),
            host=self.host,
            go=self.go,
        )
        try:
            quiet = replace(self.around, directory=root, progress=SILENT)
            prepared = prepare(request, self.cache, quiet)
        except GotareError as error:
            return Known(problem=_shortened(error))
        if not isinstance(prepared.programs, Local):
            return Known()
        return Known(prepared.programs.project, prepared.plan)


def _shortened(error: GotareError) -> str:
    message = error.message
    with suppress(IndexError):
        message = message.strip().splitlines()[0]
    return message
