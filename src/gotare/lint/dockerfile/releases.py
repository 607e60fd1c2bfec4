"""Knows when releases of Go and of distributions stop being repaired.

Sources: the release pages of go.dev, alpinelinux.org, debian.org (with its long-term support),
ubuntu.com (standard support), Red Hat, Amazon. Dates are days in UTC, YYYY-MM-DD.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

GO_RELEASED: Final[Mapping[int, str]] = {
    10: "2018-02-16", 11: "2018-08-24", 12: "2019-02-25", 13: "2019-09-03", 14: "2020-02-25",
    15: "2020-08-11", 16: "2021-02-16", 17: "2021-08-16", 18: "2022-03-15", 19: "2022-08-02",
    20: "2023-02-01", 21: "2023-08-08", 22: "2024-02-06", 23: "2024-08-13", 24: "2025-02-11",
    25: "2025-08-12", 26: "2026-02-10", 27: "2026-08-19",
}  # fmt: skip
"""When Go 1.N came out."""
NEWEST_GO: Final = max(GO_RELEASED)
"""The newest 1.N that this table knows."""

KNOWN_UNTIL: Final = GO_RELEASED[NEWEST_GO]
"""A day up to which these tables are complete: what ends later has not ended yet."""

END_OF_LIFE: Final[Mapping[str, str]] = {
    "alpine 3.8": "2020-05-01", "alpine 3.9": "2020-11-01", "alpine 3.10": "2021-05-01",
    "alpine 3.11": "2021-11-01", "alpine 3.12": "2022-05-01", "alpine 3.13": "2022-11-01",
    "alpine 3.14": "2023-05-01", "alpine 3.15": "2023-11-01", "alpine 3.16": "2024-05-23",
    "alpine 3.17": "2024-11-22", "alpine 3.18": "2025-05-09", "alpine 3.19": "2025-11-01",
    "alpine 3.20": "2026-04-01", "alpine 3.21": "2026-11-01", "alpine 3.22": "2027-05-01",
    "alpine 3.23": "2027-11-01", "alpine 3.24": "2028-05-01",
    "debian 7": "2018-05-31", "debian 8": "2020-06-30", "debian 9": "2022-06-30",
    "debian 10": "2024-06-30", "debian 11": "2026-08-31", "debian 12": "2028-06-30",
    "debian 13": "2030-06-30",
    "ubuntu 14.04": "2019-04-25", "ubuntu 16.04": "2021-04-30", "ubuntu 18.04": "2023-05-31",
    "ubuntu 20.04": "2025-05-31", "ubuntu 22.04": "2027-04-01", "ubuntu 22.10": "2023-07-20",
    "ubuntu 23.04": "2024-01-25", "ubuntu 23.10": "2024-07-11", "ubuntu 24.04": "2029-05-31",
    "ubuntu 24.10": "2025-07-10", "ubuntu 25.04": "2026-01-15",
    "centos 6": "2020-11-30", "centos 7": "2024-06-30", "centos 8": "2021-12-31",
    "ubi 7": "2024-06-30", "ubi 8": "2029-05-31", "ubi 9": "2032-05-31",
    "amazonlinux 1": "2023-12-31", "amazonlinux 2": "2026-06-30", "amazonlinux 2023": "2029-06-30",
}  # fmt: skip
"""The last day on which a release is repaired for everybody."""

DEBIAN: Final[Mapping[str, str]] = {
    "wheezy": "7", "jessie": "8", "stretch": "9", "buster": "10", "bullseye": "11",
    "bookworm": "12", "trixie": "13", "forky": "14",
}  # fmt: skip
UBUNTU: Final[Mapping[str, str]] = {
    "trusty": "14.04", "xenial": "16.04", "bionic": "18.04", "focal": "20.04", "jammy": "22.04",
    "kinetic": "22.10", "lunar": "23.04", "mantic": "23.10", "noble": "24.04", "oracular": "24.10",
    "plucky": "25.04", "questing": "25.10",
}  # fmt: skip
_VERSION = re.compile(r"1\.(\d{1,3})(?:\.(\d{1,3}))?")


def go_minor(version: str) -> int | None:
    """Return 24 for "1.24", "1.24.5", "1.24rc1"; None for what is not a version of Go 1."""
    found = _VERSION.match(version)
    return int(found[1]) if found else None


def go_version(version: str) -> tuple[int, int] | None:
    """Return (24, 5) for "1.24.5" and (24, -1) for "1.24"; None for no version of Go 1."""
    found = _VERSION.match(version)
    return (int(found[1]), int(found[2]) if found[2] else -1) if found else None


def go_end_of_life(version: str) -> str:
    """Return the day on which a version of Go ends: two newer ones are out. "": it is not known to
    have ended."""
    minor = go_minor(version)
    if minor is None:
        return ""
    return GO_RELEASED.get(minor + 2, "") or ("2018-02-16" if minor < 8 else "")


def has_ended(day: str) -> bool:
    """Whether a day of `END_OF_LIFE` ("" none) has come, as far as these tables know."""
    return bool(day) and day <= KNOWN_UNTIL
