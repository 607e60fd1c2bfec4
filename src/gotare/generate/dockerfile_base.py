"""What an image stands on in a Dockerfile, and what has to be added to it.

| the plan's base | main Dockerfile                       | as a variant                         |
|-----------------|---------------------------------------|--------------------------------------|
| static          | distroless static; base or cc for cgo | Dockerfile.distroless                |
| scratch         | FROM scratch, with the additions      | Dockerfile.scratch (no libraries)    |
| a reference     | that reference                        | Dockerfile.alpine, Dockerfile.debian |
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from gotare.bases import composed
from gotare.generate.dockerfile_text import comment, copy, heredoc, run, shell_word
from gotare.generate.files import Choices, Variant
from gotare.generate.tools import ALPINE, DEBIAN, distroless, golang
from gotare.oci.layer import Entry
from gotare.places import CERTIFICATES, HOME, PATH
from gotare.plan import ImagePlan, Plan
from gotare.settings import ADDITIONS

_NONROOT: Final = "nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin"
_NONROOT_GROUP: Final = "nonroot:x:65532:"


@dataclass(frozen=True, slots=True)
class Base:
    """A base as a Dockerfile names it. `env` and `working_dir` are what it sets by itself;
    `additions` are put on top. `own_users`: its passwd is kept, and nonroot added to it;
    `own_user`: it runs as somebody who is not root, which an image without a user keeps."""

    variant: Variant | None
    reference: str
    additions: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=lambda: {"PATH": PATH})
    working_dir: str = "/"
    own_users: bool = False
    own_user: bool = False
    why: str = ""


def variant_of(reference: str) -> Variant | None:
    """Return the variant that a plan's base is, None for an image of somebody's own."""
    if reference in ("static", "scratch"):
        return "distroless" if reference == "static" else "scratch"
    name = reference.partition("@")[0].rpartition("/")[2].partition(":")[0]
    known: dict[str, Variant] = {"alpine": "alpine", "debian": "debian"}
    return "distroless" if "/distroless/" in reference else known.get(name)


def base_of(image: ImagePlan, variant: Variant | None) -> Base:
    """Return what an image stands on: the plan's base, or the one of a variant."""
    if variant is None and not image.is_composed:
        tag = image.base.partition("@")[0].rpartition(":")[2]
        return Base(variant_of(image.base), image.base, image.add or (), own_user="nonroot" in tag)
    wanted = image.add if image.add is not None else ADDITIONS
    chosen = variant or variant_of(image.base)
    if chosen == "alpine":
        return Base("alpine", ALPINE, _without(wanted, "certificates", "tmp"), own_users=True,
                    why="A shell and apk, for programs that need them.")  # fmt: skip
    if chosen == "debian":
        return Base("debian", DEBIAN, _without(wanted, "tmp"), own_users=True,
                    why="A shell, apt and glibc, for programs that need them.")  # fmt: skip
    if chosen == "scratch" and image.flags.cgo != "dynamic":
        return Base("scratch", "scratch", tuple(wanted), why=_scratch_why(image))
    return _distroless(image)


def _distroless(image: ImagePlan) -> Base:
    name = "base" if _is_linked(image) and image.distroless == "static" else image.distroless
    env = {"PATH": PATH, "SSL_CERT_FILE": CERTIFICATES}
    return Base("distroless", distroless(name), (), env, HOME, why=_DISTROLESS_WHY[name])


_DISTROLESS_WHY: Final = {
    "static": "Certificates, time zones, users and /tmp, and no shell.",
    "base": "The program links C: this has glibc, and no shell.",
    "cc": "The program links C++: this has glibc and libstdc++, and no shell.",
}


def _scratch_why(image: ImagePlan) -> str:
    if image.add is None:
        return "Nothing but what a Go program may read; a Dockerfile cannot look into the binary."
    return "Nothing but what the program reads." if image.add else "The program needs no base."


def _is_linked(image: ImagePlan) -> bool:
    return image.flags.cgo == "dynamic"


def _without(names: Sequence[str], *present: str) -> tuple[str, ...]:
    return tuple(name for name in names if name not in present)


def packages(image: ImagePlan, base: Base, sources_cxx: bool) -> tuple[str, ...]:
    """Return the packages that the program needs of a base with a package manager."""
    if base.variant not in ("alpine", "debian"):
        return ()
    tools = [getattr(tool, base.variant) for tool in image.workload.tools]
    if base.variant == "alpine" and _is_linked(image) and sources_cxx:
        tools += ["libstdc++", "libgcc"]
    return tuple(sorted({tool for tool in tools if tool}))


def install(names: Sequence[str], manager: Literal["apk", "apt"]) -> str:
    """Return the comment and the RUN that install packages, without a version each: mirrors keep
    only the newest build of a release, so that a version named here would be gone one day."""
    words = " ".join(map(shell_word, names))
    if manager == "apk":
        rule, commands = "DL3018", [f"apk add --no-cache {words}"]
    else:
        rule, commands = "DL3008", [
            "apt-get update",
            f"apt-get install --yes --no-install-recommends {words}",
            "rm -rf /var/lib/apt/lists/*",
        ]  # fmt: skip
    why = "# The release in FROM decides the versions: its mirrors keep only the newest builds."
    return f"{why}\n# hadolint ignore={rule}\n" + run((), commands)


# what is added


def rootfs(base: Base, plan: Plan, choices: Choices, name: str) -> str:
    """Return the stage that puts a base's additions together below /rootfs."""
    build_image = choices.pinned(golang(plan.sources.go))
    lines = [
        comment(f"What Go reads of a base, put together once: {', '.join(base.additions)}."),
        f"FROM --platform=$BUILDPLATFORM {build_image} AS {name}",
    ]
    commands: list[str] = []
    if "users" in base.additions:
        lines += _users(base, choices)
        commands += _user_commands(base)
    if "tmp" in base.additions:
        commands += _folders(composed.temporary().entries)
    if "certificates" in base.additions:
        commands.append(f"install -D -m 0644 {CERTIFICATES} /rootfs{CERTIFICATES}")
    if "zones" in base.additions:
        commands += ["mkdir -p /rootfs/usr/share", "cp -a /usr/share/zoneinfo /rootfs/usr/share/"]
    return "\n".join([*lines, run((), commands)])


def _users(base: Base, choices: Choices) -> list[str]:
    if base.own_users:
        source = f"--from={choices.pinned(base.reference)}"
        return [copy(["/etc/passwd", "/etc/group"], "/rootfs/etc/", source)]
    return [
        heredoc(f"/rootfs{entry.path}", _text(entry))
        for entry in composed.users().entries
        if entry.kind == "file"
    ]


def _text(entry: Entry) -> str:
    return entry.content.decode() if isinstance(entry.content, bytes) else ""


def _user_commands(base: Base) -> list[str]:
    if not base.own_users:
        return _folders(composed.users().entries)
    home = next(entry for entry in composed.users().entries if entry.path == HOME)
    return [
        f"echo '{_NONROOT}' >>/rootfs/etc/passwd",
        f"echo '{_NONROOT_GROUP}' >>/rootfs/etc/group",
        *_folders([home]),
    ]


def _folders(entries: Sequence[Entry]) -> list[str]:
    """Return commands that make the folders that are not just root's and 0755."""
    commands: list[str] = []
    plain: list[str] = []
    for entry in entries:
        if entry.kind != "directory":
            continue
        owner = f" -o {entry.uid} -g {entry.gid}" if entry.uid else ""
        if entry.mode == 0o755 and not owner:
            plain.append(f"/rootfs{entry.path}")
        else:
            commands.append(f"install -d -m {entry.mode:04o}{owner} /rootfs{entry.path}")
    return [f"mkdir -p {' '.join(plain)}", *commands] if plain else commands
