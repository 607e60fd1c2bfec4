"""Knows what the usual base images hold.

Sources: the Dockerfiles of Docker's official images and the lists of their packages in
docker-library/repo-info; the READMEs of distroless, Chainguard, UBI, Amazon Linux and Photon.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Final

from gotare.lint.dockerfile.bases_systems import (
    BUSYBOX,
    PATH,
    alpine,
    alpine_release,
    busybox,
    debian,
    ended,
    red_hat,
    ubuntu,
)
from gotare.lint.dockerfile.model import BaseFacts, PackageManager
from gotare.lint.dockerfile.releases import DEBIAN, UBUNTU

SCRATCH: Final = BaseFacts("scratch", None, "none", tmp=False, minimal=True)
_GO_ENV: Final = {
    "PATH": f"/go/bin:/usr/local/go/bin:{PATH}",
    "GOPATH": "/go",
}
_SCM: Final = frozenset({"curl", "wget", "git", "hg", "svn", "ssh", "gpg", "pgrep", "ps"})
_COMPILING: Final = frozenset({"gcc", "g++", "cc", "c++", "make", "pkg-config"})
_ARCHITECTURES: Final = re.compile(
    r"(?:amd64|arm64v8|arm32v[567]|i386|ppc64le|s390x|riscv64|mips64le|library)/"
)
_VARIED: Final = frozenset({"golang", "node", "python", "ruby", "rust", "nginx", "busybox"})
"""Images whose tags decide what system they are made on."""
_ONLY_VARIABLE: Final = re.compile(r"\$\w+")
LONGEST: Final = 255
"""Characters of an image's name at most, as registries have it."""
_MIRRORED: Final = re.compile(r".+/library/(?=[\w-]+$)")


@lru_cache(maxsize=512)
def facts_of(name: str, tag: str) -> BaseFacts | None:
    """Return what an image holds; None where the catalogue does not know it. `name` is as
    `Base.name` has it, `tag` may be "" (then the one that `latest` means)."""
    if len(name) > LONGEST:
        return None
    short = _ARCHITECTURES.sub("", _MIRRORED.sub("", name), count=1)
    if short == "scratch":
        return SCRATCH
    exact = _IMAGES.get(short)
    if exact is not None:
        return None if short in _VARIED and _ONLY_VARIABLE.fullmatch(tag) else exact(tag)
    for pattern, reader in _PATTERNS:
        found = pattern.fullmatch(short)
        if found:
            return reader(found, tag)
    return None


# Red Hat's


def _ubi(found: re.Match[str], tag: str) -> BaseFacts | None:
    number, variant = found["number"], found["variant"] or ""
    if found["rest"]:
        return _toolset(found["rest"], number, tag)
    managers: dict[str, PackageManager] = {"-minimal": "microdnf", "-micro": ""}
    facts = red_hat("ubi", managers.get(variant, "yum" if number == "7" else "dnf"))(number)
    if variant == "-micro":
        return replace(
            facts, certificates=False, zones=False, tools=frozenset({"bash"}), minimal=True
        )
    if variant == "-minimal":
        return replace(facts, tools=facts.tools - {"useradd", "groupadd"}, zones=number == "7")
    if variant not in ("", "-init"):
        return None
    return facts


def _toolset(name: str, number: str, tag: str) -> BaseFacts | None:
    """ubi9/go-toolset: Go and gcc, run as the user 1001 in /opt/app-root/src."""
    if name != "/go-toolset":
        return None
    facts = red_hat("ubi", "dnf")(number)
    return replace(
        facts, user="1001", users={**facts.users, "default": 1001}, has_go=True, go=_go_of(tag),
        tools=facts.tools | _COMPILING | {"go", "git"}, compiler=True, workdir="/opt/app-root/src",
    )  # fmt: skip


# Go


def golang(tag: str) -> BaseFacts:
    """golang: Go of the tag; Debian's variants have git and gcc, alpine's have neither."""
    version = _go_of(tag)
    env = {**_GO_ENV, **({"GOLANG_VERSION": version} if version.count(".") == 2 else {})}
    if version == "" or _minor(version) >= 21:
        env["GOTOOLCHAIN"] = "local"
    if re.search(r"nanoserver|windowsservercore", tag):
        return BaseFacts(
            "golang", "cmd", "none", go=version, has_go=True, system="windows", workdir="C:\\go",
            certificates=True,
        )  # fmt: skip
    system = alpine(tag) if "alpine" in tag else debian(tag)
    tools = system.tools | {"go", "gofmt"}
    if "alpine" not in tag:
        tools |= _SCM | _COMPILING
    return replace(
        system,
        family="golang",
        certificates=True,
        tools=tools,
        compiler="alpine" not in tag,
        go=version,
        has_go=True,
        workdir="/go",
        env=env,
        release=_release_in(tag),
        end_of_life=ended(_release_in(tag)),
        paths=frozenset({"/go", "/go/bin", "/go/src", "/usr/local/go"}),
    )


def _release_in(tag: str) -> str:
    """Return the distribution that a tag of golang, node or python names."""
    if "alpine" in tag:
        return alpine_release(tag) if re.search(r"alpine\d", tag) else "alpine"
    codes = [number for code, number in DEBIAN.items() if code in tag]
    return f"debian {codes[0]}" if codes else "debian"


def _go_of(tag: str) -> str:
    found = re.match(r"v?(\d+(?:\.\d+)*(?:(?:rc|beta)\d+)?)(?:[-@]|$)", tag)
    return found[1] if found and found[1] != "1" else ""


def _minor(version: str) -> int:
    found = re.match(r"1\.(\d+)", version)
    return int(found[1]) if found else 0


# minimal ones


def _distroless(found: re.Match[str], tag: str) -> BaseFacts | None:
    """distroless: static has no C library; base, cc have glibc; debug adds busybox."""
    kind, number = found["kind"], found["number"] or ""
    debug = tag.startswith("debug")
    nonroot = "nonroot" in tag
    release = f"debian {number}" if number else ""
    return BaseFacts(
        "distroless",
        "/busybox/sh" if debug else None,
        "none" if kind == "static" else "glibc",
        certificates=True,
        zones=True,
        user="65532" if nonroot else "",
        users={"root": 0, "nobody": 65534, "nonroot": 65532},
        groups={"root": 0, "nobody": 65534, "nonroot": 65532, "tty": 5, "staff": 50},
        tools=BUSYBOX if debug else frozenset(),
        workdir="/home/nonroot" if nonroot else "/",
        env={
            "PATH": f"{PATH}:/busybox" if debug else PATH,
            "SSL_CERT_FILE": "/etc/ssl/certs/ca-certificates.crt",
        },
        entrypoint=("/busybox/sh",) if debug else (),
        release=release,
        end_of_life=ended(release),
        minimal=not debug,
        paths=frozenset({"/home/nonroot", "/etc/nsswitch.conf"}),
    )


def _chainguard(found: re.Match[str], tag: str) -> BaseFacts | None:
    kind = found["kind"]
    common = BaseFacts(
        "wolfi",
        None,
        "none",
        certificates=True,
        zones=True,
        user="65532",
        users={"root": 0, "nonroot": 65532},
        groups={"root": 0, "nonroot": 65532},
        env={"PATH": PATH, "SSL_CERT_FILE": "/etc/ssl/certs/ca-certificates.crt"},
        minimal=True,
    )
    if kind == "static":
        return common
    if kind in ("glibc-dynamic", "cc-dynamic"):
        dev = tag.endswith("-dev")
        tools = BUSYBOX if dev else frozenset()
        return replace(
            common, libc="glibc", minimal=not dev, shell="/bin/sh" if dev else None, tools=tools
        )
    if kind == "musl-dynamic":
        return replace(common, libc="musl")
    return _wolfi(common, kind, tag)


def _wolfi(common: BaseFacts, kind: str, tag: str) -> BaseFacts | None:
    system = replace(  # noqa: S604 (the field of a value, not a subprocess)
        common, shell="/bin/sh", libc="glibc", package_manager="apk", minimal=False, zones=False,
        user="", tools=BUSYBOX,
    )  # fmt: skip
    if kind in ("wolfi-base", "chainguard-base"):
        return system
    if kind == "go":
        tools = BUSYBOX | _COMPILING | {"go", "git", "bash"}
        env = {"PATH": f"/root/go/bin:{PATH}", "GOPATH": "/root/go"}
        return replace(
            system, tools=tools, compiler=True, has_go=True, go=_go_of(tag), env=env,
            entrypoint=("/usr/bin/go",), package_manager="apk",
        )  # fmt: skip
    return None


# other languages and tools


def _on_debian_or_alpine(
    family: str, tools: frozenset[str], users: Mapping[str, int]
) -> Callable[[str], BaseFacts]:
    """node, python, ruby, …: the full image is made on buildpack-deps, slim and alpine are not."""

    def read(tag: str) -> BaseFacts:
        is_alpine, is_slim = "alpine" in tag, "slim" in tag
        system = alpine(tag) if is_alpine else debian(tag)
        full = not is_alpine and not is_slim
        release = _release_in(tag)
        return replace(
            system,
            family=family,
            certificates=is_alpine or full or family == "python",
            tools=system.tools | tools | (_SCM | _COMPILING if full else frozenset()),
            users={**system.users, **users},
            compiler=full,
            release=release,
            end_of_life=ended(release),
        )

    return read


def _buildpack_deps(tag: str) -> BaseFacts:
    is_ubuntu = any(tag.startswith(code) for code in UBUNTU)
    system = ubuntu(tag) if is_ubuntu else debian(tag)
    small = "curl" in tag or "scm" in tag
    tools = system.tools | _SCM | (frozenset() if small else _COMPILING)
    return replace(
        system,
        family="buildpack-deps",
        certificates=True,
        zones=True,
        tools=tools,
        compiler=not small,
    )


def _docker(tag: str) -> BaseFacts:
    system = alpine("")
    return replace(
        system, family="docker", tools=system.tools | {"docker", "git", "ssh"}, cmd=("sh",)
    )


def _xx(tag: str) -> BaseFacts:
    """tonistiigi/xx: nothing but scripts, to be copied into another stage."""
    paths = frozenset({"/usr/bin/xx-go", "/usr/bin/xx-info", "/usr/bin/xx-cc", "/usr/bin/xx-apk"})
    return replace(SCRATCH, family="xx", paths=paths)


def _nginx(tag: str) -> BaseFacts:
    system = alpine("") if "alpine" in tag else debian("")
    return replace(
        system,
        family="nginx",
        certificates=True,
        tools=system.tools | {"nginx", "curl"},
        users={**system.users, "nginx": 101},
        cmd=("nginx", "-g", "daemon off;"),
    )


def _photon(tag: str) -> BaseFacts:
    system = red_hat("photon", "tdnf")("")
    return replace(system, tools=frozenset({"bash", "curl"}), zones=False)


def _curl(tag: str) -> BaseFacts:
    system = alpine("")
    users = {**system.users, "curl_user": 100}
    return replace(
        system, family="curl", user="curl_user", users=users, tools=system.tools | {"curl"}
    )


def _windows(found: re.Match[str], tag: str) -> BaseFacts | None:
    nano = "nanoserver" in found[0]
    return BaseFacts(
        "windows",
        "cmd",
        "none",
        certificates=True,
        user="ContainerUser" if nano else "ContainerAdministrator",
        system="windows",
        workdir="C:\\",
    )


def _amazon(tag: str) -> BaseFacts:
    return red_hat("amazonlinux", "dnf" if "2023" in tag else "yum")(tag)


def _microsoft_go(found: re.Match[str], tag: str) -> BaseFacts | None:
    return golang(tag) if "bookworm" in tag or "bullseye" in tag or "trixie" in tag else None


_IMAGES: Final[Mapping[str, Callable[[str], BaseFacts | None]]] = {
    "alpine": alpine,
    "amazonlinux": _amazon,
    "almalinux": red_hat("almalinux", "dnf"),
    "bitnami/minideb": debian,
    "buildpack-deps": _buildpack_deps,
    "busybox": busybox,
    "centos": lambda tag: red_hat("centos", "dnf" if tag.startswith("8") else "yum")(tag),
    "curlimages/curl": _curl,
    "debian": debian,
    "docker": _docker,
    "fedora": red_hat("fedora", "dnf"),
    "golang": golang,
    "nginx": _nginx,
    "node": _on_debian_or_alpine("node", frozenset({"node", "npm", "yarn"}), {"node": 1000}),
    "oraclelinux": red_hat("oraclelinux", "dnf"),
    "photon": _photon,
    "python": _on_debian_or_alpine("python", frozenset({"python", "python3", "pip"}), {}),
    "rockylinux": red_hat("rockylinux", "dnf"),
    "ruby": _on_debian_or_alpine("ruby", frozenset({"ruby", "gem"}), {}),
    "rust": _on_debian_or_alpine("rust", frozenset({"cargo", "rustc", "gcc"}), {}),
    "tonistiigi/xx": _xx,
    "ubuntu": ubuntu,
}
_PATTERNS: Final[
    tuple[tuple[re.Pattern[str], Callable[[re.Match[str], str], BaseFacts | None]], ...]
] = (
    (
        re.compile(
            r"(?:gcr\.io/)?distroless/(?P<kind>static|base-nossl|base|cc)(?:-debian(?P<number>\d+))?"
        ),
        _distroless,
    ),
    (
        re.compile(r"(?:cgr\.dev/(?:chainguard|[\w.-]+)|chainguard)/(?P<kind>[\w-]+)"),
        _chainguard,
    ),
    (
        re.compile(
            r"(?:registry\.access\.redhat\.com/|registry\.redhat\.io/|redhat/)?"
            r"ubi(?P<number>\d+)(?:/ubi)?(?P<variant>-[a-z]+)?(?P<rest>/.*)?"
        ),
        _ubi,
    ),
    (re.compile(r"mcr\.microsoft\.com/windows/(?:nanoserver|servercore)"), _windows),
    (re.compile(r"mcr\.microsoft\.com/oss/go/microsoft/golang"), _microsoft_go),
    (re.compile(r"public\.ecr\.aws/amazonlinux/amazonlinux"), lambda _, tag: _amazon(tag)),
)
