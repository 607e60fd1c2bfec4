"""Generated files against those that are kept; GOTARE_GOLDEN=write writes them anew."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from gotare.generate.files import GeneratedFile

_FOLDER = Path(__file__).parent / "golden"


def check_golden(name: str, files: Iterable[GeneratedFile]) -> None:
    """Hold files against those in the folder `golden/NAME`: none more, none less, all equal."""
    folder = _FOLDER / name
    written = {file.path: file.content for file in files}
    if os.environ.get("GOTARE_GOLDEN") == "write":
        shutil.rmtree(folder, ignore_errors=True)
        write_files(folder, written)
    kept = {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    assert sorted(written) == sorted(kept)
    for path, text in written.items():
        assert text == kept[path], f"golden/{name}/{path}"


def write_files(folder: Path, files: dict[str, str]) -> None:
    """Write files by their relative paths."""
    for path, text in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
