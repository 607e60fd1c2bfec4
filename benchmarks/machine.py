"""Describes the machine and the versions of everything that takes part."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path


def describe_machine() -> dict[str, str]:
    """Return what decides how fast this machine is."""
    return {
        "cores": f"{os.cpu_count()} of {_cpu()}",
        "memory": _memory(),
        "kernel": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
    }


def _cpu() -> str:
    text = _read("/proc/cpuinfo")
    found = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return found[1] if found else platform.machine()


def _memory() -> str:
    found = re.search(r"^MemTotal:\s*(\d+) kB", _read("/proc/meminfo"), re.MULTILINE)
    return f"{int(found[1]) / (1 << 20):.0f} GiB" if found else "unknown"


def _read(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:
        return ""


def version_of(command: Sequence[str | Path]) -> str:
    """Return the first line that a program prints about its version, or "absent"."""
    try:
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return "absent"
    lines = (done.stdout or done.stderr).strip().splitlines()
    return lines[0] if lines and not done.returncode else "absent"


def load() -> float:
    """Return how many processes wanted to run in the last minute, on average."""
    return os.getloadavg()[0]
