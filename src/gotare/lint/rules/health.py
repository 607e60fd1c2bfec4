"""Does the image say how to ask whether its program is well, and where it listens?"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from gotare.findings import Fix, Severity
from gotare.lint.dockerfile.edit import insert_before, replace
from gotare.lint.dockerfile.model import Exec
from gotare.lint.dockerfile.run_programs import Image, facts_of, images_in, plan_of
from gotare.lint.dockerfile.runs import ran_by
from gotare.lint.dockerfile.shipping import titled
from gotare.lint.dockerfile.spans import arguments, written
from gotare.lint.dockerfile.syntax import Instruction, Span
from gotare.lint.rule import Found, Rule
from gotare.lint.rules.exec_forms import looks_like_json
from gotare.lint.rules.users import shown
from gotare.lint.subjects import DockerfileSubject

if TYPE_CHECKING:
    from gotare.golang.facts.types import Listener, ProgramFacts

_TOOLS: Final = frozenset({
    "curl", "wget", "nc", "netcat", "pgrep", "ps", "grpc_health_probe", "grpcurl", "http", "test",
    "cat", "sh", "bash", "ss", "netstat", "pidof", "stat", "ls", "[", "python3", "python",
    "redis-cli",
})  # fmt: skip
_URL: Final = re.compile(r"https?://(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\])[^\s\"'|;&)]*")
_HEALTH_PATH: Final = re.compile(
    r"/(?:[\w-]+/)*(?:health|healthz|healthcheck|health-check|live|livez|liveness|ready|readyz"
    r"|readiness|ping|status|alive|up)/?"
)
_SIGNALS: Final = {1: "HUP", 2: "INT", 3: "QUIT", 9: "KILL", 10: "USR1", 12: "USR2", 15: "TERM"}
_PRIVILEGED: Final = 1024


def _checked(subject: DockerfileSubject) -> Iterator[tuple[Image, Exec, Instruction]]:
    """Yield the images with a health check, its command and the HEALTHCHECK."""
    for image in images_in(subject):
        check = image.stage.state.healthcheck
        if check is not None and check.command is not None and check.at.inner is not None:
            yield image, check.command, check.at


def _shell_form(subject: DockerfileSubject) -> Iterator[Found]:
    for image, command, at in _checked(subject):
        inner = at.inner
        if inner is None or command.form != "shell" or looks_like_json(inner):
            continue
        if image.contents.shell == "no":
            yield Found(
                "the shell form of HEALTHCHECK needs a shell, and "
                f"{titled(subject.build, image.stage)} has none: the check always fails",
                arguments(inner),
                'let the program check itself: CMD ["/app", "healthcheck"]',
            )


def _tool_missing(subject: DockerfileSubject) -> Iterator[Found]:
    for image, command, at in _checked(subject):
        for name, span in _programs(subject, command, at):
            missing = image.contents.tool(name) == "no" and not _mentioned(subject, image, name)
            if name in _TOOLS and missing and _can_run(image, command):
                yield Found(
                    f"HEALTHCHECK runs {name}, which {titled(subject.build, image.stage)} "
                    f"({shown(image.stage.root)}) does not have",
                    span,
                    _other_tool(image, name),
                )


def _can_run(image: Image, command: Exec) -> bool:
    """Whether the shell that a shell form needs is there; else that is said already."""
    return command.form == "json" or image.contents.shell != "no"


def _programs(
    subject: DockerfileSubject, command: Exec, at: Instruction
) -> Iterator[tuple[str, Span]]:
    """Yield the programs that a check runs, by name."""
    if command.form == "json" and at.inner and at.inner.words:
        word = at.inner.words[0]
        yield posixpath.basename(word.text), word.span
        return
    for ran in ran_by(subject.build, at, subject.around):
        if ran.plain.words and not ran.command.broken:
            yield ran.plain.name, ran.where(ran.plain.words[0])


def _mentioned(subject: DockerfileSubject, image: Image, name: str) -> bool:
    """Whether an instruction of the image names the tool, so that it may be there after all."""
    return any(
        re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", subject.file.slice(instruction.span))
        for stage in image.stage.chain
        for instruction in stage.named("RUN", "COPY", "ADD")
    )


def _other_tool(image: Image, name: str) -> str:
    if name == "curl" and image.contents.tool("wget") == "yes":
        return "wget is there: wget -q --spider URL"
    if image.contents.shell == "no":
        return 'let the program check itself: CMD ["/app", "healthcheck"]'
    return f"install {name}, or let the program check itself"


def _missing(subject: DockerfileSubject) -> Iterator[Found]:
    for image in images_in(subject):
        state = image.stage.state
        if state.healthcheck is not None or not image.runs_go:
            continue
        facts = facts_of(subject, image)
        plan = plan_of(subject, facts) if facts else None
        serves = bool(plan and plan.workload.ports and plan.workload.kind == "service")
        if serves or (subject.around.project is None and state.ports):
            yield Found(
                f"{titled(subject.build, image.stage)} serves, and says nothing of how to check it",
                _command_span(image),
                "HEALTHCHECK is for Docker and Compose; Kubernetes has probes of its own",
            )


def _command_span(image: Image) -> Span:
    command = image.stage.state.entrypoint or image.stage.state.cmd
    return written(command.at) if command and command.at else image.stage.source.keyword


# what the code says


def _listeners(facts: ProgramFacts | None) -> list[Listener] | None:
    """Return where a program listens; None where not all of that is known for certain."""
    if facts is None or not facts.listeners or any(u.what == "port" for u in facts.unknown):
        return None
    found = [each for each in facts.listeners if each.protocol != "unix"]
    return found if found and all(each.port for each in found) else None


def _ports(image: Image, facts: ProgramFacts | None) -> dict[int, str] | None:
    """Return the ports that the program of an image listens on, each with the place in the code;
    None where flags, variables or arguments may change that."""
    listeners = _listeners(facts)
    if listeners is None:
        return None
    state, found = image.stage.state, {}
    said = " ".join(word for e in (state.entrypoint, state.cmd) if e for word in e.words)
    for each in listeners:
        port, env = each.port or 0, state.env
        if each.flag and re.search(rf"--?{re.escape(each.flag.lstrip('-'))}\b", said):
            return None
        if each.variable in env:
            number = re.search(r"(\d+)$", env[each.variable] or "")
            if number is None:
                return None
            port = int(number[1])
        found[port] = str(each.at)
    return found


def _wrong_port_or_path(subject: DockerfileSubject) -> Iterator[Found]:
    for image, _, at in _checked(subject):
        found = _URL.search(at.value)
        if not found or "$" in found[0]:
            continue
        facts = facts_of(subject, image)
        ports = _ports(image, facts)
        parts = urlsplit(found[0])
        port = parts.port or (443 if parts.scheme == "https" else 80)
        span = at.place(*found.span())
        if ports is not None and port not in ports:
            known = ", ".join(f"{number} ({where})" for number, where in ports.items())
            yield Found(
                f"HEALTHCHECK asks port {port}, and the program listens on {known}",
                span,
                f"ask port {min(ports)}",
                _port_fix(found[0], span, port, ports),
            )
        elif facts is not None:
            yield from _wrong_path(facts, parts.path or "/", span)


def _port_fix(url: str, span: Span, port: int, ports: dict[int, str]) -> Fix | None:
    if len(ports) != 1 or f":{port}" not in url:
        return None
    text = url.replace(f":{port}", f":{next(iter(ports))}", 1)
    return Fix((replace(span, text),), True, "ask the port that the program listens on")


def _wrong_path(facts: ProgramFacts, path: str, span: Span) -> Iterator[Found]:
    roles = ("live", "ready", "health", "startup")
    routes = {r.path.rstrip("/"): r for r in facts.routes if r.role in roles}
    other = next((r for p, r in routes.items() if p.startswith("/")), None)
    if other and path.rstrip("/") not in routes and _HEALTH_PATH.fullmatch(path):
        yield Found(
            f"HEALTHCHECK asks {path}, and the program answers {other.path} ({other.at})",
            span,
            f"ask {other.path}",
        )


# ports


def _expose_disagrees(subject: DockerfileSubject) -> Iterator[Found]:
    for image in images_in(subject):
        exposed = [p for p in image.stage.state.ports if p.first == p.last]
        if not exposed or len(exposed) != len(image.stage.state.ports):
            continue
        ports = _ports(image, facts_of(subject, image))
        for port in exposed if ports else ():
            if ports and port.first not in ports:
                known = ", ".join(f"{number} ({where})" for number, where in ports.items())
                text = port.word.text.replace(str(port.first), str(next(iter(ports))))
                plain = len(ports) == len(exposed) == 1 and "$" not in port.word.text
                yield Found(
                    f"EXPOSE says {port.first}, and the program listens on {known}",
                    port.word.span,
                    f"write EXPOSE {min(ports)}",
                    Fix((replace(port.word.span, text),), True, "write the port")
                    if plain
                    else None,
                )


def _expose_missing(subject: DockerfileSubject) -> Iterator[Found]:
    for image in images_in(subject):
        if image.stage.state.ports or not image.runs_go:
            continue
        ports = _ports(image, facts_of(subject, image))
        command = image.stage.state.entrypoint or image.stage.state.cmd
        if ports and command and command.at:
            said = " ".join(map(str, sorted(ports)))
            own = command.at in image.stage.instructions
            edit = insert_before(subject.file, command.at, [f"EXPOSE {said}"])
            yield Found(
                f"the program listens on {said.replace(' ', ', ')}, and no EXPOSE says so",
                written(command.at),
                f"write EXPOSE {said}",
                Fix((edit,), True, "add EXPOSE") if own else None,
            )


def _privileged_port(subject: DockerfileSubject) -> Iterator[Found]:
    for image in images_in(subject):
        state = image.stage.state
        low = [p for p in state.ports if p.first < _PRIVILEGED]
        if state.is_root is not False or not low or not image.runs_go:
            continue
        ports = _ports(image, facts_of(subject, image))
        for port in low:
            if ports is None or port.first in ports:
                yield Found(
                    f"{state.user} may not listen on {port.first} where the runtime keeps Linux's "
                    "default: ports below 1024 are root's",
                    port.word.span,
                    "listen on 8080 and map it: docker run -p, or the Service's targetPort",
                    severity=Severity.WARNING if ports else None,
                )


# signals


def _stop_signal(subject: DockerfileSubject) -> Iterator[Found]:
    for image in images_in(subject):
        state = image.stage.state
        signal = _plain_signal(state.stop_signal or "TERM")
        if state.stop_signal_at is not None and signal == "KILL":
            what = "STOPSIGNAL SIGKILL gives the program no moment to finish its work"
            yield Found(what, written(state.stop_signal_at), "leave it out: SIGTERM is the default")
            continue
        facts = facts_of(subject, image) if signal else None
        if facts is None or facts.shutdown is None or "signals" in facts.elsewhere:
            continue
        heard = [_plain_signal(each) for each in facts.shutdown.signals]
        if heard and signal not in heard:
            yield _unheard(subject, image, signal, facts)


def _unheard(subject: DockerfileSubject, image: Image, signal: str, facts: ProgramFacts) -> Found:
    state, shutdown = image.stage.state, facts.shutdown
    heard = _plain_signal(shutdown.signals[0]) if shutdown else "TERM"
    what = f"SIG{signal} stops a container of this image, and the program hears SIG{heard}"
    at, command = state.stop_signal_at, state.entrypoint or state.cmd
    evidence = f" ({shutdown.at})" if shutdown else ""
    if at is not None:
        fix = Fix((replace(arguments(at), f"SIG{heard}"),), True, "name the signal that is heard")
        return Found(what + evidence, written(at), f"write STOPSIGNAL SIG{heard}", fix)
    added = command and command.at in image.stage.instructions and command.at
    edits = (insert_before(subject.file, added, [f"STOPSIGNAL SIG{heard}"]),) if added else ()
    return Found(
        what + evidence,
        _command_span(image),
        f"write STOPSIGNAL SIG{heard}, or hear SIGTERM in the code",
        Fix(edits, True, "name the signal that is heard") if edits else None,
    )


def _plain_signal(text: str) -> str:
    """Return INT for SIGINT, syscall.SIGINT, os.Interrupt and 2; "" for what is no signal."""
    word = text.rpartition(".")[2].upper().strip("\"'")
    if word.isdecimal():
        return _SIGNALS.get(int(word), "")
    named = {"INTERRUPT": "INT", "KILL": "KILL"}
    return named.get(word, word.removeprefix("SIG"))


_rule = partial(Rule, kind="dockerfile", family="runtime")

RULES: Final = (
    _rule(
        id="shell-form-healthcheck",
        severity=Severity.ERROR,
        title="HEALTHCHECK needs a shell, and the image has none.",
        check=_shell_form,
        equivalents={"hadolint": ("DL3025",)},
    ),
    _rule(
        id="healthcheck-tool-missing",
        severity=Severity.ERROR,
        title="HEALTHCHECK runs a program that the image does not have.",
        check=_tool_missing,
    ),
    _rule(
        id="healthcheck-missing",
        severity=Severity.INFO,
        title="The image serves, and has no HEALTHCHECK.",
        check=_missing,
        equivalents={
            "hadolint": ("DL3057",),
            "trivy": ("DS026",),
            "checkov": ("CKV_DOCKER_2",),
            "dockle": ("CIS-DI-0006",),
        },
    ),
    _rule(
        id="healthcheck-wrong-port-or-path",
        severity=Severity.WARNING,
        title="HEALTHCHECK asks where the program does not answer.",
        check=_wrong_port_or_path,
        fixes="safe",
    ),
    _rule(
        id="expose-disagrees",
        severity=Severity.WARNING,
        title="EXPOSE names a port that the program does not listen on.",
        check=_expose_disagrees,
        fixes="safe",
    ),
    _rule(
        id="expose-missing",
        severity=Severity.INFO,
        title="The program listens, and no EXPOSE says where.",
        check=_expose_missing,
        fixes="safe",
    ),
    _rule(
        id="privileged-port",
        severity=Severity.INFO,
        title="A user that is not root listens on a port below 1024.",
        check=_privileged_port,
    ),
    _rule(
        id="stop-signal-not-heard",
        severity=Severity.WARNING,
        title="The container is stopped by a signal that the program does not hear.",
        check=_stop_signal,
        fixes="safe",
        equivalents={"tally": ("tally/no-ungraceful-stopsignal",)},
    ),
)
