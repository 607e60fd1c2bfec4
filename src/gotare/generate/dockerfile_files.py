"""The stage that lays out the project's files, and the folders of volumes.

COPY alone takes the modes of somebody's checkout, gives a whole folder one mode, and gives the
folders above to the owner of what is in them. `gotare build` does none of that, so the files are
laid out in a stage of their own, below /files, and copied from there.
"""

from __future__ import annotations

import posixpath
import re
from typing import Final

from gotare.generate.dockerfile_text import comment, copy, run, shell_word
from gotare.generate.files import Choices
from gotare.generate.tools import golang
from gotare.oci.image import NONROOT
from gotare.plan import ImagePlan, Plan
from gotare.settings import FileMapping

_TOP: Final = "/files"
_RUNTIME: Final = ("/tmp", "/dev", "/proc", "/sys", "/run")  # noqa: S108
"""What bases or runtimes have, and what is writable there or never is."""


def has_files(image: ImagePlan) -> bool:
    """Whether the image needs the stage."""
    return bool(image.files or owned_folders(image))


def owned_folders(image: ImagePlan) -> tuple[str, ...]:
    """Return the folders that must belong to the image's user: its volumes.

    Docker gives a new volume the owner of the image's folder, and root where there is none. Only
    numbers can be given to, and root needs nothing. Other places that the code writes to are not
    made: a path in the code does not tell whether it is of a folder or of a file.
    """
    user = image.run.user or NONROOT
    if not re.fullmatch(r"[1-9]\d*(:\d+)?", user):
        return ()
    clean = (posixpath.normpath(place) for place in image.run.volumes)
    return tuple(dict.fromkeys(place for place in clean if place != "/" and not _is_runtime(place)))


def _is_runtime(place: str) -> bool:
    return any(place == top or place.startswith(f"{top}/") for top in _RUNTIME)


def files_stage(image: ImagePlan, plan: Plan, choices: Choices, name: str) -> str:
    """Return the stage."""
    lines = [
        comment(_why(image)),
        f"FROM --platform=$BUILDPLATFORM {choices.pinned(golang(plan.sources.go))} AS {name}",
    ]
    for file in image.files:
        lines.append(copy([file.source], _place(file.destination)))
    commands = [f"chmod -R u=rwX,go=rX {_TOP}"] if image.files else []
    for file in image.files:
        commands += _exceptions(file)
    user, _, group = (image.run.user or NONROOT).partition(":")
    for folder in owned_folders(image):
        commands.append(f"install -d -o {user} -g {group or user} {shell_word(_place(folder))}")
    return "\n".join([*lines, run((), commands)])


def _why(image: ImagePlan) -> str:
    what = []
    if image.files:
        what.append("The files that the program reads, with modes that no umask decides.")
    if owned_folders(image):
        what.append(
            "The folders of volumes belong to the program's user: a new volume takes that over."
        )
    return " ".join(what)


def _exceptions(file: FileMapping) -> list[str]:
    place = shell_word(_place(file.destination))
    commands = []
    if file.mode is not None:
        commands.append(f"find {place} -type f -exec chmod {file.mode:04o} {{}} +")
    if file.ids != (0, 0):
        user, group = file.ids
        commands.append(f"chown -hR {user}:{group} {place}")
    return commands


def _place(destination: str) -> str:
    return _TOP + posixpath.normpath(destination) if destination != "/" else f"{_TOP}/"


def files_copies(image: ImagePlan, name: str) -> list[str]:
    """Return the COPYs into the image: what is in a folder, never the folder itself, for the
    image's own folders keep their owners and modes."""
    places = [*(file.destination for file in image.files), *owned_folders(image)]
    folders = sorted({posixpath.dirname(posixpath.normpath(place)) for place in places})
    tops = [f for f in folders if not any(_is_below(f, other) for other in folders)]
    return [copy([_folder(_TOP + top)], _folder(top), f"--from={name}") for top in tops]


def _is_below(path: str, other: str) -> bool:
    return path != other and path.startswith(_folder(other))


def _folder(path: str) -> str:
    return path if path.endswith("/") else f"{path}/"
