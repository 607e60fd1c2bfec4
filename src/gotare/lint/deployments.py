"""Which images do the manifests of a repository run as another user than root?"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from gotare.lint.kinds import kind_of_text

_IMAGE: Final = re.compile(r"^[ \t-]*image:[ \t]*[\"']?([\w./:@-]+)", re.MULTILINE)
_NOT_ROOT: Final = re.compile(
    r"^[ \t-]*(?:runAsNonRoot:[ \t]*true|runAsUser:[ \t]*[1-9]\d*)\b", re.MULTILINE
)
_ROOT: Final = re.compile(r"^[ \t-]*runAsUser:[ \t]*0\b", re.MULTILINE)
_MOST: Final = 500
"""Files that are read at most."""


def images_without_root(files: Iterable[str], texts: Mapping[str, str]) -> frozenset[str]:
    """Return the names of images, without registry and tag, that each manifest which names them
    runs as another user than root."""
    with_root: set[str] = set()
    without: set[str] = set()
    for name, is_root in _uses(files, texts):
        (with_root if is_root else without).add(name)
    return frozenset(without - with_root)


def _uses(files: Iterable[str], texts: Mapping[str, str]) -> Iterator[tuple[str, bool]]:
    paths = sorted(path for path in files if path.endswith((".yaml", ".yml")))
    for path in paths[:_MOST]:
        text = texts.get(path, "")
        if "image:" not in text or kind_of_text(path, text) != "kubernetes":
            continue
        for document in re.split(r"^---.*$", text, flags=re.MULTILINE):
            is_root = _ROOT.search(document) is not None or not _NOT_ROOT.search(document)
            for image in _IMAGE.findall(document):
                yield _name_of(image), is_root


def _name_of(image: str) -> str:
    return posixpath.basename(image.partition("@")[0]).partition(":")[0]
