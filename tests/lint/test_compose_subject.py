"""A Compose file as services: short and long forms say the same."""

from __future__ import annotations

import pytest

from gotare.lint.compose import ComposeSubject, Port, Service, compose_of, is_development
from gotare.lint.subjects import Surroundings


def subject(text: str, path: str = "compose.yaml") -> ComposeSubject:
    return compose_of(path, text, Surroundings())


def service(text: str) -> Service:
    lines = "".join(f"    {line}\n" for line in text.splitlines())
    return subject(f"services:\n  api:\n{lines}").services[0]


def numbers(port: Port) -> tuple[str, int | None, int | None, str]:
    return port.host, port.published, port.target, port.protocol


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ('"8080"', ("", None, 8080, "tcp")),
        ('"80:8080"', ("", 80, 8080, "tcp")),
        ('"127.0.0.1:80:8080"', ("127.0.0.1", 80, 8080, "tcp")),
        ('"[::1]:80:8080/udp"', ("[::1]", 80, 8080, "udp")),
        ('"127.0.0.1::8080"', ("127.0.0.1", None, 8080, "tcp")),
        ('"${PORT:-80}:8080"', ("", None, 8080, "tcp")),
        ('"3000-3005:3000-3005"', ("", None, None, "tcp")),
        ('"80:8080:90:1"', ("", None, None, "tcp")),
        ("{target: 8080, published: '80', host_ip: 127.0.0.1}", ("127.0.0.1", 80, 8080, "tcp")),
        ("{target: 53, protocol: udp}", ("", None, 53, "udp")),
    ],
)
def test_ports(written: str, read: tuple[str, int | None, int | None, str]) -> None:
    (port,) = service(f"ports:\n  - {written}").ports
    assert numbers(port) == read


def test_environment_of_either_form() -> None:
    listed = service("environment:\n  - A=1\n  - B\n  - C=x=y")
    mapped = service("environment:\n  A: 1\n  B:\n  C: x=y")
    for each in (listed, mapped):
        said = [(setting.name, setting.value) for setting in each.environment]
        assert said == [("A", "1"), ("B", None), ("C", "x=y")]


def test_mounts_of_either_form() -> None:
    short = service("volumes:\n  - ./a:/b:ro\n  - data:/c\n  - /d\n  - ${DIR:-./x}:/e")
    long = service(
        "volumes:\n"
        "  - {type: bind, source: ./a, target: /b, read_only: true}\n"
        "  - {type: volume, source: data, target: /c}\n"
        "  - {type: volume, target: /d}\n"
        "  - {type: bind, source: '${DIR:-./x}', target: /e}"
    )
    for each in (short, long):
        assert [(m.source, m.target, m.read_only) for m in each.mounts] == [
            ("./a", "/b", True),
            ("data", "/c", False),
            ("", "/d", False),
            ("${DIR:-./x}", "/e", False),
        ]
    assert [mount.is_bind for mount in short.mounts] == [True, False, False, False]


def test_tmpfs_of_every_form() -> None:
    assert service("tmpfs: /tmp:size=1m").tmpfs == ("/tmp",)
    assert service("tmpfs: [/tmp, '/run:mode=1777']").tmpfs == ("/tmp", "/run")
    assert service("volumes:\n  - {type: tmpfs, target: /x}").tmpfs == ("/x",)


def test_what_is_built() -> None:
    built = service("build:\n  context: ./app\n  dockerfile: Dockerfile.dev\n  target: x")
    assert (built.is_built, built.dockerfile, built.target) == (True, "./app/Dockerfile.dev", "x")
    assert built.is_development
    assert service("build: .").dockerfile == "./Dockerfile"
    assert service("build: {dockerfile_inline: FROM x}").dockerfile == ""
    assert not service("image: x").is_built


def test_what_another_file_says_is_not_whole() -> None:
    assert not service("ports: ['80:80']").is_whole
    assert not service("image: x\nextends: {service: y}").is_whole
    assert service("image: x").is_whole


@pytest.mark.parametrize(
    ("path", "development"),
    [
        ("compose.yaml", False),
        ("deploy/docker-compose.prod.yml", False),
        ("latest/compose.yaml", False),
        ("docker-compose.dev.yml", True),
        ("compose.override.yaml", True),
        ("docker-compose-test.yml", True),
        (".devcontainer/docker-compose.yml", True),
        ("test/compose.yaml", True),
        ("/home/me/test/compose.yaml", False),
    ],
)
def test_files_for_development(path: str, development: bool) -> None:
    assert is_development(path) is development


@pytest.mark.parametrize(
    "text", ["", "- a\n", "services: 1\n", "services: [a]\n", "services:\n  a:\n"]
)
def test_files_of_another_shape_have_no_services(text: str) -> None:
    assert subject(text).services == ()


def test_what_cannot_be_read_is_an_error() -> None:
    made = subject("services: [\n")
    assert [error.kind for error in made.errors] == ["broken"]
    assert made.services == ()
