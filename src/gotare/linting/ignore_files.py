"""Which Dockerfiles does an ignore file count for? Their rules say of it what its own do not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from gotare.errors import TextError
from gotare.lint.around import Neighbourhood
from gotare.lint.files import Target, find_targets
from gotare.lint.reading import read_text


def dockerfiles_of(
    ignore: Target, directory: Path, around: Neighbourhood, env: Mapping[str, str]
) -> Iterator[Target]:
    """Yield the Dockerfiles below the folder of an ignore file whose builds read it."""
    if ignore.place is None:
        return
    folder = str(Path(ignore.shown).parent)
    wanted = ignore.place.resolve()
    for target in find_targets(directory, [folder], env):
        if target.kind == "dockerfile" and _ignore_file(target, around) == wanted:
            yield target


def _ignore_file(target: Target, around: Neighbourhood) -> Path | None:
    if target.place is None:
        return None
    try:
        seen = around.look(target, read_text(target.place))
    except TextError:
        return None
    return None if seen.context is None else (seen.context / seen.ignore_file).resolve()
