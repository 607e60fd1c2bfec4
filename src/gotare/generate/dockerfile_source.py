"""Where a docker build finds the sources: folders, mounts, private modules, generated code."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final

from gotare.generate.dockerfile_text import comment, run, shell_double, shell_word
from gotare.generate.tools import MODULE_TOOLS, PINNED_TOOLS, PROTOC
from gotare.workload import SourceTree, Step

MODULE_CACHE: Final = "type=cache,target=/go/pkg/mod"
BUILD_CACHE: Final = "type=cache,target=/root/.cache/go-build"
"""Caches of the builder, shared by all platforms: go's caches are made for several writers, and
what they hold is found by a digest of everything that it was made from."""

MUSL_BUILD_CACHE: Final = f"{BUILD_CACHE},id=go-build-musl"
"""Apart from glibc's: the digests know the C compiler, but not the headers of the system."""

SECRETS: Final = ("type=secret,id=netrc,target=/root/.netrc", "type=ssh")
"""How private modules are fetched: neither is ever in a layer, and either may be missing."""


def root(sources: SourceTree) -> str:
    """Return the folder of the project in the build: deep enough for folders beyond the context."""
    climbs = [_climb(path) for path in sources.outside]
    return "/src" + "/project" * max(climbs, default=0)


def _climb(path: str) -> int:
    return posixpath.normpath(path).split("/").count("..")


def directory(sources: SourceTree) -> str:
    """Return the folder where go runs."""
    return posixpath.normpath(posixpath.join(root(sources), sources.directory))


def contexts(sources: SourceTree) -> Mapping[str, str]:
    """Return the folders beyond the context by the name that a docker build passes each under."""
    found: dict[str, str] = {}
    for path in sources.outside:
        word = re.sub(r"[^a-z0-9._-]", "-", posixpath.basename(path.rstrip("/")).lower())
        name, number = word, 2
        while name in found:
            name, number = f"{word}-{number}", number + 1
        found[name] = path
    return found


def outside_mounts(sources: SourceTree) -> list[str]:
    """Return the mounts of folders beyond the context, where the sources look for them."""
    return [
        f"type=bind,from={name},target={posixpath.normpath(posixpath.join(root(sources), path))}"
        for name, path in contexts(sources).items()
    ]


def source_mount(sources: SourceTree) -> str:
    """Return the mount of the whole context. A workspace may be written to: go completes
    go.work.sum there, in vain."""
    written = ",rw" if sources.workspace and not sources.vendored else ""
    if pending(sources):
        return f"type=bind,from=source,source={root(sources)},target={root(sources)}{written}"
    return f"type=bind,target={root(sources)}{written}"


def downloads(sources: SourceTree) -> bool:
    """Whether modules are downloaded: without a go.sum there are none, vendored they are there."""
    sums = ("go.sum", "go.work.sum")
    return not sources.vendored and any(path.endswith(sums) for path in sources.control)


def module_mounts(sources: SourceTree) -> list[str]:
    """Return the mounts that a go command needs which may fetch modules."""
    if not downloads(sources):
        return []
    return [MODULE_CACHE, *(SECRETS if sources.private else ())]


def download(sources: SourceTree) -> str:
    """Return the step that fetches modules, made again only when a file that names them changes."""
    files = [
        f"type=bind,source={path},target={posixpath.join(root(sources), path)}"
        for path in sources.control
        if posixpath.basename(path) != "modules.txt"
    ]
    mounts = [*files, *outside_mounts(sources), *module_mounts(sources)]
    return "\n".join([
        comment("Modules first: this step is made again only when one of these files changes."),
        run(mounts, [*ssh_setup(sources), "go mod download"]),
    ])  # fmt: skip


# private modules


def private_settings(sources: SourceTree) -> list[str]:
    """Return what tells go and git of private modules."""
    if not sources.private or not downloads(sources):
        return []
    return [
        comment(
            "Private modules, by --secret id=netrc,src=$HOME/.netrc or --ssh default. The host's"
            " key is taken as it comes: go.sum tells whether the code is the right one."
        ),
        "# hadolint ignore=DL3064",  # takes GOPRIVATE for a secret
        f'ENV GOPRIVATE="{",".join(sources.private)}" \\',
        '    GIT_SSH_COMMAND="ssh -o StrictHostKeyChecking=accept-new"',
    ]


def ssh_setup(sources: SourceTree) -> list[str]:
    """Return the command that lets git use ssh where an agent was passed."""
    hosts = sorted({path.partition("/")[0] for path in sources.private})
    hosts = [host for host in hosts if re.fullmatch(r"[A-Za-z0-9.-]+", host)]
    if not hosts or not downloads(sources):
        return []
    words = [f"GIT_CONFIG_COUNT={len(hosts)}"]
    for number, host in enumerate(hosts):
        words.append(f"GIT_CONFIG_KEY_{number}=url.ssh://git@{host}/.insteadOf")
        words.append(f"GIT_CONFIG_VALUE_{number}=https://{host}/")
    return [f'if [ -S "$SSH_AUTH_SOCK" ]; then\nexport {" ".join(words)}; fi']


# generated code


def pending(sources: SourceTree) -> tuple[Step, ...]:
    """Return the generators whose code is not committed."""
    return tuple(step for step in sources.steps if not step.committed)


def generated(sources: SourceTree) -> str:
    """Return the stage `source`: the context with the code that generators write."""
    steps = pending(sources)
    lines = [
        comment("Generated code is not committed, so its generators run here."),
        "FROM modules AS source",
        *_tools(sources, steps),
        f"COPY . {root(sources)}/",
    ]
    caches = [*module_mounts(sources), BUILD_CACHE]
    for folder, group in groupby(steps, lambda step: posixpath.normpath(step.directory)):
        lines += _generate(posixpath.join(root(sources), folder), list(group), caches)
    return "\n".join(lines)


def _generate(folder: str, steps: Sequence[Step], caches: Sequence[str]) -> list[str]:
    """Return the lines that run the generators of one folder."""
    named = (f"{step.command} ({step.at})" if step.at else step.command for step in steps)
    return [
        *map(comment, named),
        f"WORKDIR {posixpath.normpath(folder)}",
        run(caches, list(dict.fromkeys(map(_command, steps)))),
    ]


def _command(step: Step) -> str:
    """Return what runs a generator: `go generate` for a directive, because it sets variables."""
    directive = re.fullmatch(r"(?:.*/)?([^/]+\.go):\d+", step.at)
    return f"go generate {shell_word(directive[1])}" if directive else step.command


def _tools(sources: SourceTree, steps: Sequence[Step]) -> Iterator[str]:
    names = sorted({name for step in steps for name in _needed(step)})
    if "protoc" in names:
        yield run((), [
            "apt-get update",
            f"apt-get install --yes --no-install-recommends {shell_word(PROTOC)}",
            "rm -rf /var/lib/apt/lists/*",
        ])  # fmt: skip
    caches = [*module_mounts(sources), BUILD_CACHE]
    pinned = [PINNED_TOOLS[name] for name in names if name in PINNED_TOOLS]
    if pinned:
        yield run(caches, [f"go install {package}" for package in pinned])
    own = [MODULE_TOOLS[name] for name in names if name in MODULE_TOOLS]
    if own:
        yield "# In the version of go.mod, so that the code fits the module that it imports."
        yield "# hadolint ignore=DL3062"
        mounts = [f"type=bind,target={root(sources)}", *outside_mounts(sources), *caches]
        yield run(mounts, [f"go install {' '.join(own)}"])


_PLUGIN: Final = re.compile(r"--([a-z0-9-]+)_(?:out|opt)\b")


def _needed(step: Step) -> Iterator[str]:
    """Yield the tools that a step runs: its own, and the plugins that a protoc command names."""
    yield step.tool
    if step.tool == "protoc":
        yield from (f"protoc-gen-{name}" for name in _PLUGIN.findall(step.command))
    words = step.command.split()
    yield from (word for word in words[:1] if word in MODULE_TOOLS or word in PINNED_TOOLS)


def context_notes(sources: SourceTree) -> list[str]:
    """Return the comment that says which contexts a build must be given."""
    words = [f"--build-context {name}={shell_double(p)}" for name, p in contexts(sources).items()]
    if not words:
        return []
    return [comment(f"Folders beyond this one are passed by name: {' '.join(words)}")]
