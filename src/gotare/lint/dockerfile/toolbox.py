"""Knows which programs packages bring."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

TOOLS: Final[Mapping[str, tuple[str, ...]]] = {
    "apache2-utils": ("ab", "htpasswd"),
    "bash": ("bash",),
    "bind-tools": ("dig", "nslookup", "host"),
    "build-base": ("gcc", "g++", "cc", "make", "ld"),
    "build-essential": ("gcc", "g++", "cc", "make", "ld"),
    "busybox": ("wget", "nc", "sh"),
    "busybox-extras": ("telnet", "ftpget", "httpd"),
    "clang": ("clang", "cc"),
    "coreutils": ("timeout", "stat"),
    "curl": ("curl",),
    "curl-minimal": ("curl",),
    "dnsutils": ("dig", "nslookup", "host"),
    "docker": ("docker",),
    "docker-cli": ("docker",),
    "dumb-init": ("dumb-init",),
    "ffmpeg": ("ffmpeg", "ffprobe"),
    "g++": ("g++", "c++"),
    "gcc": ("gcc", "cc"),
    "git": ("git",),
    "gnupg": ("gpg",),
    "go": ("go", "gofmt"),
    "golang": ("go", "gofmt"),
    "golang-go": ("go", "gofmt"),
    "gosu": ("gosu",),
    "graphicsmagick": ("gm",),
    "imagemagick": ("convert", "magick"),
    "iproute2": ("ip", "ss"),
    "iptables": ("iptables",),
    "iputils-ping": ("ping",),
    "jq": ("jq",),
    "make": ("make",),
    "mysql-client": ("mysql", "mysqladmin"),
    "nano": ("nano",),
    "ncat": ("ncat",),
    "net-tools": ("netstat", "ifconfig"),
    "netcat": ("nc", "netcat"),
    "netcat-openbsd": ("nc", "netcat"),
    "netcat-traditional": ("nc", "netcat"),
    "nodejs": ("node",),
    "npm": ("npm",),
    "openssh": ("ssh", "ssh-keygen", "ssh-keyscan"),
    "openssh-client": ("ssh", "ssh-keygen", "ssh-keyscan"),
    "openssl": ("openssl",),
    "poppler-utils": ("pdftotext", "pdftoppm"),
    "postgresql-client": ("psql", "pg_isready", "pg_dump"),
    "procps": ("ps", "pgrep", "pkill", "top"),
    "protobuf": ("protoc",),
    "protobuf-compiler": ("protoc",),
    "python3": ("python3",),
    "redis": ("redis-cli", "redis-server"),
    "redis-tools": ("redis-cli",),
    "rsync": ("rsync",),
    "shadow": ("useradd", "groupadd", "usermod"),
    "shadow-utils": ("useradd", "groupadd", "usermod"),
    "sqlite": ("sqlite3",),
    "sqlite3": ("sqlite3",),
    "su-exec": ("su-exec",),
    "sudo": ("sudo",),
    "supervisor": ("supervisord",),
    "tar": ("tar",),
    "telnet": ("telnet",),
    "tini": ("tini",),
    "unzip": ("unzip",),
    "upx": ("upx",),
    "upx-ucl": ("upx",),
    "util-linux": ("setpriv", "flock"),
    "vim": ("vim", "vi"),
    "wget": ("wget",),
    "zip": ("zip",),
}
"""The programs of packages, by the packages' names (the same in all distributions)."""
NOTABLE: Final = frozenset(tool for tools in TOOLS.values() for tool in tools) | {
    "grpc_health_probe", "grpc-health-probe", "hey", "python", "perl", "xh", "httpie", "socat",
}  # fmt: skip
"""Programs that are in no base unless the catalogue says so."""
USUAL: Final = frozenset(
    """
    [ awk basename cat chgrp chmod chown cp cut date dd df dirname du echo env expr false find grep
    head hostname id kill ln ls mkdir mktemp mv printf pwd rm rmdir sed sh sleep sort stat stty sync
    tail tee test touch tr true uname uniq wc which whoami xargs yes nohup nice seq sha256sum tar
    gzip gunzip timeout readlink realpath
    """.split()  # noqa: SIM905
)
"""Programs that every system with a shell has."""
CERTIFICATES: Final = frozenset({"ca-certificates", "ca-certificates-bundle", "ca_root_nss"})
ZONES: Final = frozenset({"tzdata"})


def tools_of(package: str) -> tuple[str, ...]:
    """Return the programs that a package brings; its own name where nothing is known of it."""
    return TOOLS.get(package, (package,))
