"""examples/grpc runs from its image, and answers a client that is not written in Go."""

from __future__ import annotations

import json
import queue
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)

from tests.conftest import ROOT, need
from tests.engine import Engine
from tests.examples.service import (
    PATIENCE,
    VERSION,
    Container,
    go_run,
    go_test,
    loaded,
    run_once,
    running,
    until,
)
from tests.servers import free_port

SOURCES = ROOT / "examples/grpc"
SCALE, HEALTH = "scale.v1.ScaleService", "grpc.health.v1.Health"
HEALTHCHECK = ("/usr/local/bin/scale", "healthcheck")


@pytest.fixture(scope="module")
def image(engine: Engine, go: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with loaded(engine, go, "grpc", tmp_path_factory.mktemp("grpc")) as name:
        yield name


@dataclass(frozen=True)
class Client:
    """Calls a server by what its reflection service says of it."""

    channel: grpc.Channel

    @cached_property
    def _database(self) -> ProtoReflectionDescriptorDatabase:
        return ProtoReflectionDescriptorDatabase(self.channel)

    @cached_property
    def _pool(self) -> DescriptorPool:
        return DescriptorPool(self._database)

    @property
    def services(self) -> set[str]:
        """The names of all services."""
        return set(self._database.get_services())

    def method(self, service: str, name: str) -> tuple[Any, Callable[..., Any]]:
        """Return a method's request class, and the method."""
        found = self._pool.FindServiceByName(service).FindMethodByName(name)
        request, answer = GetMessageClass(found.input_type), GetMessageClass(found.output_type)
        make = self.channel.stream_unary if found.client_streaming else self.channel.unary_unary
        call = make(f"/{service}/{name}", request.SerializeToString, answer.FromString)
        return request, call

    def health(self, service: str = "") -> int:
        """Ask the health service; 1 is SERVING."""
        request, call = self.method(HEALTH, "Check")
        return int(call(request(service=service), timeout=PATIENCE).status)


@dataclass(frozen=True)
class Scale:
    """The service that runs, and a client of it."""

    container: Container
    client: Client


@contextmanager
def serving(engine: Engine, image: str) -> Iterator[Scale]:
    address = f"127.0.0.1:{free_port()}"
    with running(engine, image, {"GRPC_ADDR": address}) as container:
        until(lambda: bool(container.said("listening")), "it listens")
        with grpc.insecure_channel(address) as channel:
            yield Scale(container, Client(channel))


@pytest.fixture(scope="module")
def scale(engine: Engine, image: str) -> Iterator[Scale]:
    with serving(engine, image) as service:
        yield service


def test_vet(go: Path) -> None:
    go_run(go, SOURCES, "vet", "./...")


def test_its_own_tests_pass(go: Path) -> None:
    outcomes = go_test(go, "grpc")
    assert len(outcomes) > 8
    assert set(outcomes.values()) == {"pass"}


def test_version_and_exit_codes(engine: Engine, image: str) -> None:
    told = run_once(engine, image, "version")
    assert (told.returncode, told.stdout) == (0, f"scale {VERSION}\n")
    assert run_once(engine, image, "fly").returncode == 2
    alone = run_once(engine, image, "healthcheck", env={"GRPC_ADDR": f"127.0.0.1:{free_port()}"})
    assert alone.returncode == 1


def test_reflection_and_health(scale: Scale) -> None:
    assert {SCALE, HEALTH} < scale.client.services
    assert scale.client.health() == 1
    assert scale.client.health(SCALE) == 1
    with pytest.raises(grpc.RpcError) as failed:
        scale.client.health("nobody.v1.Nothing")
    assert failed.value.code() == grpc.StatusCode.NOT_FOUND


def test_the_health_check_of_the_image(scale: Scale, engine: Engine, image: str) -> None:
    settings = json.loads(engine.docker("image", "inspect", image))[0]["Config"]
    assert settings["Healthcheck"]["Test"] == ["CMD", *HEALTHCHECK]
    assert settings["ExposedPorts"].keys() == {"50051/tcp"}
    scale.container.exec(*HEALTHCHECK)
    assert Path(f"/proc/{scale.container.state['Pid']}").stat().st_uid == 65532


def test_calls_are_answered(scale: Scale) -> None:
    request, convert = scale.client.method(SCALE, "Convert")
    pounds = {"value": 2, "unit": "UNIT_POUND"}
    answer = convert(request(weight=pounds, unit="UNIT_OUNCE"), timeout=PATIENCE)
    assert answer.weight.value == pytest.approx(32)
    with pytest.raises(grpc.RpcError) as failed:
        convert(request(weight=pounds), timeout=PATIENCE)
    assert failed.value.code() == grpc.StatusCode.INVALID_ARGUMENT


def test_a_stream_outlives_the_signal(engine: Engine, image: str) -> None:
    with serving(engine, image) as scale:
        request, summarize = scale.client.method(SCALE, "Summarize")
        readings: queue.Queue[Any] = queue.Queue()
        readings.put(request(gross={"value": 2, "unit": "UNIT_GRAM"}))
        answer = summarize.future(iter(readings.get, None), timeout=PATIENCE)  # type: ignore[attr-defined]
        assert scale.client.health() == 1  # of one connection: the stream has arrived before
        scale.container.terminate()
        until(lambda: bool(scale.container.said("stopping")), "it is stopping")
        assert not scale.container.said("stopped")
        readings.put(request(gross={"value": 4, "unit": "UNIT_GRAM"}))
        readings.put(None)
        assert (answer.result().count, answer.result().mean) == (2, 3)
        assert scale.container.wait() == 0
        assert scale.container.said("stopped")


def _code(folder: Path) -> dict[str, list[str]]:
    """Return the generated files without the line that names protoc's version."""
    return {
        path.name: [line for line in path.read_text().splitlines() if "protoc  " not in line]
        for path in (folder / "internal/scalepb").glob("*.pb.go")
    }


def test_the_generated_code_is_current(go: Path, tmp_path: Path) -> None:
    need("protoc")
    copy = tmp_path / "grpc"
    shutil.copytree(SOURCES, copy)
    committed = _code(copy)
    for name in committed:
        (copy / "internal/scalepb" / name).unlink()
    go_run(go, copy, "generate", "./...")
    assert _code(copy) == committed
    assert sorted(committed) == ["scale.pb.go", "scale_grpc.pb.go"]
