"""From a request to the files that a project should have, compared with those that it has."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from gotare.cache import Cache
from gotare.config import FILE_NAME, parse_config
from gotare.errors import ConfigError, ProjectError, UsageError
from gotare.generate.config_text import edited
from gotare.generate.files import PARTS, Choices, Part, Settled
from gotare.generate.project_files import generate
from gotare.generate.tools import ALPINE, DEBIAN
from gotare.oci.transports import Surroundings
from gotare.plan import Plan
from gotare.prepare import Prepared, prepare
from gotare.programs import Local
from gotare.progress import SILENT
from gotare.request import Request
from gotare.scaffold.answers import Answers, Ask, Given, answers_to
from gotare.scaffold.look import Found, look
from gotare.scaffold.pins import Asked, resolve
from gotare.scaffold.settle import settled_by
from gotare.writing.changes import Change, NewFile, compare
from gotare.writing.markers import is_kept_whole
from gotare.writing.places import place, read
from gotare.writing.text import decode


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asks for. `parts` None: all that fit the project."""

    given: Given
    parts: tuple[Part, ...] | None = None
    builder: Literal["docker", "gotare"] | None = None
    pin: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """The changes to a project, the part that each file belongs to, and what to tell the user.

    `settles`: `gotare.yaml` changes, and the other files count on it.
    """

    plan: Plan
    changes: tuple[Change, ...]
    parts: dict[str, Part]
    settles: bool
    notes: tuple[str, ...]


def make_draft(
    request: Request,
    wanted: Wanted,
    cache: Cache,
    around: Surroundings,
    ask: Ask,
    asked: bool,
) -> Draft:
    """Plan, put the questions (`asked`: to a person), settle, plan again and compare.

    Writes nothing. Raises UsageError, ProjectError, ToolchainError, ConfigError, WriteError.
    """
    prepared = prepare(request, cache, around)
    root = _root(prepared, request)
    text = _existing(root)
    config = parse_config(text, FILE_NAME) if text.strip() else None
    found = look(root, prepared.plan.sources.url)
    answers = answers_to(prepared.plan, config, found, wanted.given, ask, asked)
    pins = resolve(_base_of(answers), around) if wanted.pin else {}
    settled = settled_by(prepared.plan, answers, config, pins)
    new = _settle(text, settled)
    if new != text:
        again = replace(request, known=_known(prepared))
        quiet = replace(around, progress=SILENT)
        prepared = prepare(again, cache, quiet, parse_config(new, FILE_NAME))
    choices = _choices(wanted, answers, found, text, settled)
    parts = _parts(wanted, answers, new != text)
    if wanted.pin:
        choices = _pinned(prepared.plan, choices, parts, around)
    return _draft(
        root, prepared.plan, choices, parts, new != text, _notes(found, choices, parts, wanted)
    )


def _root(prepared: Prepared, request: Request) -> Path:
    """Return the project's folder. Raises UsageError for a folder below it, and for programs that
    are not of a project here."""
    if not isinstance(prepared.programs, Local):
        raise UsageError(
            "a published program has no project to write files into",
            "run gotare init in the folder of a go.mod",
        )
    root = Path(prepared.programs.project.root)
    if root.resolve() != request.directory.resolve():
        raise UsageError(
            f"{request.directory} is not the project's folder, which is {root}",
            f"run gotare init -C {root}",
        )
    return root


def _existing(root: Path) -> str:
    standing = read(place(root, FILE_NAME), FILE_NAME)
    return decode(standing.data) if standing else ""


def _known(prepared: Prepared) -> dict[str, object] | None:
    local = prepared.programs
    return local.project.json() if isinstance(local, Local) else None


def _base_of(answers: Answers) -> list[str]:
    return {"alpine": [ALPINE], "debian": [DEBIAN]}.get(answers.variant or "", [])


def _settle(text: str, settled: tuple[Settled, ...]) -> str:
    """Return the new `gotare.yaml`, equal to the old one when nothing is settled."""
    new = edited(text, settled)
    if new != text and is_kept_whole(text, FILE_NAME):
        keys = ", ".join(".".join(item.keys) for item in settled)
        raise ConfigError(
            f"{FILE_NAME} is marked as yours, so {keys} cannot be written there",
            f"write {keys} into it by hand, or take the line 'gotare: keep' out",
        )
    return new


def _choices(
    wanted: Wanted, answers: Answers, found: Found, text: str, settled: tuple[Settled, ...]
) -> Choices:
    return Choices(
        builder=wanted.builder or found.builder,
        image=answers.image,
        makefile=found.makefile,
        docs=found.docs,
        config=text,
        settled=settled,
    )


def _parts(wanted: Wanted, answers: Answers, settles: bool) -> tuple[Part, ...]:
    """Return the parts to write. What is settled is always written, or builds would differ."""
    pipelines: tuple[Part, ...] = ("github", "gitlab")
    parts: Collection[Part] = wanted.parts or [
        part for part in PARTS if part not in pipelines or part in answers.pipelines
    ]
    return tuple(part for part in PARTS if part in parts or (part == "config" and settles))


def _pinned(plan: Plan, choices: Choices, parts: tuple[Part, ...], around: Surroundings) -> Choices:
    """Return the choices with the digests of all images that the files name."""
    asked = Asked()
    generate(plan, replace(choices, pins=asked), parts)
    return replace(choices, pins=resolve(asked, around))


def _draft(
    root: Path,
    plan: Plan,
    choices: Choices,
    parts: tuple[Part, ...],
    settles: bool,
    notes: tuple[str, ...],
) -> Draft:
    files = generate(plan, choices, parts)
    if not files:
        raise ProjectError("there is nothing to write", "give other parts to --only")
    changes = compare(root, [NewFile(f.path, f.content, f.executable) for f in files])
    return Draft(plan, changes, {file.path: file.part for file in files}, settles, notes)


def _notes(
    found: Found, choices: Choices, parts: tuple[Part, ...], wanted: Wanted
) -> tuple[str, ...]:
    notes = []
    if choices.makefile == "container.mk" and "makefile" in parts:
        notes.append("there is a Makefile: add the line 'include container.mk' to it")
    pipelines = [part for part in ("github", "gitlab") if part in parts]
    if found.below and pipelines:
        notes.append(
            f"the git repository is {found.below}: {' and '.join(pipelines)} read pipelines only "
            "there, so move the file and name this folder in it"
        )
    if "compose" in parts and not found.ignores_env:
        notes.append("git does not ignore .env, where Compose keeps secrets: add it to .gitignore")
    if not (pipelines or found.pipelines or wanted.parts or wanted.given.pipelines):
        notes.append("no files for CI, as nothing tells which: --ci github or --ci gitlab")
    return tuple(notes)
