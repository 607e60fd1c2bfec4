"""Works out which files a `go build` or `go install` writes."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from gotare.frozen import dataclass
from gotare.lint.dockerfile.copies import context_path
from gotare.lint.dockerfile.environment import spoken
from gotare.lint.dockerfile.gocommand import GoCommand
from gotare.lint.dockerfile.model import Build
from gotare.lint.dockerfile.resolve import symbolic
from gotare.lint.dockerfile.runs import Ran
from gotare.lint.dockerfile.state import joined
from gotare.lint.shell.model import ShellWord
from gotare.lint.subjects import Surroundings


@dataclass(frozen=True, slots=True)
class Outputs:
    """The absolute paths of what is written (None unknown), and the folder, where -o or go install
    names one, or where a program lies whose name is not known. `${TARGETARCH}` and its like stay in
    paths."""

    paths: tuple[str, ...] | None
    folder: str | None = None


def outputs_of(build: Build, command: GoCommand, action: str, around: Surroundings) -> Outputs:
    """Return what a command writes."""
    if command.tool in ("gox", "goreleaser"):
        return Outputs(None)
    if action == "install":
        return _installed(build, command, around)
    flag = command.flag("o")
    names = names_of(build, command, around)
    if action == "test" and names is not None:
        names = tuple(f"{name}.test" for name in names)
    if flag is None:
        return _beside(command, names)
    return _named(command, flag.word, flag.text, names)


def _beside(command: GoCommand, names: tuple[str, ...] | None) -> Outputs:
    """Without -o one program lies in the folder; several packages are only checked."""
    if names is None or command.directory is None:
        return Outputs(None, command.directory if len(command.packages) < 2 else None)
    if len(names) > 1:
        return Outputs(())
    return Outputs(tuple(_join(command.directory, name) for name in names))


def _named(
    command: GoCommand, word: ShellWord | None, text: str, names: tuple[str, ...] | None
) -> Outputs:
    targets = _choices(command.ran, word, text)
    if targets is None:
        return Outputs(None)
    paths = [joined(command.directory, _value(target)) for target in targets]
    known = [path for path in paths if path is not None]
    if len(known) < len(paths):
        return Outputs(None)
    several = names is not None and len(names) > 1
    if len(known) == 1 and (
        targets[0].endswith(("/", "/.")) or _value(targets[0]) == "." or several
    ):
        return _in_folder(known[0], names)
    return Outputs(tuple(known))


def _value(text: str) -> str:
    return text


def _in_folder(folder: str, names: tuple[str, ...] | None) -> Outputs:
    if names is None:
        return Outputs(None, folder)
    return Outputs(tuple(_join(folder, name) for name in names), folder)


def _choices(ran: Ran, word: ShellWord | None, text: str) -> tuple[str, ...] | None:
    """Return the values that -o has; more than one in a `for` loop; None unknown."""
    if word is None:
        return (text,)
    said = _after_equals(word, ran.said(word))
    if said is not None:
        return (said,)
    marked = {**ran.values, **symbolic(ran.values)}
    said = _after_equals(word, spoken(word, marked, ran.complete))
    if said is not None:
        return (said,)
    looped = [name for name in word.variables if name in ran.choices]
    if len(set(looped)) != 1:
        return None
    values = [
        _after_equals(word, spoken(word, {**ran.values, looped[0]: choice}, ran.complete))
        for choice in ran.choices[looped[0]]
    ]
    known = [value for value in values if value is not None]
    return tuple(known) if len(known) == len(values) else None


def _after_equals(word: ShellWord, said: str | None) -> str | None:
    if said is not None and word.text.startswith("-") and "=" in said:
        return said.partition("=")[2]
    return said


def _join(folder: str, name: str) -> str:
    return posixpath.join(folder, name)


# names


def names_of(build: Build, command: GoCommand, around: Surroundings) -> tuple[str, ...] | None:
    """Return what go calls the programs of the packages that are named; None unknown."""
    packages = command.packages or (".",)
    if any(package.endswith(".go") for package in packages):
        first = posixpath.basename(packages[0])
        return None if "$" in first else (first.removesuffix(".go"),)
    found: list[str] = []
    for package in packages:
        names = tuple(_names(build, command, package, around))
        if not names:
            return None
        found.extend(names)
    return tuple(dict.fromkeys(found))


def _names(build: Build, command: GoCommand, package: str, around: Surroundings) -> Iterator[str]:
    bare = package.partition("@")[0]
    if bare.endswith("..."):
        yield from _matching(build, command, bare, around)
    elif "$" in bare:
        yield from _looped(command, bare)
    elif bare in (".", "./", ".."):
        yield from _of_folder(build, command, bare, around)
    else:
        from gotare.golang.mains import binary_name

        yield binary_name(bare.rstrip("/"))


def _looped(command: GoCommand, package: str) -> Iterator[str]:
    """`./cmd/$name` in a `for` loop."""
    for name, choices in command.ran.choices.items():
        if package.endswith("${" + name + "}"):
            yield from (posixpath.basename(choice) for choice in choices)


def _of_folder(
    build: Build, command: GoCommand, package: str, around: Surroundings
) -> Iterator[str]:
    """The folder's own package: its import path is known to the project only, but for folders
    below the module's."""
    folder = _in_context(build, command, package, around)
    if folder is None:
        return
    mains = around.project.mains if around.project else ()
    at_root = around.project.directory if around.project else "."
    for main in mains:
        if posixpath.normpath(main.dir) == folder or (folder == "." and main.dir == at_root):
            yield main.name
            return
    if folder != "." and not mains:
        yield posixpath.basename(folder)


def _matching(
    build: Build, command: GoCommand, pattern: str, around: Surroundings
) -> Iterator[str]:
    folder = _in_context(build, command, pattern.removesuffix("...").rstrip("/") or ".", around)
    if folder is None or around.project is None or not pattern.startswith("."):
        return
    for main in around.project.mains:
        inside = posixpath.normpath(main.dir)
        if folder == "." or inside == folder or inside.startswith(f"{folder}/"):
            yield main.name


def _in_context(build: Build, command: GoCommand, path: str, around: Surroundings) -> str | None:
    """Return the folder of the context that a folder of the stage was copied from."""
    absolute = joined(command.directory, path)
    if absolute is None:
        return None
    return context_path(build, command.stage, command.instruction, absolute)


# go install


def _installed(build: Build, command: GoCommand, around: Surroundings) -> Outputs:
    folder = _bin(command)
    if folder is None:
        return Outputs(None)
    names = names_of(build, command, around)
    return _in_folder(folder, names)


def _bin(command: GoCommand) -> str | None:
    """Return where go install puts programs: GOBIN, or bin in GOPATH; below that, for another
    platform, a folder of its name, so that it is not known."""
    gobin = command.settings.get("GOBIN")
    if gobin is not None and gobin.value != "":
        return gobin.value
    arch = command.settings.get("GOARCH")
    if arch is not None and arch.value != "":
        return None
    gopath = command.settings.get("GOPATH")
    if gopath is None:
        home = command.ran.values.get("HOME")
        return f"{home}/go/bin" if home and command.ran.complete else None
    return f"{gopath.value.partition(':')[0]}/bin" if gopath.value else None
