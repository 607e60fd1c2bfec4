"""How images are tried: the right question, and the scripts for real, with and without engine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from gotare.generate.smoke import docker_lines, explained, smoke_of
from gotare.generate.smoke_rootfs import rootfs_lines
from gotare.oci.image import HealthCheck
from gotare.plan import ImagePlan
from gotare.workload import Backend, Check, Port, Variable, Workload
from tests.build.run import HOST, load, result
from tests.conftest import ROOT
from tests.engine import Engine
from tests.generate import plans
from tests.oci.engines import unique_name

GOTARE = Path(sys.executable).parent
HTTP = Check("http", 8080, "/readyz")
WEB = Port(8080, "http")


def service(**changes: object) -> ImagePlan:
    return plans.image("app", workload=Workload(**changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("image", "question", "path"),
    [
        (service(kind="cli"), "nothing", ""),
        (service(kind="cli", version=("-v",)), "version", ""),
        (service(ports=(WEB,), readiness=HTTP), "http", "/readyz"),
        (service(ports=(WEB,), liveness=replace(HTTP, path="/live")), "http", "/live"),
        (service(ports=(Port(50051, "grpc", application="grpc"),)), "tcp", ""),
        (service(kind="worker"), "alive", ""),
        (service(ports=(Port(53, "dns", "udp", "udp"),)), "alive", ""),
        (service(backends=(Backend("redis", "redis", 6379),)), "compose", ""),
    ],
)
def test_the_question(image: ImagePlan, question: str, path: str) -> None:
    smoke = smoke_of(image)
    assert (smoke.question, smoke.path) == (question, path)
    assert bool(docker_lines(image, "app:candidate")) == (question != "nothing")
    assert bool(list(explained(image))) == (question == "nothing")


def test_the_images_own_check_is_asked_where_there_is_one() -> None:
    image = service(ports=(WEB,), readiness=HTTP)
    image = replace(image, run=replace(image.run, health_check=HealthCheck(("/app", "check"))))
    assert smoke_of(image).question == "health"
    off = replace(image, run=replace(image.run, health_check=HealthCheck(())))
    assert smoke_of(off).question == "http"


def test_what_the_program_insists_on_is_filled_in() -> None:
    variables = (
        Variable("TOKEN", required=True, secret=True),
        Variable("PEER", required=True, kind="url"),
        Variable("LEVEL", "info", required=True),
        Variable("OPTION"),
    )
    smoke = smoke_of(service(ports=(WEB,), variables=variables))
    assert smoke.env == {"TOKEN": "smoke-test", "PEER": "http://127.0.0.1:9"}


# for real


@pytest.fixture(scope="module")
def hello(tmp_path_factory: pytest.TempPathFactory, go: Path) -> Path:
    """examples/hello, built into its folder `dist` as hello:candidate."""
    folder = tmp_path_factory.mktemp("smoke")
    project = folder / "hello"
    shutil.copytree(ROOT / "examples/hello", project, ignore=shutil.ignore_patterns("dist"))
    result(project, folder / "cache", "-t", "hello:candidate")
    assert load(project / "dist").root.digest
    return project


def hello_image(**changes: object) -> ImagePlan:
    """The plan of examples/hello as the tests ask it."""
    workload = Workload(ports=(WEB,), readiness=replace(HTTP, path="/health"), version=("version",))
    image = plans.image("hello", workload=replace(workload, **changes))  # type: ignore[arg-type]
    check = HealthCheck(("/usr/local/bin/hello", "healthcheck"), 30, 5, 2)
    return replace(image, run=replace(image.run, health_check=check))


def script(folder: Path, lines: list[str], **env: str) -> subprocess.CompletedProcess[str]:
    path = f"{env.pop('PATH', '')}:{GOTARE}:{os.environ['PATH']}".lstrip(":")
    return subprocess.run(
        ["sh", "-ec", "\n".join(lines)],
        cwd=folder,
        env={**os.environ, **env, "PATH": path},
        capture_output=True,
        text=True,
    )


UP = (
    "python -c 'import fcntl, socket, struct; s = socket.socket(); "
    'fcntl.ioctl(s, 0x8914, struct.pack("16sh14x", b"lo", 0x49))\''
)
"""Brings the loopback up: SIOCSIFFLAGS with IFF_UP, IFF_LOOPBACK and IFF_RUNNING."""


def alone(folder: Path, lines: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a script in a network of its own, so that its port is free, and processes of its own, so
    that none outlives it."""
    if os.geteuid() != 0 or not shutil.which("unshare"):
        pytest.skip("a chroot needs root and util-linux")
    return subprocess.run(
        [
            "unshare",
            "--net",
            "--pid",
            "--fork",
            "--kill-child",
            "sh",
            "-ec",
            "\n".join([UP, *lines]),
        ],
        cwd=folder,
        env={**os.environ, "PATH": f"{GOTARE}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.root
def test_without_an_engine(hello: Path) -> None:
    done = alone(hello, rootfs_lines(hello_image(), str(HOST)))
    assert done.returncode == 0, done.stderr
    assert "hello" in done.stdout


@pytest.mark.root
def test_without_an_engine_a_wrong_answer_fails(hello: Path) -> None:
    image = hello_image(readiness=replace(HTTP, path="/absent"))
    lines = [line.replace("seq 60", "seq 1") for line in rootfs_lines(image, str(HOST))]
    done = alone(hello, lines)
    assert done.returncode == 22  # curl: the server answered 404
    dead = hello_image(readiness=None, version=("no-such-command",))
    assert alone(hello, rootfs_lines(dead, str(HOST))).returncode not in (0, 22)


@pytest.fixture
def loaded(hello: Path, engine: Engine, tmp_path: Path) -> tuple[Path, dict[str, str], str]:
    """A folder, an environment whose `docker` has no network but its own, and an image's name."""
    name = unique_name("smoke").partition(":")[0] + ":candidate"
    copy = ["gotare", "copy", "oci:dist:hello:candidate", f"docker-daemon:{name}"]
    done = script(hello, [" ".join(copy)], DOCKER_HOST=engine.host)
    assert done.returncode == 0, done.stderr
    docker = tmp_path / "docker"
    real = shutil.which("docker")
    word = unique_name("smoke").partition(":")[0]
    (tmp_path / "container").write_text(word)
    docker.write_text(
        "#!/bin/sh\n"
        f'for arg; do shift; [ "$arg" = --name=smoke ] && arg=--name={word}\n'
        f'[ "$arg" = smoke ] && arg={word}; set -- "$@" "$arg"; done\n'
        'if [ "$1" = run ]; then shift; set -- run --network=none "$@"; fi\n'
        f'exec {real} "$@"\n'
    )
    docker.chmod(0o755)
    return tmp_path, {"PATH": str(tmp_path), "DOCKER_HOST": engine.host}, name


@pytest.mark.engine
def test_with_an_engine(loaded: tuple[Path, dict[str, str], str], engine: Engine) -> None:
    folder, env, name = loaded
    with engine.image(name):
        done = script(folder, docker_lines(hello_image(), name), **env)
        assert done.returncode == 0, done.stdout + done.stderr
        assert '"msg":"listening"' in done.stdout + done.stderr


@pytest.mark.engine
def test_with_an_engine_an_unhealthy_image_fails(
    loaded: tuple[Path, dict[str, str], str], engine: Engine
) -> None:
    folder, env, name = loaded
    lines = docker_lines(hello_image(version=()), name)
    options = "--health-interval=1s --health-retries=1 --health-start-period=0s --health-cmd=false"
    lines[0] = lines[0].replace("--health-interval=1s", options)
    with engine.image(name):
        done = script(folder, lines, **env)
        assert done.returncode == 1, done.stdout + done.stderr
        engine.docker("rm", "--force", (folder / "container").read_text())
