"""Checks one layer while it streams by: its compression, its tar, its entries, its diffID."""

from __future__ import annotations

from dataclasses import dataclass, field

from gotare.oci.expand import Algorithm, Expanded, LayerError, Readable, expand
from gotare.oci.problems import Problem
from gotare.oci.tarcheck import Layer, check_entries
from gotare.oci.tarread import TarReader


@dataclass(slots=True)
class Checked:
    """What a layer holds and what is wrong with it. `diff_id` is "" when it cannot be known."""

    layer: Layer = field(default_factory=Layer)
    problems: list[Problem] = field(default_factory=list)
    diff_id: str = ""
    count: int = 0


def check_layer(stream: Readable, algorithm: Algorithm, limit: int) -> Checked:
    """Read a layer to its end, or to what makes reading on pointless.

    `limit` bounds the uncompressed bytes. Raises only what `stream` raises.
    """
    checked = Checked()
    content = Expanded(expand(stream, algorithm), limit)
    tar = TarReader(content)
    try:
        _check_tar(tar, checked)
        if content.drain() and tar.ended:
            message = "the layer goes on after the end of its tar"
            checked.problems.append(Problem("warning", "tar-trailing", message))
        checked.diff_id = content.digest
    except LayerError as error:
        checked.problems.append(Problem("error", error.rule, error.message))
    checked.count = tar.count
    return checked


def _check_tar(tar: TarReader, checked: Checked) -> None:
    try:
        checked.problems.extend(check_entries(tar, checked.layer))
    except LayerError as error:
        if not error.rule.startswith("tar-"):
            raise
        checked.problems.append(Problem("error", error.rule, error.message))
        return
    if not tar.ended:
        message = "the tar has no end-of-archive blocks"
        checked.problems.append(Problem("warning", "tar-end", message))
