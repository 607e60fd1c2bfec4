"""Images of `gotare build` are read, unpacked and run by the programs of others."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gotare.oci.layout import Layout
from tests.build.projects import example
from tests.build.run import Image, check, gotare, load, result
from tests.conftest import need
from tests.engine import Engine
from tests.oci.engines import podman_command, unique_name

PATIENCE = 30.0
NO_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Built:
    """examples/hello as an image, and where it is."""

    project: Path
    cache: Path
    image: Image
    archive: Path

    @property
    def layout(self) -> Path:
        """The OCI layout."""
        return self.project / "dist"

    @property
    def digest(self) -> str:
        """The manifest's digest."""
        return self.image.root.digest


@pytest.fixture(scope="module")
def hello(go: Path, tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("runs")
    project = example("hello", folder / "hello")
    places = ["--oci-layout=dist", "--docker-archive=hello.tar", "--version=1.2.3"]
    result(project, folder / "cache", *places)
    return Built(project, folder / "cache", load(project / "dist"), project / "hello.tar")


def run(*command: str | Path) -> str:
    """Run a program that must succeed; return what it prints."""
    done = subprocess.run([str(word) for word in command], capture_output=True, timeout=300)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return done.stdout.decode()


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def health(port: int) -> dict[str, str]:
    """Wait until the service answers; return its answer."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with NO_PROXY.open(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
                document: dict[str, str] = json.load(answer)
                return document
        except OSError:
            assert time.monotonic() < deadline, f"nobody answers on port {port}"
            time.sleep(0.05)


def user_of(pid: int) -> str:
    """Return the user and group that a process runs as."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    ids = {line.split()[0]: line.split()[1] for line in lines if line.startswith(("Uid:", "Gid:"))}
    return f"{ids['Uid:']}:{ids['Gid:']}"


# read by others


def test_skopeo_copies_and_inspects(hello: Built, tmp_path: Path) -> None:
    need("skopeo")
    copied = tmp_path / "copied"
    run("skopeo", "copy", "--insecure-policy", f"oci:{hello.layout}:hello", f"oci:{copied}:hello")
    assert Layout(copied).resolve("hello").digest == hello.digest
    told = json.loads(run("skopeo", "inspect", f"oci:{hello.layout}:hello"))
    assert told["Digest"] == hello.digest
    assert (told["Architecture"], told["Os"]) == ("amd64", "linux")
    assert told["Labels"]["org.opencontainers.image.version"] == "1.2.3"
    assert len(told["Layers"]) == 5
    config = json.loads(run("skopeo", "inspect", "--config", f"oci:{hello.layout}:hello"))
    assert config["config"]["Entrypoint"] == ["/usr/local/bin/hello"]
    archive = json.loads(run("skopeo", "inspect", f"docker-archive:{hello.archive}"))
    assert archive["Labels"] == told["Labels"]


def test_skopeo_converts_to_dockers_format(hello: Built, tmp_path: Path) -> None:
    need("skopeo")
    copied = tmp_path / "copied"
    source = f"oci:{hello.layout}:hello"
    run("skopeo", "copy", "--insecure-policy", "--format=v2s2", source, f"dir:{copied}")
    manifest = json.loads((copied / "manifest.json").read_bytes())
    assert manifest["mediaType"] == "application/vnd.docker.distribution.manifest.v2+json"


def test_skopeo_chooses_a_platform(tmp_path: Path, go: Path) -> None:
    need("skopeo")
    project = example("hello", tmp_path / "hello")
    result(project, tmp_path / "cache", "--platform=linux/amd64,linux/arm64")
    source = f"oci:{project / 'dist'}:hello"
    chosen = ["--override-os=linux", "--override-arch=arm64"]
    assert json.loads(run("skopeo", *chosen, "inspect", source))["Architecture"] == "arm64"


def test_umoci_unpacks(hello: Built, tmp_path: Path) -> None:
    need("umoci")
    run("umoci", "unpack", "--rootless", f"--image={hello.layout}:hello", tmp_path / "bundle")
    root = tmp_path / "bundle" / "rootfs"
    assert (root / "usr/local/bin/hello").read_bytes().startswith(b"\x7fELF")
    assert (root / "tmp").stat().st_mode & 0o7777 == 0o1777
    zones = root / "usr/share/zoneinfo"
    assert (zones / "Europe/Berlin").read_bytes().startswith(b"TZif")
    settings = json.loads((tmp_path / "bundle" / "config.json").read_bytes())
    assert settings["process"]["args"] == ["/usr/local/bin/hello"]
    stat = json.loads(run("umoci", "stat", f"--image={hello.layout}:hello", "--json"))
    assert [entry["created_by"] for entry in stat["history"]] == [
        "gotare: users",
        "gotare: tmp",
        *(entry["created_by"] for entry in stat["history"][2:4]),
        "gotare: /usr/local/bin/hello",
    ]


def test_tar_unpacks_every_layer(hello: Built, tmp_path: Path) -> None:
    for layer in hello.image.manifest()["layers"]:
        blob = Layout(hello.layout).blobs.path(layer["digest"])
        run("tar", "--no-same-owner", "-C", tmp_path, "-xzf", blob)
    assert (tmp_path / "etc/ssl/certs/ca-certificates.crt").exists()


# run


@contextmanager
def in_docker(engine: Engine, image: str, port: int, *options: str) -> Iterator[str]:
    """Run the image as a service on the host's network; yield the container."""
    flags = ["--detach", "--network=host", "--read-only", f"--env=ADDR=127.0.0.1:{port}", *options]
    container = engine.docker("run", *flags, image).strip()
    try:
        yield container
    finally:
        engine.docker("rm", "--force", container)


def test_docker_loads_and_runs_it(hello: Built, engine: Engine, tmp_path: Path) -> None:
    with engine.image(unique_name("hello")) as name:
        run_build(hello, tmp_path, f"--docker-archive={tmp_path / 'x.tar'}", "-t", name)
        engine.docker("load", "--input", tmp_path / "x.tar")
        printed = engine.docker("run", "--rm", "--network=none", name, "version")
        assert printed.startswith("hello 1.2.3 (commit ")
        port = free_port()
        with in_docker(engine, name, port) as container:
            assert health(port) == {"status": "ok", "version": "1.2.3"}
            told: Any = json.loads(engine.docker("inspect", container))[0]
            assert user_of(told["State"]["Pid"]) == "65532:65532"
            assert told["Config"]["Healthcheck"]["Test"][0] == "CMD"
            engine.docker("exec", container, "/usr/local/bin/hello", "healthcheck")
            engine.docker("stop", "--time=9", container)
            assert '"msg":"stopped"' in engine.docker("logs", container)
            ended: Any = json.loads(engine.docker("inspect", container))[0]["State"]
            assert ended["ExitCode"] == 0


def run_build(hello: Built, tmp_path: Path, *arguments: str | Path, **env: str) -> dict[str, Any]:
    """Build the same image again, to another place."""
    return result(hello.project, hello.cache, "--version=1.2.3", *arguments, **env)


def test_load_into_the_engine(hello: Built, engine: Engine, tmp_path: Path) -> None:
    with engine.image(unique_name("load")) as name:
        document = run_build(hello, tmp_path, "--load", "-t", name, DOCKER_HOST=engine.host)
        assert document["outputs"] == [f"docker-daemon:{name}"]
        printed = engine.docker("run", "--rm", "--network=none", name, "version")
        assert printed.startswith("hello 1.2.3")
        saved = tmp_path / "saved.tar"
        engine.docker("save", "--output", saved, name)
        told = json.loads(engine.docker("image", "inspect", name))[0]
        assert told["RootFS"]["Layers"] == hello.image.config()["rootfs"]["diff_ids"]


def test_copy_to_and_from_the_engine(hello: Built, engine: Engine, tmp_path: Path) -> None:
    with engine.image(unique_name("copy")) as name:
        env = {"DOCKER_HOST": engine.host}
        there = gotare("copy", f"oci:{hello.layout}", f"docker-daemon:{name}", cache=hello.cache, env=env)  # fmt: skip  # noqa: E501
        assert there.code == 0, there.err
        back = gotare("copy", f"docker-daemon:{name}", f"oci:{tmp_path / 'back'}", cache=hello.cache, env=env)  # fmt: skip  # noqa: E501
        assert back.code == 0, back.err
        image = load(tmp_path / "back")
        assert image.members().keys() == hello.image.members().keys()
        assert image.run()["User"] == "65532:65532"


def test_podman_runs_it(hello: Built) -> None:
    with podman_command() as podman:
        run(*podman, "load", "--input", hello.archive)
        # Without systemd there are no health checks, and limits may be lowered but not raised.
        options = ["--rm", "--network=host", "--read-only", "--no-healthcheck"]
        options += ["--ulimit=nofile=256:256", "--ulimit=nproc=256:256"]
        runc = ["--runtime=runc", "--cgroup-manager=cgroupfs"]
        printed = run(*podman, *runc, "run", *options, "localhost/hello:latest", "version")
        assert printed.startswith("hello 1.2.3")
        run(*podman, "pull", f"oci:{hello.layout}:hello")


BUNDLE_NAMESPACES = ("pid", "ipc", "uts", "mount")


def bundle(hello: Built, folder: Path, port: int) -> Path:
    """Make a runtime bundle as umoci does: read-only, on the host's network."""
    run("umoci", "unpack", f"--image={hello.layout}:hello", folder)
    path = folder / "config.json"
    settings = json.loads(path.read_bytes())
    settings["root"]["readonly"] = True
    settings["process"]["terminal"] = False
    settings["process"]["env"].append(f"ADDR=127.0.0.1:{port}")
    settings["process"].pop("rlimits", None)
    settings["linux"]["namespaces"] = [{"type": name} for name in BUNDLE_NAMESPACES]
    path.write_text(json.dumps(settings))
    assert settings["process"]["user"]["uid"] == 65532
    return folder


def test_runc_runs_it_read_only(hello: Built, tmp_path: Path) -> None:
    need("umoci")
    program = need("runc")
    if os.geteuid() != 0:
        pytest.skip("a runtime with another user's ids needs root")
    port = free_port()
    place = bundle(hello, tmp_path / "bundle", port)
    root, name = tmp_path / "state", f"gotare-{os.getpid()}-{port}"
    words = [str(program), "--root", str(root), "run", "--bundle", str(place), name]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(words, stdout=log, stderr=log)
        try:
            assert health(port)["status"] == "ok", (tmp_path / "log").read_text()
            state = json.loads(run(program, "--root", root, "state", name))
            assert user_of(state["pid"]) == "65532:65532"
            run(program, "--root", root, "kill", name, "TERM")
            assert process.wait(PATIENCE) == 0
        finally:
            if process.poll() is None:
                subprocess.run([program, "--root", root, "kill", name, "KILL"], check=False)
                process.wait(PATIENCE)
    assert '"msg":"stopped"' in (tmp_path / "log").read_text()


def test_the_binary_stops_gracefully(hello: Built, tmp_path: Path) -> None:
    hello.image.extract(tmp_path / "root")
    port = free_port()
    env = {"ADDR": f"127.0.0.1:{port}"}
    binary = tmp_path / "root" / "usr/local/bin/hello"
    with subprocess.Popen([binary], env=env, stdout=subprocess.PIPE) as process:
        assert health(port)["status"] == "ok"
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0
    assert b'"msg":"stopped"' in out


# registries


def test_pushed_to_and_pulled_from_a_registry(
    hello: Built, registry: str, engine: Engine, tmp_path: Path
) -> None:
    name = f"{registry}/runs/hello:1"
    document = run_build(hello, tmp_path, "--push", "-t", name)
    assert document["images"][0]["digest"] == hello.digest
    assert document["outputs"] == [name]
    back = gotare("copy", name, f"oci:{tmp_path / 'back'}", cache=hello.cache)
    assert back.code == 0, back.err
    image = load(tmp_path / "back")
    assert image.root.digest == hello.digest
    assert image.referrers().keys() == {"application/spdx+json"}
    with engine.image(name):
        engine.docker("pull", name)
        printed = engine.docker("run", "--rm", "--network=none", name, "version")
        assert printed.startswith("hello 1.2.3")


def test_skopeo_reads_what_was_pushed(hello: Built, registry: str, tmp_path: Path) -> None:
    need("skopeo")
    name = f"{registry}/runs/skopeo:1"
    run_build(hello, tmp_path, "--push", "-t", name)
    told = json.loads(run("skopeo", "inspect", "--tls-verify=false", f"docker://{name}"))
    assert told["Digest"] == hello.digest


def test_two_platforms_and_two_tags_are_pushed(go: Path, registry: str, tmp_path: Path) -> None:
    project = example("hello", tmp_path / "hello")
    tags = ["-t", f"{registry}/runs/{{name}}:1.4.0", "-t", f"{registry}/runs/{{name}}:latest"]
    flags = ["--platform=linux/amd64,linux/arm64", "--push", *tags]
    digest = result(project, tmp_path / "cache", *flags)["images"][0]["digest"]
    for tag in ("1.4.0", "latest"):
        place = tmp_path / tag
        name = f"{registry}/runs/hello:{tag}"
        assert gotare("copy", name, f"oci:{place}", cache=tmp_path / "cache").code == 0
        store = Layout(place)
        image = check(store, store.resolve(""))
        assert image.root.digest == digest
        assert sorted(image.manifests) == ["linux/amd64", "linux/arm64"]
        assert image.referrers("linux/arm64").keys() == {"application/spdx+json"}


def test_pushed_over_a_base_of_the_same_registry(
    go: Path, registry: str, base_image: str, tmp_path: Path
) -> None:
    """The base's layers are mounted, and need not be on this machine at all."""
    project = example("hello", tmp_path / "hello")
    name = f"{registry}/runs/over-base:1"
    flags = ["--base", base_image, "--push", "-t", name]
    result(project, tmp_path / "cache", *flags, "--platform=linux/amd64,linux/arm64")
    place = tmp_path / "back"
    assert gotare("copy", name, f"oci:{place}", cache=tmp_path / "cache").code == 0
    assert "bin/busybox" in load(place).members("linux/arm64")


def test_an_unchanged_push_is_recognised(hello: Built, registry: str, tmp_path: Path) -> None:
    name = f"{registry}/runs/again:1"
    run_build(hello, tmp_path, "--push", "-t", name)
    done = gotare("build", "-C", hello.project, "--version=1.2.3", "--push", "-t", name, cache=hello.cache)  # fmt: skip  # noqa: E501
    assert done.code == 0
    assert f"push {name}: unchanged" in done.err
