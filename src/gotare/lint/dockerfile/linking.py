"""Works out whether cgo is on for a `go build`, and what its result is linked with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from gotare.frozen import dataclass
from gotare.lint.dockerfile.gocommand import GoCommand
from gotare.lint.dockerfile.model import Answer, BaseFacts
from gotare.lint.dockerfile.releases import go_minor
from gotare.lint.subjects import Surroundings

Linking = Literal["static", "glibc", "musl", "unknown"]
_NATIVE: Final = frozenset({"linux"})
_PURE_TAGS: Final = frozenset({"netgo", "osusergo"})


@dataclass(frozen=True, slots=True)
class Cgo:
    """Whether cgo is on (None unknown), and why."""

    on: bool | None
    why: str


def cgo_of(command: GoCommand, compiler: Answer) -> Cgo:
    """Return whether cgo is on. `compiler`: a C compiler is in PATH where the command runs.

    CGO_ENABLED decides. Without it cgo is off when compiling for another system, and, since Go
    1.20, where there is no C compiler (`go help environment`, the release notes of Go 1.20).
    """
    setting = command.settings.get("CGO_ENABLED")
    if setting is not None and setting.value != "":
        return _said(setting.value, setting.origin)
    goos = command.settings.get("GOOS")
    if goos is not None and goos.value and goos.value not in _NATIVE:
        return Cgo(False, f"cgo is off when compiling for {goos.value}")
    facts = command.stage.facts
    minor = go_minor(facts.go) if facts else None
    if minor is not None and minor < 20:
        return Cgo(True, f"Go 1.{minor} has cgo on unless CGO_ENABLED=0 says otherwise")
    if "CC" in command.settings or compiler == "yes":
        return Cgo(True, "CGO_ENABLED is not set and there is a C compiler")
    if compiler == "no":
        return Cgo(False, "there is no C compiler, so Go 1.20 and later switch cgo off")
    return Cgo(None, "CGO_ENABLED is not set, and it is not known whether there is a C compiler")


def _said(value: str | None, origin: str) -> Cgo:
    if value is None:
        return Cgo(None, "CGO_ENABLED depends on a variable")
    places = {
        "prefix": "before the command",
        "env": "by ENV",
        "arg": "by ARG",
        "base": "in the base",
    }
    return Cgo(value != "0", f"CGO_ENABLED={value} is set {places.get(origin, f'by {origin}')}")


def needs_cgo(command: GoCommand, around: Surroundings) -> bool | None:
    """Whether the project's own packages lose something without cgo; None without a project."""
    project = around.project
    if project is None:
        return None
    return bool(project.cgo_needs)


def uses_c(command: GoCommand, around: Surroundings, tags: Sequence[str]) -> bool | None:
    """Whether the program links C code when cgo is on: a package that imports "C", or net and
    os/user, which ask the C library unless tags forbid it; None unknown."""
    project = around.project
    if project is not None and project.cgo_needs:
        return True
    if tags_forbid_c(tags):
        return None if project is None else False
    if project is None:
        return None
    listens = any(program.listeners or program.https for program in project.facts.programs)
    return True if project.imports_tls or listens else None


def tags_forbid_c(tags: Sequence[str]) -> bool:
    """Whether net and os/user are compiled without C."""
    return set(tags) >= _PURE_TAGS


@dataclass(frozen=True, slots=True)
class Linkage:
    """What a program is linked with, and why."""

    kind: Linking
    why: str


def linkage_of(
    command: GoCommand,
    cgo: Cgo,
    around: Surroundings,
    tags: Sequence[str],
    ldflags: Sequence[str],
) -> Linkage:
    """Return what a program needs at run time. Where nothing is known of the project it is taken
    for one that uses net, as nearly every program in a container does."""
    facts = command.stage.facts
    uses = uses_c(command, around, tags)
    mode = command.flag("buildmode")
    if mode is not None and mode.value == "pie" and not _is_static_pie(ldflags):
        return _dynamic(facts, "-buildmode=pie needs the dynamic loader")
    if cgo.on is False:
        return Linkage("static", cgo.why)
    if uses is False:
        return Linkage("static", "nothing in it uses C")
    if _is_static(ldflags):
        return _with_static_flag(command, needs_cgo(command, around), ldflags, tags)
    if cgo.on is None:
        return Linkage("unknown", cgo.why)
    if uses is None and tags_forbid_c(tags):
        return Linkage("unknown", "its tags keep net and os/user from using C")
    return _dynamic(facts, cgo.why)


def _dynamic(facts: BaseFacts | None, why: str) -> Linkage:
    libc = facts.libc if facts else "unknown"
    if libc == "glibc" or libc == "musl":
        return Linkage(libc, why)
    return Linkage("unknown", f"{why}, and the stage's C library is not known")


def _is_static(ldflags: Sequence[str]) -> bool:
    return any("-static" in word.split() for word in ldflags) or any(
        word.startswith(("-extldflags=", "--extldflags=")) and "-static" in word for word in ldflags
    )


def _is_static_pie(ldflags: Sequence[str]) -> bool:
    return any("-static-pie" in word for word in ldflags)


def _with_static_flag(
    command: GoCommand, needs: bool | None, ldflags: Sequence[str], tags: Sequence[str]
) -> Linkage:
    """-extldflags is for the external linker, which go calls only for C code that is not its own,
    or with -linkmode external: a program whose only C is net's and os/user's stays dynamic."""
    text = " ".join(ldflags)
    if "linkmode external" in text or "linkmode=external" in text:
        return Linkage("static", "-linkmode external with -extldflags -static")
    if needs:
        return Linkage("static", "-extldflags -static, and packages that call the external linker")
    if tags_forbid_c(tags):
        return Linkage("static", "-extldflags -static, and the tags netgo and osusergo")
    if needs is False:
        why = "go links it by itself, which makes nothing of -extldflags -static"
        return _dynamic(command.stage.facts, why)
    return Linkage("unknown", "-extldflags -static works only where go calls the external linker")
