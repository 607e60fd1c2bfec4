"""Does the final image hold more than the program needs?"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

from gotare.findings import Fix, Severity
from gotare.lint.dockerfile.base_files import BINS
from gotare.lint.dockerfile.contents import contents_of
from gotare.lint.dockerfile.edit import delete
from gotare.lint.dockerfile.fileset import Held
from gotare.lint.dockerfile.gobuild import go_builds
from gotare.lint.dockerfile.packages import Installed, installed_by
from gotare.lint.dockerfile.run_programs import Image, facts_of, images_in
from gotare.lint.dockerfile.runs import ran_by, ran_in
from gotare.lint.dockerfile.shipping import command_of, titled
from gotare.lint.dockerfile.spans import written
from gotare.lint.dockerfile.syntax import Span
from gotare.lint.dockerfile.toolbox import tools_of
from gotare.lint.rule import Found, Rule
from gotare.lint.rules.text_edits import without
from gotare.lint.rules.users import shown
from gotare.lint.subjects import DockerfileSubject

_WHOLE: Final = frozenset({".", "./", "/", ""})
_SOURCE: Final = re.compile(r"(?:^|/)(?:\*|[\w-]+)\.go$|(?:^|/)go\.(?:mod|sum|work)$")
_HARMLESS: Final = re.compile(
    r"ca-certificates(?:-bundle)?|tzdata|zoneinfo|openssl|libssl\d*|libcap\w*|busybox-extras"
)
_VARIANT: Final = re.compile(r"alpine|debian|ubuntu|ubi|wolfi|bookworm|slim", re.IGNORECASE)
_TOOL: Final = re.compile(
    r"vim(?:-\w+)?|nano|emacs\S*|less|git|curl|wget|bash|gcc|g\+\+|build-base|build-essential|make"
    r"|strace|gdb|telnet|net-tools|iputils(?:-ping)?|nmap|tcpdump|htop|procps|netcat\S*|dnsutils"
    r"|bind-tools|jq|lsof|man-db|python3"
)
_FOR_PEOPLE: Final = re.compile(
    r"vim(?:-\w+)?|nano|emacs\S*|gcc|g\+\+|build-base|build-essential|strace|gdb|telnet|nmap|htop"
    r"|tcpdump|man-db"
)
"""What people use at a terminal, and Go programs do not."""

_DATABASES: Final = {
    1433: "SQL Server", 1521: "Oracle", 3306: "MySQL", 5432: "PostgreSQL", 5984: "CouchDB",
    6379: "Redis", 9042: "Cassandra", 11211: "memcached", 27017: "MongoDB", 5672: "RabbitMQ",
    2375: "the Docker engine", 2376: "the Docker engine", 3389: "RDP", 23: "telnet", 21: "FTP",
}  # fmt: skip


def _toolchain(subject: DockerfileSubject) -> Iterator[Found]:
    for image in images_in(subject):
        facts, is_made = image.stage.facts, _builds(subject, image)
        if facts is None or not facts.has_go or not (is_made or _takes_program(image)):
            continue
        what = "the Go toolchain, and whatever the build leaves behind, is shipped with the program"
        if not is_made:
            what = "the Go toolchain is shipped with a program that is made elsewhere"
        yield Found(
            f"{titled(subject.build, image.stage)} is {shown(image.stage.root)}: {what}",
            Span(image.stage.source.keyword.start, image.stage.base.span.end),
            "build in this stage, and copy the program into one of its own: "
            "FROM gcr.io/distroless/static-debian12:nonroot"
            if is_made
            else "FROM gcr.io/distroless/static-debian12:nonroot, unless the program runs go",
            severity=None if is_made else Severity.INFO,
        )


def _takes_program(image: Image) -> bool:
    """Whether an image runs what comes from another image or stage."""
    held = image.program.held if image.program else None
    return held is not None and held.how in ("stage", "image")


def _builds(subject: DockerfileSubject, image: Image) -> bool:
    """Whether the image's own stages build Go programs, or it runs one that was built."""
    indexes = {stage.index for stage in image.stage.chain}
    builds = go_builds(subject.build, subject.around)
    own = image.program.go_build if image.program else None
    return (
        bool(own and not own.remote)
        or any(b.stage.index in indexes and not b.remote for b in builds)
        or _runs_what_make_made(subject, image)
    )


def _runs_what_make_made(subject: DockerfileSubject, image: Image) -> bool:
    """Whether the image's own stages run make, and it runs a program that lies among sources."""
    path = image.program.path if image.program else None
    if path is None or posixpath.dirname(path) in BINS or "." in posixpath.basename(path):
        return False
    return any(
        ran.plain.name == "make"
        for stage in image.stage.chain
        for ran in ran_in(subject.build, stage, subject.around)
    )


def _source(subject: DockerfileSubject) -> Iterator[Found]:
    builds = go_builds(subject.build, subject.around)
    if not builds:
        return
    for image in images_in(subject):
        facts = image.stage.facts
        if (facts is not None and facts.has_go) or _is_builder(subject, image):
            continue
        for held in image.contents.held:
            if held.copy is not None and _brings_source(subject, image, held):
                yield Found(
                    f"{held.origin} brings the sources into {titled(subject.build, image.stage)}",
                    written(held.at),
                    "copy the program, and the files that it opens, by name",
                )


def _is_builder(subject: DockerfileSubject, image: Image) -> bool:
    """Whether an image runs nothing and compiles Go itself: what it makes is taken out of it."""
    indexes = {stage.index for stage in image.stage.chain}
    builds = go_builds(subject.build, subject.around)
    return command_of(image.stage) is None and any(b.stage.index in indexes for b in builds)


def _brings_source(subject: DockerfileSubject, image: Image, held: Held) -> bool:
    if held.how == "context":
        return held.origin in _WHOLE or bool(_SOURCE.search(held.origin))
    if held.how != "stage" or held.from_stage is None or not held.is_folder:
        return False
    if held.from_stage >= image.stage.index:
        return False
    other = contents_of(subject.build, subject.build.stages[held.from_stage], subject.around)
    origin = held.origin.rstrip("/") or "/"
    inside = [other.files.at(origin), *other.files.below(origin)]
    return any(h is not None and h.how == "context" and h.origin in _WHOLE for h in inside)


def _shell(subject: DockerfileSubject) -> Iterator[Found]:
    if _VARIANT.search(subject.file.path.rpartition("/")[2]):
        return
    for image in images_in(subject):
        build = image.program.go_build if image.program else None
        facts = image.stage.facts
        static = build is not None and build.linking == "static"
        if not static or facts is None or facts.minimal or facts.has_go or not facts.shell:
            continue
        if not _needs_shell(image) and not _executes(subject, image):
            yield Found(
                f"{titled(subject.build, image.stage)} is {shown(image.stage.root)}, with a shell "
                "and packages that a static program does not need",
                Span(image.stage.source.keyword.start, image.stage.base.span.end),
                "FROM gcr.io/distroless/static-debian12:nonroot has certificates, zones and users",
            )


def _needs_shell(image: Image) -> bool:
    """Whether anything in the image but its own setup uses the system."""
    state = image.stage.state
    command = state.entrypoint or state.cmd
    checks = state.healthcheck is not None and state.healthcheck.command is not None
    scripts = any(h.path.endswith((".sh", ".bash")) for h in image.contents.held)
    packages = [p for p in image.contents.packages if not _HARMLESS.fullmatch(p.name)]
    return checks or scripts or bool(packages) or (command is not None and command.form == "shell")


def _executes(subject: DockerfileSubject, image: Image) -> bool:
    facts = facts_of(subject, image)
    return facts is not None and bool(facts.executed)


def _tools(subject: DockerfileSubject) -> Iterator[Found]:
    for image in images_in(subject):
        groups: dict[tuple[int, bool], list[Installed]] = {}
        for package in _idle_tools(subject, image):
            for_people = bool(_FOR_PEOPLE.fullmatch(package.name))
            groups.setdefault((package.ran.span.start, for_people), []).append(package)
        for (_, for_people), packages in groups.items():
            names = " and ".join(dict.fromkeys(package.name for package in packages))
            yield Found(
                f"{names}: in {titled(subject.build, image.stage)}, and nothing there uses it",
                packages[0].span,
                "leave it out; to look into a container there is docker debug and kubectl debug",
                _left_out(subject, packages),
                severity=None if for_people else Severity.INFO,
            )


def _left_out(subject: DockerfileSubject, packages: Sequence[Installed]) -> Fix | None:
    """Return the fix that takes packages out of a command, with the RUN where nothing is left."""
    ran = packages[0].ran
    if ran.make or ran.instruction.form != "shell":
        return None
    if len(packages) < len(installed_by(ran)):
        edits = [without(subject.file, package.span) for package in packages]
        return Fix(tuple(edits), False, "leave it out")
    alone = len(ran_by(subject.build, ran.instruction, subject.around)) == 1
    return Fix((delete(subject.file, ran.instruction),), False, "leave it out") if alone else None


def _idle_tools(subject: DockerfileSubject, image: Image) -> list[Installed]:
    """Return the tools that nothing uses. Some a Go program may execute: of these nothing is said
    unless it is known what the program executes."""
    wanted = [p for p in image.contents.packages if _TOOL.fullmatch(p.name)]
    if not wanted or not _is_go(subject, image):
        return []
    if facts_of(subject, image) is None:
        wanted = [p for p in wanted if _FOR_PEOPLE.fullmatch(p.name)]
    return [package for package in wanted if not _is_used(subject, image, package)]


def _is_go(subject: DockerfileSubject, image: Image) -> bool:
    facts = image.stage.facts
    return image.runs_go or (facts is not None and not facts.has_go and _copies_app(image))


def _copies_app(image: Image) -> bool:
    return any(held.copy is not None and not held.is_folder for held in image.contents.held)


def _is_used(subject: DockerfileSubject, image: Image, package: Installed) -> bool:
    """Whether the program or anything else in the image may run what a package brings."""
    names = {package.name, *tools_of(package.name)}
    facts = facts_of(subject, image)
    executed = facts.executed if facts else ()
    if any(e.name is None or e.name.rpartition("/")[2] in names for e in executed):
        return True
    if any(_is_script(held.path) for held in image.contents.held):
        return True
    whole, span = subject.file.text, package.span
    text = " ".join(
        whole[i.span.start : i.span.end]
        if not i.span.start <= span.start < i.span.end
        else whole[i.span.start : span.start] + whole[span.end : i.span.end]
        for stage in image.stage.chain
        for i in stage.named("RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK")
    )
    return any(re.search(rf"(?<![\w./-]){re.escape(n)}(?![\w-])", text) for n in names)


def _is_script(path: str) -> bool:
    """Whether a file is one that may call any program, by its name."""
    name = path.rpartition("/")[2]
    return name.endswith((".sh", ".bash", ".py")) or name.endswith("entrypoint")


def _foreign_port(subject: DockerfileSubject) -> Iterator[Found]:
    for image in images_in(subject):
        for port in image.stage.state.ports:
            if port.first in _DATABASES and port.first == port.last and image.runs_go:
                facts = facts_of(subject, image)
                known = facts and port.first not in {each.port for each in facts.listeners}
                if facts is None or known:
                    yield Found(
                        f"EXPOSE opens the port of {_DATABASES[port.first]}, which is another "
                        "container's",
                        port.word.span,
                        "name the ports that this program listens on",
                    )


_rule = partial(Rule, kind="dockerfile", family="security")

RULES: Final = (
    _rule(
        id="toolchain-in-final-image",
        severity=Severity.WARNING,
        title="The Go toolchain is shipped with the program.",
        check=_toolchain,
    ),
    _rule(
        id="source-in-final-image",
        severity=Severity.WARNING,
        title="The sources are shipped with the program.",
        check=_source,
    ),
    _rule(
        id="shell-in-final-image",
        severity=Severity.INFO,
        title="A static program is shipped with a shell and packages that it does not need.",
        check=_shell,
    ),
    _rule(
        id="tools-in-final-image",
        severity=Severity.WARNING,
        title="The image holds tools that nothing in it uses.",
        check=_tools,
        fixes="unsafe",
    ),
    _rule(
        id="foreign-port-exposed",
        severity=Severity.INFO,
        title="EXPOSE names the port of a database or of remote access.",
        check=_foreign_port,
    ),
)
