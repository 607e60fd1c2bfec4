"""Go code that needs, reads or writes what a small container does not have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from posixpath import basename
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from gotare.findings import Severity
from gotare.lint.go_source import Part, parts_of, span_of
from gotare.lint.rule import Found, Rule
from gotare.lint.rules.go_hazards import of_kind, once, written
from gotare.lint.shipped_programs import dockerfiles_in, images_with
from gotare.lint.subjects import TextSubject

if TYPE_CHECKING:
    from gotare.golang.facts.types import Executed, FileUse, Variable
    from gotare.workload import Tool

_STREAMS: Final = ("/dev/", "/proc/")
_SHELLS: Final = frozenset({"sh", "bash"})
_LOCAL: Final = re.compile(r"localhost|127\.0\.0\.1|\[::1\]|^:|^/")
_HARMLESS: Final = re.compile(
    r"(?:true|false|none|null|disabled|off|auto|\d+(?:\.\d+)?\w{0,2}|[./~$].*|\w+:///.*)?", re.I
)


@once
def _log(subject: TextSubject) -> Iterator[Found]:
    for part in parts_of(subject):
        for use in part.facts.files:
            span = span_of(subject, use.at) if _is_log(use) else None
            if span:
                yield Found(
                    f"{part.name} logs to the file {use.path}: nobody collects it, and it fills "
                    "the container's disk",
                    span,
                    "log to stderr: log/slog with slog.NewJSONHandler(os.Stderr, nil)",
                )


def _is_log(use: FileUse) -> bool:
    path = use.path or ""
    fixed = use.access == "write" and use.kind == "log" and not use.settled_by
    return fixed and bool(re.search(r"[./]", path)) and not path.startswith(_STREAMS)


@once
def _workdir(subject: TextSubject) -> Iterator[Found]:
    for part in parts_of(subject):
        read = {use.path for use in part.facts.files if use.access == "read"}
        for use in part.facts.files if part.is_service else ():
            span = span_of(subject, use.at) if _is_relative(use) else None
            if span and use.path not in read and _is_written_out(subject, use.path or ""):
                yield Found(
                    f"{part.name} writes {use.path} below its working directory: it is gone with "
                    "the container, and fails where the root file system is read-only",
                    span,
                    "take the folder from a variable, and mount a volume there",
                )


def _is_relative(use: FileUse) -> bool:
    path = use.path or ""
    written = use.access == "write" and use.kind not in ("log", "socket") and not use.settled_by
    return written and path not in ("", ".") and not path.startswith(("/", "$", "~", ":"))


def _is_written_out(subject: TextSubject, path: str) -> bool:
    """Whether the text has the beginning of a path, and nothing before it that is unknown:
    `filepath.Join(dir, "x")` and `name + ".x"` are somewhere else."""
    first = re.escape(path.removeprefix("./").split("/")[0])
    return bool(re.search(rf'"\./{first}|(?<![,+]\s)(?<![,+])"{first}[/"]', subject.text))


@once
def _dotenv(subject: TextSubject) -> Iterator[Found]:
    for _, span, _ in of_kind(subject, "dotenv"):
        yield Found(
            "reads .env at run time: in a container the environment comes from outside",
            span,
            "load it only in development, or let Compose do it: env_file",
        )


@once
def _dotenv_required(subject: TextSubject) -> Iterator[Found]:
    for _, span, _ in of_kind(subject, "dotenv-required"):
        yield Found(
            "ends when there is no .env: images must not hold one, so containers do not start",
            span,
            "pass over the error when errors.Is(err, fs.ErrNotExist)",
        )


@once
def _maxprocs(subject: TextSubject) -> Iterator[Found]:
    for _, span, part in of_kind(subject, "automaxprocs"):
        if _version(part.project.go_directive) >= (1, 25):
            yield Found(
                f"automaxprocs is needless: with go {part.project.go_directive} in go.mod the "
                "runtime itself follows the container's CPU limit",
                span,
                "take the import out, and run go mod tidy",
            )


def _version(text: str) -> tuple[int, int]:
    match = re.match(r"(\d+)\.(\d+)", text)
    return (int(match[1]), int(match[2])) if match else (0, 0)


@once
def _request(subject: TextSubject) -> Iterator[Found]:
    for _, span, part in of_kind(subject, "no-request-timeout"):
        if part.is_service:
            yield Found(
                f"{written(subject, span)} has no time limit: a server that does not answer holds "
                "the request for ever",
                span,
                "use &http.Client{Timeout: 10 * time.Second}, or a request with a context",
            )


@once
def _secret(subject: TextSubject) -> Iterator[Found]:
    for part in parts_of(subject):
        for variable in part.facts.variables:
            span = span_of(subject, variable.at) if _is_known_secret(variable) else None
            if span:
                yield Found(
                    f"{variable.name} has a default in the code: a container that is not given the "
                    "secret runs with one that everybody knows",
                    span,
                    f"end the program when {variable.name} is not set",
                )


def _is_known_secret(variable: Variable) -> bool:
    default = variable.default or ""
    if not variable.secret or _HARMLESS.fullmatch(default):
        return False
    if "://" in default or "@tcp(" in default:
        return _has_password(default) and not _LOCAL.search(default.rpartition("@")[2])
    return not re.search(r"\s", default)


def _has_password(url: str) -> bool:
    if "@tcp(" in url:
        return ":" in url.partition("@")[0]
    try:
        return bool(urlsplit(url).password)
    except ValueError:
        return False


@once
def _tool(subject: TextSubject) -> Iterator[Found]:
    for part in parts_of(subject):
        for one in part.facts.executed:
            tool = _known_tool(part, one)
            span = span_of(subject, one.at) if tool else None
            where = _lacking(subject, part, tool) if tool and span else ""
            if tool and span and where:
                yield Found(f"{_what(one)}, which {where} does not have", span, _way(tool))


def _what(one: Executed) -> str:
    return "runs a shell" if one.name in _SHELLS else f"runs {one.name}"


def _way(tool: Tool) -> str:
    if tool.alpine:
        return f"stand on alpine and add {tool.alpine}, or do it in Go"
    return "stand on a base that has it (alpine), or do it in Go"


def _known_tool(part: Part, one: Executed) -> Tool | None:
    """Return the program of a distribution that is run, if it is not looked for first."""
    if part.image is None or one.name is None or "LookPath" in one.at.what:
        return None
    name = basename(one.name)
    found = next((tool for tool in part.image.workload.tools if tool.name == name), None)
    known = found and (found.alpine or found.debian or name in _SHELLS)
    return found if known else None


def _lacking(subject: TextSubject, part: Part, tool: Tool) -> str:
    """Return what lacks a tool for sure: the image of a Dockerfile, or where there is none the base
    that gotare chooses. "" where all may have it."""
    if dockerfiles_in(subject.around):
        for path, image in images_with(subject.around, part.facts):
            if image.contents.tool(tool.name) == "no":
                return f"the image of {path}"
        return ""
    planned = part.image
    is_plain = planned is not None and planned.is_composed and not planned.files
    return f"the base {planned.base}" if planned is not None and is_plain else ""


@once
def _user(subject: TextSubject) -> Iterator[Found]:
    for part in parts_of(subject):
        image = part.image
        if image is None or image.base != "scratch" or image.add is None or "users" in image.add:
            continue
        for need in part.facts.needs:
            users = need.kind == "users" and not need.linked
            span = span_of(subject, need.at) if users else None
            if span:
                yield Found(
                    f"{part.name} looks users up, and its image has no /etc/passwd",
                    span,
                    "add users to add: in gotare.yaml, or stand on static",
                )


RULES: Final = (
    Rule(
        id="logs-to-file",
        kind="go",
        family="go-source",
        severity=Severity.WARNING,
        title="The program logs to a file in its container.",
        check=_log,
    ),
    Rule(
        id="writes-to-workdir",
        kind="go",
        family="go-source",
        severity=Severity.INFO,
        title="The program writes below its working directory.",
        check=_workdir,
    ),
    Rule(
        id="reads-dotenv",
        kind="go",
        family="go-source",
        severity=Severity.INFO,
        title="The program reads .env at run time.",
        check=_dotenv,
    ),
    Rule(
        id="dotenv-required",
        kind="go",
        family="go-source",
        severity=Severity.WARNING,
        title="The program ends where there is no .env.",
        check=_dotenv_required,
    ),
    Rule(
        id="automaxprocs-needless",
        kind="go",
        family="go-source",
        severity=Severity.INFO,
        title="The module automaxprocs is imported though the Go runtime does its work.",
        check=_maxprocs,
    ),
    Rule(
        id="request-without-timeout",
        kind="go",
        family="go-source",
        severity=Severity.INFO,
        title="A request to another service has no time limit.",
        check=_request,
    ),
    Rule(
        id="secret-default-in-code",
        kind="go",
        family="go-source",
        severity=Severity.WARNING,
        title="A secret has a default in the code.",
        check=_secret,
        equivalents={"gosec": ("G101",)},
    ),
    Rule(
        id="runs-missing-tool",
        kind="go",
        family="go-source",
        severity=Severity.WARNING,
        title="The program runs another one that its base does not have.",
        check=_tool,
    ),
    Rule(
        id="user-lookup-without-passwd",
        kind="go",
        family="go-source",
        severity=Severity.WARNING,
        title="The program looks users up in an image without a passwd file.",
        check=_user,
    ),
)
