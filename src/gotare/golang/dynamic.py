"""What one ELF object asks of the loader: its dynamic section.

Sources: System V gABI, "Dynamic Section"; GNU symbol versioning, `.gnu.version_d`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeAlias

from gotare.errors import CorruptError, StoreError
from gotare.frozen import dataclass
from gotare.golang.binary import PT_INTERP, mapped, read_elf

Machine: TypeAlias = tuple[int, int, str]
"""e_machine, word size and byte order: what must agree between objects of one process."""


@dataclass(frozen=True, slots=True)
class Dynamic:
    """`rpath` and `runpath` are as written, one folder an item; `versions` are those it defines."""

    soname: str = ""
    needed: tuple[str, ...] = ()
    rpath: tuple[str, ...] = ()
    runpath: tuple[str, ...] = ()
    versions: frozenset[str] = frozenset()


def machine_of(path: Path) -> Machine | None:
    """Return the machine of an ELF file, None when it is another format."""
    with mapped(path) as data:
        elf = read_elf(data)
    return (elf.machine, elf.bits, elf.order) if elf else None


def interpreter_of(path: Path) -> str:
    """Return the loader that the program names (PT_INTERP), empty when it is static or not ELF."""
    with mapped(path) as data:
        elf = read_elf(data)
        for segment in elf.segments if elf else ():
            if segment.kind == PT_INTERP:
                name = data[segment.offset : segment.offset + segment.size]
                return name.split(b"\0")[0].decode("utf-8", "replace")
    return ""


def read_dynamic(path: Path) -> Dynamic:
    """Read the dynamic section of an object.

    Raises StoreError when the file cannot be read, CorruptError when it is damaged.
    """
    from elftools.elf.elffile import ELFFile

    try:
        with path.open("rb") as file:
            return _dynamic(ELFFile(file))
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error}", "check its permissions") from error
    except Exception as error:  # pyelftools lets through what its parts raise on damaged files
        raise CorruptError(
            f"{path} has a damaged dynamic section: {error}", "install or build it again"
        ) from error


def _dynamic(elf: Any) -> Dynamic:
    tags = [
        tag
        for segment in elf.iter_segments("PT_DYNAMIC")
        for tag in segment.iter_tags()
        if tag.entry.d_tag in ("DT_NEEDED", "DT_SONAME", "DT_RPATH", "DT_RUNPATH")
    ]
    return Dynamic(
        soname=next((tag.soname for tag in tags if tag.entry.d_tag == "DT_SONAME"), ""),
        needed=tuple(tag.needed for tag in tags if tag.entry.d_tag == "DT_NEEDED"),
        rpath=_folders(tag.rpath for tag in tags if tag.entry.d_tag == "DT_RPATH"),
        runpath=_folders(tag.runpath for tag in tags if tag.entry.d_tag == "DT_RUNPATH"),
        versions=_versions(elf),
    )


def _folders(paths: Any) -> tuple[str, ...]:
    return tuple(folder for path in paths for folder in path.split(":") if folder)


def _versions(elf: Any) -> frozenset[str]:
    section = elf.get_section_by_name(".gnu.version_d")
    if section is None:
        return frozenset()
    # The first auxiliary entry of a definition is its name, the others its parents.
    return frozenset(next(names).name for _, names in section.iter_versions())
