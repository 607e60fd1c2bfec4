"""Where is a finding in a Compose file less bad than its rule says?"""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from gotare.findings import Severity
from gotare.lint.run import Source, lint_text
from gotare.lint.subjects import Surroundings
from tests.lint.cases import only

WARNING, INFO = Severity.WARNING, Severity.INFO


def graded(
    rule: str, text: str, texts: Mapping[str, str] | None = None, *files: str
) -> list[Severity]:
    """Return how bad the findings of a rule in a Compose file are."""
    said = dict(texts or {})
    around = Surroundings(texts=said, files=frozenset((*said, *files)), here="compose.yaml")
    linted = lint_text(Source("compose.yaml", "compose", text), around, only(rule))
    assert linted.failures == ()
    return [found.severity for found in linted.findings]


def service(*lines: str, name: str = "api", image: str = "registry.example.com/api:1.4.2") -> str:
    """Return a file with one service."""
    return "\n".join(["services:", f"  {name}:", f"    image: {image}", *lines, ""])


@pytest.mark.parametrize(
    ("lines", "severity"),
    [
        (("    environment: [API_TOKEN=9f86d081884c7d65]",), WARNING),
        (("    environment: [API_TOKEN=changeme]",), INFO),
        (("    environment: [DB_USER=zaphod, DB_PASSWORD=zaphod]",), INFO),
        (("    environment: [DB_USER=arthur, DB_PASSWORD=zaphod]",), WARNING),
        (("    environment: [URL=amqp://guest:guest@mq:5672/]",), INFO),
    ],
)
def test_secrets_that_anybody_guesses(lines: tuple[str, ...], severity: Severity) -> None:
    assert graded("compose-plain-secret", service(*lines)) == [severity]


def test_a_file_that_is_for_development_by_its_first_comment_may_hold_passwords() -> None:
    text = service("    environment: [API_TOKEN=9f86d081884c7d65]")
    assert graded("compose-plain-secret", f"# For development only\n{text}") == []


SOCKET = "    volumes: [/var/run/docker.sock:/var/run/docker.sock]"


@pytest.mark.parametrize(
    ("name", "image", "severity"),
    [
        ("api", "registry.example.com/api:1.4.2", WARNING),
        ("proxy", "traefik:v3.5", WARNING),
        ("jobs", "mcuadros/ofelia:0.3", INFO),
        ("socket-proxy", "tecnativa/docker-socket-proxy:0.3", INFO),
        ("watch", "portainer/portainer-ce:2.21.0", INFO),
    ],
)
def test_the_socket_is_the_work_of_some(name: str, image: str, severity: Severity) -> None:
    assert graded("compose-docker-socket", service(SOCKET, name=name, image=image)) == [severity]


@pytest.mark.parametrize(
    ("rule", "line", "name", "severity"),
    [
        ("privileged", "    privileged: true", "api", WARNING),
        ("privileged", "    privileged: true # mounts the volumes of the test", "api", INFO),
        ("privileged", "    privileged: true", "ebpf-profiler", INFO),
        ("host-namespace", "    pid: host", "api", WARNING),
        ("host-namespace", "    pid: host # finds the processes that it measures", "api", INFO),
        ("host-namespace", "    pid: host", "node-exporter", INFO),
        ("capability-added", "    cap_add: [NET_ADMIN]", "api", WARNING),
        ("capability-added", "    cap_add: [NET_ADMIN]", "wireguard", INFO),
        ("capability-added", "    cap_add:\n      - NET_ADMIN # for DHCP", "api", INFO),
        ("unconfined", "    security_opt: [seccomp:unconfined]", "api", WARNING),
        (
            "unconfined",
            "    security_opt: # MariaDB issue 434\n      - seccomp:unconfined",
            "db",
            INFO,
        ),
        ("unconfined", "    security_opt:\n      - apparmor=unconfined # FUSE", "api", INFO),
    ],
)
def test_rights_that_are_needed(rule: str, line: str, name: str, severity: Severity) -> None:
    assert graded(f"compose-{rule}", service(line, name=name)) == [severity]


def test_a_service_that_is_not_confined_is_told_of_once() -> None:
    options = "    security_opt: [seccomp:unconfined, apparmor:unconfined]"
    assert graded("compose-unconfined", service(options)) == [WARNING]


CHECKED = """services:
  {name}:
    image: {image}
    depends_on: [db]
  db:
    image: postgres:18-alpine
    healthcheck: {{test: [CMD, pg_isready]}}
"""


@pytest.mark.parametrize(
    ("name", "image", "severity"),
    [
        ("api", "registry.example.com/api:1.4.2", WARNING),
        ("front", "nginx:1.29-alpine", INFO),
        ("nginx-proxy", "registry.example.com/front:1", INFO),
        ("front", "docker.io/library/traefik:v3", INFO),
        ("engine", "registry.example.com/enginex:1", WARNING),
    ],
)
def test_who_only_passes_on_need_not_wait(name: str, image: str, severity: Severity) -> None:
    text = CHECKED.format(name=name, image=image)
    assert graded("compose-depends-on-condition", text) == [severity]


@pytest.mark.parametrize(
    ("image", "files", "severity"),
    [
        ("ghcr.io/me/tool:latest", ("LICENSE",), INFO),
        ("other/tool", ("LICENSE.md",), INFO),
        ("me/helper:latest", ("COPYING",), INFO),
        ("ghcr.io/me/tool:latest", (), WARNING),
        ("redis:latest", ("LICENSE",), WARNING),
    ],
)
def test_published_programs_may_be_the_newest(
    image: str, files: tuple[str, ...], severity: Severity
) -> None:
    module = {"go.mod": "module github.com/me/tool/v2\n"}
    assert graded("compose-image-latest", service(image=image), module, *files) == [severity]


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ("TOKEN=9f86d081884c7d65\n", WARNING),
        ("IMAGE=nginx:1.29\n# TOKEN=9f86d081884c7d65\n", INFO),
        ('POSTGRES_PASSWORD="changeit" # for the demo\n', INFO),
        ("APP_ASTRONOMY_PASSWORD=astronomy_password\n", INFO),
    ],
)
def test_a_committed_env_without_secrets(text: str, severity: Severity) -> None:
    texts = {".env": text, ".gitignore": "/bin\n"}
    assert graded("compose-env-committed", service("    env_file: .env"), texts) == [severity]


def test_what_a_service_depends_on_may_be_in_the_file_below() -> None:
    text = service("    depends_on: [db]")
    below = {"docker-compose.yml": "services: {db: {image: 'postgres:18'}}\n"}
    assert graded("compose-unknown-dependency", text, below) == []
    assert graded("compose-unknown-dependency", text, {"x.yml": "services: {db: {}}"}) == [
        Severity.ERROR
    ]
