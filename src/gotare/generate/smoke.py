"""Which short run shows that an image works? The strongest one that its program can answer."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from gotare.plan import ImagePlan
from gotare.workload import Check, Variable, Workload

Question = Literal["version", "compose", "health", "http", "tcp", "alive", "nothing"]

SECONDS: Final = 60
"""How long a program may take until it answers."""

_FILLINGS: Final = {
    "url": "http://127.0.0.1:9",
    "port": "8080",
    "address": "127.0.0.1:9",
    "duration": "1s",
    "number": "1",
    "bool": "false",
    "path": "/tmp",  # noqa: S108 - a path in the container
}
"""What stands in for a variable that the program insists on, by its kind."""


@dataclass(frozen=True, slots=True)
class Smoke:
    """A question to an image. `question`: ask its version; start it with its backends by Compose;
    wait until its own health check says so; until it answers over HTTP; until it accepts
    connections; see that it keeps running; or nothing can be asked. `version` is asked first
    whatever the question is. `env` fills in what the program insists on."""

    question: Question
    version: tuple[str, ...] = ()
    port: int = 0
    path: str = ""
    scheme: str = "http"
    env: Mapping[str, str] = field(default_factory=dict)


def smoke_of(image: ImagePlan) -> Smoke:
    """Choose the question for an image."""
    workload = image.workload
    env = {item.name: _filling(item) for item in workload.variables if _is_missing(item)}
    if workload.kind == "cli":
        return Smoke("version" if workload.version else "nothing", workload.version)
    if workload.backends:
        return Smoke("compose", workload.version)
    outside = _from_outside(workload, env)
    check = image.run.health_check
    return replace(outside, question="health") if check and check.command else outside


def _from_outside(workload: Workload, env: Mapping[str, str]) -> Smoke:
    check = _http(workload.readiness) or _http(workload.liveness)
    if check:
        scheme = check.scheme.lower()
        return Smoke("http", workload.version, check.port, check.path, scheme, env)
    port = next((p.number for p in workload.ports if p.protocol == "tcp" and p.public), 0)
    return Smoke("tcp" if port else "alive", workload.version, port, env=env)


def _http(check: Check | None) -> Check | None:
    return check if check and check.kind == "http" else None


def _is_missing(variable: Variable) -> bool:
    return variable.required and not variable.value


def _filling(variable: Variable) -> str:
    return _FILLINGS.get(variable.kind, "smoke-test")


def docker_lines(image: ImagePlan, reference: str, host: str = "127.0.0.1") -> list[str]:
    """Return shell lines that ask `reference`, an image of the engine whose tag is `candidate`.

    `host` is where published ports are.
    """
    smoke = smoke_of(image)
    if smoke.question == "compose":
        smoke = replace(smoke, path=image.name)
    lines = []
    if smoke.version:
        lines.append(shlex.join(["docker", "run", "--rm", reference, *smoke.version]))
    lines += _ASKED[smoke.question](smoke, reference, host)
    return lines


def _run(smoke: Smoke, reference: str, *options: str) -> str:
    env = [f"--env={name}={value}" for name, value in smoke.env.items()]
    return shlex.join(["docker", "run", "--detach", "--name=smoke", *options, *env, reference])


def _ended(test: str) -> list[str]:
    return ["docker logs smoke", test, "docker rm --force smoke"]


def _health(smoke: Smoke, reference: str, host: str) -> list[str]:
    state = "docker inspect --format '{{.State.Health.Status}}' smoke"
    return [
        _run(smoke, reference, "--health-interval=1s"),
        f"for _ in $(seq {SECONDS}); do",
        f'  [ "$({state})" = starting ] || break',
        "  sleep 1",
        "done",
        *_ended(f'[ "$({state})" = healthy ]'),
    ]


def _over_http(smoke: Smoke, reference: str, host: str) -> list[str]:
    url = f"{smoke.scheme}://{host}:{smoke.port}{smoke.path}"
    insecure = " --insecure" if smoke.scheme == "https" else ""
    ask = f"curl --fail --silent --show-error --output /dev/null --max-time 3{insecure}"
    return [
        _run(smoke, reference, f"--publish={smoke.port}:{smoke.port}"),
        f"for _ in $(seq {SECONDS}); do",
        f"  {ask} {shlex.quote(url)} && break",
        "  sleep 1",
        "done",
        *_ended(f"{ask} {shlex.quote(url)}"),
    ]


_RUNNING: Final = """[ "$(docker inspect --format '{{.State.Running}}' smoke)" = true ]"""


def _over_tcp(smoke: Smoke, reference: str, host: str) -> list[str]:
    return [
        _run(smoke, reference, f"--publish={smoke.port}:{smoke.port}"),
        f"for _ in $(seq {SECONDS}); do",
        f"  nc -z {host} {smoke.port} && break",
        "  sleep 1",
        "done",
        "sleep 2  # an engine accepts connections before the program does: it must not have ended",
        *_ended(_RUNNING),
    ]


def _alive(smoke: Smoke, reference: str, host: str) -> list[str]:
    return [_run(smoke, reference), "sleep 5", *_ended(_RUNNING)]


def _compose(smoke: Smoke, reference: str, host: str) -> list[str]:
    """Start the program with what it needs; `path` is the service's name."""
    name = shlex.quote(smoke.path)
    restarts = "docker inspect --format '{{.RestartCount}}'"
    return [
        "if [ -f compose.yaml ]; then",
        "  export TAG=candidate",
        "  [ ! -f .env.example ] || cp .env.example .env",
        f"  docker compose up --detach --no-build --wait --wait-timeout {2 * SECONDS} {name} ||",
        f"    {{ docker compose logs {name}; exit 1; }}",
        "  sleep 2",
        f'  [ "$({restarts} "$(docker compose ps --quiet {name})")" = 0 ]',
        "  docker compose down --volumes",
        "fi",
    ]


def _nothing(smoke: Smoke, reference: str, host: str) -> list[str]:
    return []


_ASKED: Final = {
    "version": _nothing,
    "compose": _compose,
    "health": _health,
    "http": _over_http,
    "tcp": _over_tcp,
    "alive": _alive,
    "nothing": _nothing,
}


def explained(image: ImagePlan) -> Iterator[str]:
    """Yield why an image is asked no more than it is."""
    if smoke_of(image).question == "nothing":
        yield f"{image.name} has no command that only prints, so it is not run here"
