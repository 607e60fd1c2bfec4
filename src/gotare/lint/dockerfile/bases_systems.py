"""Knows what the images of the usual distributions hold.

Sources: the lists of packages in docker-library/repo-info, and the images' own pages.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from gotare.lint.dockerfile.model import BaseFacts, PackageManager
from gotare.lint.dockerfile.releases import DEBIAN, END_OF_LIFE, UBUNTU

PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
BUSYBOX: Final = frozenset(
    {
        "wget", "nc", "vi", "unzip", "adduser", "addgroup", "getent", "pgrep", "pkill", "ps", "top",
        "nslookup", "netstat", "ifconfig", "ip", "ping", "flock", "less", "ash", "route", "su",
        "traceroute", "tar", "timeout", "crond", "ssl_client",
    }
)  # fmt: skip
_SYSTEM_USERS: Final = {"root": 0, "daemon": 1, "bin": 2, "mail": 8, "nobody": 65534}
_DEBIAN: Final = frozenset({"bash", "perl", "useradd", "groupadd", "adduser", "addgroup", "getent"})


def ended(release: str) -> str:
    """Return the day on which a release ends; "" none known."""
    return END_OF_LIFE.get(release, "")


def alpine_release(tag: str) -> str:
    """Return "alpine 3.19" for the tags 3.19.1 and 1.24-alpine3.19, else "alpine"."""
    found = re.search(r"alpine(\d+\.\d+)", tag) or re.match(r"v?(3\.\d+)", tag)
    return f"alpine {found[1]}" if found else "alpine"


def alpine(tag: str) -> BaseFacts:
    """alpine: busybox, musl, apk; CA roots since 3.7 or so, no zones."""
    release = alpine_release(tag)
    return BaseFacts(
        "alpine",
        libc="musl",
        package_manager="apk",
        certificates=True,
        users=_SYSTEM_USERS | {"guest": 405},
        groups={"root": 0, "nobody": 65534, "users": 100},
        tools=BUSYBOX,
        env={"PATH": PATH},
        cmd=("/bin/sh",),
        release=release,
        end_of_life=ended(release),
    )


def _debian_release(tag: str) -> str:
    for code, number in DEBIAN.items():
        if code in tag:
            return f"debian {number}"
    found = re.match(r"(\d{1,2})(?:\.\d+)*(?:-slim)?$", tag)
    return f"debian {found[1]}" if found else "debian"


def debian(tag: str) -> BaseFacts:
    """debian, slim or not: glibc, apt, zones; no CA roots."""
    release = _debian_release(tag)
    return BaseFacts(
        "debian",
        package_manager="apt",
        zones=True,
        users=_SYSTEM_USERS | {"www-data": 33},
        groups={"root": 0, "nogroup": 65534, "www-data": 33, "users": 100},
        tools=_DEBIAN,
        env={"PATH": PATH},
        cmd=("bash",),
        release=release,
        end_of_life=ended(release),
    )


def ubuntu(tag: str) -> BaseFacts:
    """ubuntu: glibc, apt; neither CA roots nor zones; a user ubuntu (1000) since 23.04."""
    found = re.match(r"(\d\d\.\d\d)", tag)
    code = next((number for name, number in UBUNTU.items() if tag.startswith(name)), "")
    number = found[1] if found else code
    release = f"ubuntu {number}" if number else "ubuntu"
    users = dict(_SYSTEM_USERS) | {"www-data": 33}
    if not number or number >= "23.04":
        users["ubuntu"] = 1000
    return BaseFacts(
        "ubuntu",
        package_manager="apt",
        users=users,
        groups={"root": 0, "nogroup": 65534},
        tools=_DEBIAN,
        env={"PATH": PATH},
        cmd=("/bin/bash",),
        release=release,
        end_of_life=ended(release),
    )


def busybox(tag: str) -> BaseFacts:
    """busybox: glibc's libraries only in the variant of that name (the default); no CA roots."""
    is_static = "musl" in tag or "uclibc" in tag
    return BaseFacts(
        "busybox",
        libc="none" if is_static else "glibc",
        users=_SYSTEM_USERS | {"www-data": 33},
        groups={"root": 0, "nobody": 65534},
        tools=BUSYBOX,
        env={"PATH": PATH},
        cmd=("sh",),
    )


def red_hat(family: str, manager: PackageManager) -> Callable[[str], BaseFacts]:
    """Return what reads the tags of a distribution with RPM packages: CA roots, zones, curl."""

    def read(tag: str) -> BaseFacts:
        found = re.match(r"\d+", tag)
        release = f"{family} {found[0]}" if found else family
        return BaseFacts(
            family,
            package_manager=manager,
            certificates=True,
            zones=True,
            users=_SYSTEM_USERS,
            groups={"root": 0, "nobody": 65534},
            tools=frozenset({"bash", "curl", "useradd", "groupadd", "getent", "gpg"}),
            env={"PATH": PATH},
            cmd=("/bin/bash",),
            release=release,
            end_of_life=ended(release),
        )

    return read
