"""Checks one layer while it streams by: its compression, its tar, its entries, its diffID."""

from __future__ import annotations

from collections.abc import Iterator
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
        checked.problems.extend(check_entries(tar, checked.layer))
        checked.problems.extend(_after_entries(tar, content))
        checked.diff_id = content.digest
    except LayerError as error:
        checked.problems.append(Problem("error", error.rule, error.message))
    checked.count = tar.count
    return checked


def _after_entries(tar: TarReader, content: Expanded) -> Iterator[Problem]:
    more = content.drain()
    if not tar.ended:
        yield Problem("warning", "tar-end", "the tar has no end-of-archive blocks")
    elif more:
        yield Problem("warning", "tar-trailing", "the layer goes on after the end of its tar")
