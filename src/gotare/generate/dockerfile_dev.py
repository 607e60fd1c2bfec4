"""Live reload: Dockerfile.dev with air, and air's settings for each image's program.

The image holds the toolchain and the modules; the sources are mounted over /src by
compose.dev.yaml, or by `docker run -v "$PWD:/src"`.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Final

from gotare.generate import dockerfile_source as source
from gotare.generate.dockerfile_build import Group, Toolchain, package_words
from gotare.generate.dockerfile_text import comment, exec_form, run, shell_word
from gotare.generate.files import Choices
from gotare.generate.tools import AIR, SYNTAX
from gotare.golang.flags import compile_flags
from gotare.plan import ImagePlan, Plan

FOLDER: Final = ".air"
"""Where air puts what it builds: go, git and docker pass over folders whose names begin so."""

_WATCHED: Final = (
    "go", "mod", "sum", "work", "tmpl", "gohtml", "html", "css", "js", "sql", "proto", "yaml",
    "yml", "toml", "json",
)  # fmt: skip
_SECRETS: Final = ("type=secret,id=netrc,target=/tmp/.netrc,uid=1000", "type=ssh,uid=1000")
"""As in the release's build, for the user who is not root there."""

_UNWATCHED: Final = (FOLDER, ".git", "bin", "dist", "node_modules", "testdata", "vendor")


def dev_dockerfile(plan: Plan, choices: Choices) -> str:
    """Return Dockerfile.dev."""
    tools = Toolchain(plan, choices)
    sources = plan.sources
    blocks = [
        f"# syntax={SYNTAX}",
        comment(
            "For development: air builds and starts the program again when a file changes. The"
            f" sources are mounted over {source.root(sources)}, see compose.dev.yaml."
        ),
        "\n".join([
            f"FROM {tools.reference}",
            "# Files that it writes into the mounted sources belong to you, not to root.",
            "ARG UID=1000 GID=1000",
            "ENV HOME=/tmp GOCACHE=/tmp/go-build GOTOOLCHAIN=local",
            *source.private_settings(sources),
            f"WORKDIR {source.directory(sources)}",
            "USER ${UID}:${GID}",
            run((), [f"CGO_ENABLED=0 go install {AIR}"]),
            *_modules(plan),
            *_ports(plan),
            f"ENTRYPOINT {exec_form(['air'])}",
            f"CMD {exec_form(['-c', air_path(plan, plan.images[0])])}",
        ]),
    ]  # fmt: skip
    return "\n\n".join(blocks) + "\n"


def _modules(plan: Plan) -> Iterator[str]:
    """Yield the step that puts the modules into the image, for starts without a network."""
    sources = plan.sources
    if not source.downloads(sources):
        return
    mounts = [
        f"type=bind,source={path},target={posixpath.join(source.root(sources), path)}"
        for path in sources.control
        if posixpath.basename(path) != "modules.txt"
    ]
    mounts += [*source.outside_mounts(sources), *(_SECRETS if sources.private else [])]
    yield run(mounts, [*source.ssh_setup(sources), "go mod download"])


def _ports(plan: Plan) -> Iterator[str]:
    ports = dict.fromkeys(port for image in plan.images for port in image.run.ports)
    if ports:
        yield f"EXPOSE {' '.join(ports)}"


def air_path(plan: Plan, image: ImagePlan) -> str:
    """Return the path of air's settings for an image: `.air.toml` for the first."""
    if image.name == plan.images[0].name:
        return ".air.toml"
    return f".air.{re.sub(r'[^A-Za-z0-9._-]+', '-', image.name)}.toml"


def air_files(plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield path and content of air's settings."""
    for image in plan.images:
        yield air_path(plan, image), air_settings(plan, image)


def air_settings(plan: Plan, image: ImagePlan) -> str:
    """Return air's settings for the first program of an image."""
    binary = f"./{FOLDER}/{image.binaries[0]}"
    lines = [
        f"# Live reload of {image.binaries[0]}: `air -c {air_path(plan, image)}`, or compose.dev.yaml.",  # noqa: E501
        'root = "."',
        f'tmp_dir = "{FOLDER}"',
        "",
        "[build]",
        f"cmd = {_text(_command(plan, image, binary))}",
        f"entrypoint = {_list([binary, *_arguments(image)])}",
        f"include_ext = {_list(_WATCHED)}",
        f"exclude_dir = {_list(_UNWATCHED)}",
        'exclude_regex = ["_test\\\\.go$"]',
        "# The signal that a container gets, and the time that the program takes to stop.",
        "send_interrupt = true",
        f'kill_delay = "{min(image.workload.grace, 10)}s"',
        "stop_on_error = true",
        "",
        "[misc]",
        "clean_on_exit = true",
    ]
    return "\n".join(lines) + "\n"


def _command(plan: Plan, image: ImagePlan, binary: str) -> str:
    """Return the build: quick, with symbols, and with the tags of the real one."""
    group = Group(image.flags, {}, "", {image.binaries[0]: image.packages[0]})
    tags = [flag for flag in compile_flags(image.flags, ()) if flag.startswith("-tags=")]
    words = ["go", "build", "-buildvcs=false", *tags, "-o", binary, *package_words(plan, group)]
    return " ".join(words)


def _arguments(image: ImagePlan) -> list[str]:
    """Return the program's arguments, quoted: air puts them together for a shell."""
    return [shell_word(word) for word in (*image.run.entrypoint[1:], *image.run.args)]


def _text(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _list(words: tuple[str, ...] | list[str]) -> str:
    return "[" + ", ".join(map(_text, words)) + "]"
