"""What a build reads, for whoever writes a Dockerfile or an ignore file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from posixpath import dirname

from gotare.golang.facts.types import Generator, SourceFacts
from gotare.golang.project import Project
from gotare.settings import FileMapping
from gotare.workload import SourceTree, Step


def source_tree(
    project: Project, go_version: str, files: Iterable[FileMapping], url: str
) -> SourceTree:
    """Return what a build of the project reads. Pure: everything is in the arguments."""
    facts = project.facts.sources
    return SourceTree(
        name=_name(project),
        go=go_version or project.go_directive,
        module=project.module,
        directory=project.directory,
        modules=tuple(dict.fromkeys(_modules(project))) or (".",),
        control=tuple(path for path in project.control_files if not path.startswith("/")),
        workspace=project.workspace is not None,
        vendored=project.vendored,
        kept=_kept(facts, files),
        private=tuple(dict.fromkeys(module.path for module in facts.private)),
        outside=facts.outside,
        steps=tuple(_step(generator) for generator in facts.generators),
        cxx=facts.cxx,
        url=url,
        errors=tuple(str(error) for error in facts.errors),
    )


def _name(project: Project) -> str:
    """Return the project's name: the last word of its module, or of its folder."""
    words = (project.module or project.root).rstrip("/").split("/")
    is_major = len(words) > 1 and words[-1][:1] == "v" and words[-1][1:].isdecimal()
    return words[-2] if is_major else words[-1]


def _modules(project: Project) -> Iterator[str]:
    for path in project.control_files:
        if path.endswith("go.mod") and not path.startswith("/"):
            yield dirname(path) or "."


def _kept(facts: SourceFacts, files: Iterable[FileMapping]) -> tuple[str, ...]:
    sources = (file.source.removeprefix("./") for file in files)
    return tuple(dict.fromkeys((*facts.embedded, *facts.profiles, *sources)))


def _step(generator: Generator) -> Step:
    folder = dirname(generator.at.path) or "."
    return Step(generator.tool, generator.command, folder, generator.committed, str(generator.at))
