"""Does a container start its program, and is that the process which hears signals?"""

from __future__ import annotations

import json
import posixpath
import re
import shlex
from collections.abc import Iterator
from functools import partial
from typing import Final

from gotare.findings import Edit, Fix, Severity
from gotare.lint.dockerfile.contents import Contents
from gotare.lint.dockerfile.edit import replace
from gotare.lint.dockerfile.fileset import Held
from gotare.lint.dockerfile.gobuild import go_builds
from gotare.lint.dockerfile.model import Exec
from gotare.lint.dockerfile.run_programs import Image, images_in
from gotare.lint.dockerfile.shipping import titled
from gotare.lint.dockerfile.spans import arguments
from gotare.lint.dockerfile.syntax import Instruction, Span
from gotare.lint.rule import Found, Rule
from gotare.lint.rules.exec_forms import SHELL_ONLY, SHELLS, looks_like_json
from gotare.lint.subjects import DockerfileSubject

# the shell form

_REPLACED: Final = frozenset({"alpine", "busybox"})
"""Families of bases whose /bin/sh is BusyBox's."""


def _shell_form(subject: DockerfileSubject, name: str) -> Iterator[Found]:
    for image in images_in(subject):
        command = image.stage.state.entrypoint if name == "ENTRYPOINT" else image.stage.state.cmd
        if not command or command.form != "shell" or not command.at or looks_like_json(command.at):
            continue
        found = _of_shell_form(subject, image, name, command, command.at)
        if found:
            yield found


def _of_shell_form(
    subject: DockerfileSubject, image: Image, name: str, command: Exec, at: Instruction
) -> Found | None:
    text, where = command.words[0].strip(), titled(subject.build, image.stage)
    fix = _exec_form(at, text)
    hint = f"write {name} {fix.edits[0].text}" if fix else f'write {name} ["program", "argument"]'
    if image.contents.shell == "no":
        what = f"the shell form of {name} needs a shell, and {where} has none: nothing starts"
        return Found(what, arguments(at), hint, fix, severity=Severity.ERROR)
    if re.match(r"exec\s", text) or (name == "CMD" and image.stage.state.entrypoint):
        return _arguments_through_shell(image, name, at, hint, fix)
    what = (
        f"the shell form of {name} starts the program through /bin/sh, which passes no SIGTERM "
        "on where it stays process 1"
    )
    gives_way, severity = _gives_way(image, text), None
    if gives_way and name == "CMD":
        what, severity = f"{what} (here it gives its place to the program)", Severity.INFO
    elif gives_way:
        what = "the shell form of ENTRYPOINT ignores CMD, and the arguments of docker run"
    if not fix and re.fullmatch(r"[^|&;\n]+", text) and not at.comments:
        end = at.place(0, 1).start
        fix, hint = Fix((Edit(end, end, "exec "),), True, "add exec"), f"write {name} exec {text}"
    return Found(what, arguments(at), hint, fix, severity=severity)


def _gives_way(image: Image, text: str) -> bool:
    """Whether the shell of the base becomes a single program, as BusyBox's and bash do with -c."""
    facts = image.stage.facts
    alone = re.fullmatch(r"[^|&;\n()`]+", text) and not re.match(r"(?:cd|set|export|\.)\s", text)
    return facts is not None and facts.family in _REPLACED and bool(alone)


def _arguments_through_shell(
    image: Image, name: str, at: Instruction, hint: str, fix: Fix | None
) -> Found | None:
    """CMD in its shell form gives an ENTRYPOINT the arguments `/bin/sh -c …`."""
    entrypoint = image.stage.state.entrypoint
    if name != "CMD" or entrypoint is None or entrypoint.form != "json" or not image.runs_go:
        return None
    what = f'{entrypoint.words[0]} is given "/bin/sh", "-c" and the text of CMD as arguments'
    return Found(what, arguments(at), hint, fix)


def _exec_form(at: Instruction, text: str) -> Fix | None:
    """Return the fix that writes a command as JSON; None where only a shell understands it."""
    text = re.sub(r"^exec\s+", "", text)
    if SHELL_ONLY.search(text.replace('"', "").replace("--", "").replace("=", "")) or at.comments:
        return None
    try:
        words = shlex.split(text)
    except ValueError:
        return None
    if not words or "=" in words[0] or words[0] in ("cd", "source", ".", "export", "set", "exec"):
        return None
    return Fix((replace(arguments(at), json.dumps(words, ensure_ascii=False)),), True, "write JSON")


def _through_shell(subject: DockerfileSubject) -> Iterator[Found]:
    for image in images_in(subject):
        command = image.stage.state.entrypoint or image.stage.state.cmd
        if command is None or command.at is None or command.form != "json":
            continue
        script = _script_of(subject, image.contents, command)
        names = [posixpath.basename(held.path) for held in image.contents.programs]
        runs = [name for name in names if script and re.search(rf"\b{re.escape(name)}\b", script)]
        if script and runs and not re.search(r"(?:^|[\s;&|({])exec\s", script):
            yield Found(
                f"a shell starts {runs[0]} and stays the process that signals go to",
                arguments(command.at),
                f"write exec before {runs[0]}",
            )


def _script_of(subject: DockerfileSubject, contents: Contents, command: Exec) -> str:
    """Return the shell text that a command runs: after sh -c, or in a script that is known."""
    words = command.words
    if posixpath.basename(words[0]) in SHELLS and "-c" in words[1:3]:
        return words[words.index("-c") + 1] if words.index("-c") + 1 < len(words) else ""
    path = words[1] if posixpath.basename(words[0]) in SHELLS and words[1:] else words[0]
    held = contents.files.at(posixpath.normpath(posixpath.join(_workdir(contents), path)))
    return _text_of(subject, held) if held else ""


def _workdir(contents: Contents) -> str:
    return contents.stage.state.workdir or "/"


def _text_of(subject: DockerfileSubject, held: Held) -> str:
    text = held.text
    if not text and held.how == "context":
        text = subject.around.texts.get(posixpath.normpath(held.origin).lstrip("/")) or ""
    is_script = re.match(r"#!.*\b(?:sh|bash|ash|dash)\b", text)
    return text if is_script else ""


# the program


def _not_copied(subject: DockerfileSubject) -> Iterator[Found]:
    for image, path, at in _missing_programs(subject):
        copies = any(stage.named("COPY", "ADD") for stage in image.stage.chain)
        made = copies or bool(go_builds(subject.build, subject.around))
        if made and not _others(image, path) and not _is_folder(image, path):
            yield Found(
                f"nothing brings {path} into {titled(subject.build, image.stage)}",
                at,
                "copy it from the build stage: COPY --from=…",
            )


def _other_name(subject: DockerfileSubject) -> Iterator[Found]:
    for image, path, at in _missing_programs(subject):
        others = _others(image, path)
        folder = _is_folder(image, path)
        if not others and not folder:
            continue
        what = f"{path} is a folder" if folder else f"there is no {path}"
        said = f"the program is {others[0]}" if len(others) == 1 else "programs have other names"
        fix = (
            Fix((replace(at, json.dumps(others[0])),), True, "name the program")
            if len(others) == 1 and _is_json(subject, at)
            else None
        )
        yield Found(
            f"{what} in {titled(subject.build, image.stage)}: {said}",
            at,
            f"write {others[0]}" if others else "name the program in it",
            fix,
        )


def _is_json(subject: DockerfileSubject, at: Span) -> bool:
    return subject.file.slice(at).startswith('"')


def _missing_programs(subject: DockerfileSubject) -> Iterator[tuple[Image, str, Span]]:
    """Yield the images whose program is certainly not there, with its path and where it is named.
    A folder of its name is no program."""
    for image in images_in(subject):
        command, program = image.stage.state.entrypoint or image.stage.state.cmd, image.program
        if command is None or command.at is None or program is None:
            continue
        path = program.path
        if path is None and program.there == "no" and _closed(image):
            path = program.name
        folder = path is not None and _is_folder(image, path)
        if path is not None and (program.there == "no" or folder):
            yield image, path, _word(command)


def _is_folder(image: Image, path: str) -> bool:
    """Whether a path is a folder for certain: something lies in it, or an instruction makes it.
    What a COPY with a pattern or a variable brings may be a file."""
    held = image.contents.files.at(path)
    made = held is not None and held.how in ("workdir", "run") and held.is_folder is True
    return made or any(True for _ in image.contents.files.below(path))


def _closed(image: Image) -> bool:
    return image.stage.facts is not None and image.stage.facts.minimal


def _word(command: Exec) -> Span:
    """Return where a command names its program."""
    at = command.at
    if at is not None and command.form == "json" and at.words:
        return at.words[0].span
    return arguments(at) if at is not None else Span(0, 0)


def _others(image: Image, path: str) -> list[str]:
    """Return the Go programs that the image holds, and that have another name."""
    return [held.path for held in image.contents.programs if held.path != path]


_rule = partial(Rule, kind="dockerfile", family="runtime")

RULES: Final = (
    _rule(
        id="shell-form-entrypoint",
        severity=Severity.WARNING,
        title="ENTRYPOINT has the shell form.",
        check=partial(_shell_form, name="ENTRYPOINT"),
        fixes="safe",
        equivalents={"hadolint": ("DL3025",), "buildkit": ("JSONArgsRecommended",)},
    ),
    _rule(
        id="shell-form-cmd",
        severity=Severity.WARNING,
        title="CMD has the shell form.",
        check=partial(_shell_form, name="CMD"),
        fixes="safe",
        equivalents={"hadolint": ("DL3025",), "buildkit": ("JSONArgsRecommended",)},
    ),
    _rule(
        id="pid1-through-shell",
        severity=Severity.WARNING,
        title="A shell starts the program and stays the process that signals go to.",
        check=_through_shell,
    ),
    _rule(
        id="entrypoint-not-copied",
        severity=Severity.ERROR,
        title="The image does not hold the program that it starts.",
        check=_not_copied,
    ),
    _rule(
        id="entrypoint-other-name",
        severity=Severity.ERROR,
        title="The program has another name than ENTRYPOINT says.",
        check=_other_name,
        fixes="safe",
    ),
)
