"""The table at the end of a build, without any library: it is printed by the fastest path."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gotare.result import BuildResult, BuiltImage

_HEAD = ("IMAGE", "PLATFORM", "SIZE", "COMPRESSED", "LAYERS", "DIGEST")


def result_lines(result: BuildResult) -> str:
    """Return the table of images and platforms, where they are, and the time it took."""
    rows = [_HEAD, *(row for image in result.images for row in _rows(image))]
    total = result.timings.get("total", 0.0)
    steps = f"{_seconds(total)} ({_steps(result)})"
    last = "unchanged: nothing to build" if not result.timings else steps
    here = f"{Path.cwd()}/"  # people read paths from where they are; --json has them whole
    where = [f"-> {output.replace(here, '')}" for output in result.outputs]
    return "\n".join([*_aligned(rows), *where, last])


def _rows(image: BuiltImage) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [
        (
            image.name,
            built.platform,
            megabytes(built.size),
            megabytes(built.compressed_size),
            f"{len(built.layers)}" + (" reused" if image.cached else ""),
            built.digest[:19],
        )
        for built in image.platforms
    ]
    if len(rows) > 1:
        rows.append((image.name, f"index of {len(rows)}", "", "", "", image.root.digest[:19]))
    return rows


def _steps(result: BuildResult) -> str:
    steps = [(name, value) for name, value in result.timings.items() if name in _SHOWN]
    return ", ".join(f"{name} {_seconds(value)}" for name, value in steps)


_SHOWN = ("plan", "compile", "pack", "ship")


def _seconds(value: float) -> str:
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.1f} s"


def megabytes(size: int) -> str:
    """Return bytes as megabytes or kilobytes (of 1000)."""
    return f"{size / 1e6:.2f} MB" if size >= 100_000 else f"{size / 1e3:.1f} kB"


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
