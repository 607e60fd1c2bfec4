"""Writes all changes or none: every file is prepared beside its place, then renamed over it."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from gotare.errors import WriteError
from gotare.interrupts import INTERRUPTS
from gotare.writing.changes import Change
from gotare.writing.places import read


def write_all(changes: Iterable[Change]) -> None:
    """Write the changes that write something. Raises WriteError, and then all is as it was."""
    wanted = [change for change in changes if change.writes]
    with ExitStack() as done, ExitStack() as undo:  # undo closes first: it needs what done removes
        staged = [(_staged(change, undo), change) for change in wanted]
        with INTERRUPTS.held():
            for temporary, change in staged:
                with _told(change):
                    _swap(temporary, change, undo, done)
            undo.pop_all()


@contextmanager
def _told(change: Change) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise WriteError(
            f"{change.path} cannot be written: {error.strerror or error}",
            "nothing was changed; see that there is room and that the folder can be written to",
        ) from error


def _staged(change: Change, undo: ExitStack) -> Path:
    """Write the new content beside its place; return where."""
    with _told(change):
        _make_folders(change.target.parent, undo)
        if read(change.target, change.path) != change.before:
            raise WriteError(
                f"{change.path} was changed in the meantime", "nothing was written: run it again"
            )
        temporary = _beside(change.target)
        undo.callback(_remove, temporary)
        _write(temporary, change)
    return temporary


def _beside(target: Path) -> Path:
    return target.with_name(f".gotare-{secrets.token_hex(8)}.tmp")


def _make_folders(folder: Path, undo: ExitStack) -> None:
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir()
        undo.callback(_remove_folder, path)


def _remove(path: Path) -> None:
    with suppress(OSError):  # it may never have come to be
        path.unlink()


def _remove_folder(path: Path) -> None:
    with suppress(OSError):  # somebody else put something into it
        path.rmdir()


def _write(temporary: Path, change: Change) -> None:
    mode = 0o777 if change.executable else 0o666
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        if change.before:
            os.fchmod(descriptor, change.before.mode)
            with suppress(PermissionError):
                os.fchown(descriptor, change.before.uid, change.before.gid)
        file.write(change.after)
        file.flush()
        os.fsync(descriptor)


def _swap(temporary: Path, change: Change, undo: ExitStack, done: ExitStack) -> None:
    target = change.target
    if change.before is None:
        # A link fails where a file has appeared in the meantime; a rename would lose it.
        _link(temporary, target)
        undo.callback(_remove, target)
        done.callback(_remove, temporary)
        return
    saved = _beside(target)
    done.callback(_remove, saved)
    _link(target, saved)
    undo.callback(saved.replace, target)
    temporary.replace(target)


def _link(source: Path, target: Path) -> None:
    """Give a file a second name, or copy it where the file system has no links."""
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError:
        target.open("xb").close()
        try:
            shutil.copy2(source, target)
        except BaseException:
            target.unlink()
            raise
