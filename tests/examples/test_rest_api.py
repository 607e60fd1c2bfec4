"""examples/rest-api runs from its image beside a real PostgreSQL and a real Redis."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.engine import Engine
from tests.examples.https_server import https_server
from tests.examples.service import (
    VERSION,
    Answer,
    Container,
    call,
    go_run,
    go_test,
    loaded,
    run_once,
    running,
    until,
)
from tests.servers import Postgres, Redis, free_port, start_redis

RETRO = {"title": "Retro", "starts": "2026-03-29T10:00", "zone": "Europe/Zurich"}
PROBE = "/usr/local/bin/probe"


@pytest.fixture(scope="module")
def image(engine: Engine, go: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with loaded(engine, go, "rest-api", tmp_path_factory.mktemp("rest-api")) as name:
        yield name


@dataclass(frozen=True)
class Api:
    """The service, and what it stands on."""

    container: Container
    database: str
    port: int
    metrics_port: int

    def call(self, method: str, path: str, body: Any = None) -> Answer:
        """Call a route."""
        return call(self.port, method, path, body)

    @property
    def database_name(self) -> str:
        """The name of its database."""
        return self.database.rpartition("/")[2]


@contextmanager
def serving(
    engine: Engine, image: str, database: str, redis: Redis, *options: str, **env: str
) -> Iterator[Api]:
    """Migrate the database, run the service, and wait until it is ready."""
    port, metrics_port = free_port(), free_port()
    done = run_once(engine, image, "migrate", env={"DATABASE_URL": database})
    assert done.returncode == 0, done.stdout
    whole = {
        "DATABASE_URL": database,
        "REDIS_ADDR": redis.address,
        "PORT": str(port),
        "METRICS_PORT": str(metrics_port),
        **env,
    }
    with running(engine, image, whole, *options) as container:
        until(lambda: call(port, "GET", "/readyz").status == 200, "it is ready")
        yield Api(container, database, port, metrics_port)


@pytest.fixture(scope="module")
def api(engine: Engine, image: str, postgres: Postgres, redis: Redis) -> Iterator[Api]:
    with postgres.database() as database, serving(engine, image, database, redis) as service:
        yield service


def test_vet(go: Path) -> None:
    go_run(go, Path(__file__).parents[2] / "examples/rest-api", "vet", "./...")


def test_its_own_tests_pass_with_real_servers(go: Path, postgres: Postgres, redis: Redis) -> None:
    with postgres.database() as database:
        env = {"TEST_DATABASE_URL": database, "TEST_REDIS_ADDR": redis.address}
        outcomes = go_test(go, "rest-api", env)
    assert len(outcomes) > 20
    assert set(outcomes.values()) == {"pass"}


def test_its_own_tests_need_no_servers(go: Path) -> None:
    outcomes = go_test(go, "rest-api", {"TEST_DATABASE_URL": "", "TEST_REDIS_ADDR": ""})
    assert set(outcomes.values()) == {"pass", "skip"}


def test_version_and_exit_codes(engine: Engine, image: str) -> None:
    told = run_once(engine, image, "version")
    assert (told.returncode, told.stdout) == (0, f"api {VERSION} (commit none)\n")
    assert run_once(engine, image, "fly").returncode == 2
    failed = run_once(engine, image, "migrate")
    assert failed.returncode == 1
    assert "DATABASE_URL" in failed.stderr


def test_migrations_run_once(engine: Engine, image: str, postgres: Postgres) -> None:
    with postgres.database() as database:
        steps = []
        for _ in range(2):
            done = run_once(engine, image, "migrate", env={"DATABASE_URL": database})
            assert done.returncode == 0, done.stdout
            steps.append(json.loads(done.stdout)["steps"])
        assert steps == [["0001_events.sql", "0002_events_by_start.sql"], []]
        name = database.rpartition("/")[2]
        assert postgres.sql("SELECT count(*) FROM events", name) == "0"
        assert "(starts, id)" in postgres.sql("SELECT indexdef FROM pg_indexes", name)


def test_events_come_and_go(api: Api) -> None:
    added = api.call("POST", "/events", RETRO)
    assert added.status == 201
    path = f"/events/{added.json['id']}"
    assert added.json["starts"] == "2026-03-29T10:00:00+02:00"
    assert api.call("GET", path).json == added.json
    assert added.json in api.call("GET", "/events").json
    changed = api.call("PUT", path, {**RETRO, "title": "Planning"})
    assert changed.json == {**added.json, "title": "Planning"}
    assert api.call("GET", path).json == changed.json
    assert api.call("DELETE", path).status == 204
    assert api.call("GET", path).status == 404
    assert api.call("POST", "/events", {**RETRO, "zone": "Moon/Tycho"}).status == 400


def test_reads_come_from_the_cache(api: Api, postgres: Postgres, redis: Redis) -> None:
    id = api.call("POST", "/events", RETRO).json["id"]
    path, key = f"/events/{id}", f"event:{id}"
    assert redis.ask(f"EXISTS {key}") == ":0"
    api.call("GET", path)
    assert redis.ask(f"EXISTS {key}") == ":1"
    postgres.sql(f"UPDATE events SET title = 'behind its back' WHERE id = {id}", api.database_name)
    assert api.call("GET", path).json["title"] == "Retro"
    api.call("PUT", path, {**RETRO, "title": "Planning"})
    assert redis.ask(f"EXISTS {key}") == ":0"
    assert api.call("GET", path).json["title"] == "Planning"


def test_export_goes_through_a_temporary_file(api: Api) -> None:
    api.call("POST", "/events", {**RETRO, "title": "with a, comma", "zone": "Asia/Kathmandu"})
    answer = api.call("GET", "/events/export.csv")
    assert answer.status == 200
    assert '"with a, comma",2026-03-29T10:00:00+05:45,Asia/Kathmandu\n' in answer.body


def test_metrics_count_routes(api: Api) -> None:
    api.call("GET", "/healthz")
    answer = call(api.metrics_port, "GET", "/metrics")
    assert answer.status == 200
    series = 'http_request_duration_seconds_count{method="GET",route="/healthz",status="200"}'
    assert series in answer.body
    assert "process_start_time_seconds" in answer.body
    assert api.call("GET", "/metrics").status == 404


def test_the_probe_of_the_image_asks(api: Api, engine: Engine, image: str) -> None:
    settings = json.loads(engine.docker("image", "inspect", image))[0]["Config"]
    word, *command = settings["Healthcheck"]["Test"]
    assert (word, command) == ("CMD", [PROBE, "http://127.0.0.1:${PORT:-8080}/healthz"])
    assert settings["User"] == "65532:65532"
    assert settings["ExposedPorts"].keys() == {"8080/tcp", "9090/tcp"}
    api.container.exec(*command)
    with pytest.raises(AssertionError, match="404"):
        api.container.exec(PROBE, f"http://127.0.0.1:{api.port}/nowhere")
    assert Path(f"/proc/{api.container.state['Pid']}").stat().st_uid == 65532


def test_not_ready_without_redis(engine: Engine, image: str, postgres: Postgres) -> None:
    """Without the cache it is not ready but alive, and answers all the same."""
    with (
        start_redis() as redis,
        postgres.database() as database,
        serving(engine, image, database, redis) as api,
    ):
        id = api.call("POST", "/events", RETRO).json["id"]
        redis.stop()
        ready = api.call("GET", "/readyz")
        assert (ready.status, ready.json) == (503, {"cache": "failed", "database": "ok"})
        assert api.call("GET", "/healthz").status == 200
        assert api.call("GET", f"/events/{id}").json["title"] == "Retro"
        redis.start()
        until(lambda: api.call("GET", "/readyz").status == 200, "it is ready again")


def test_a_slow_request_outlives_the_signal(
    engine: Engine, image: str, postgres: Postgres, redis: Redis
) -> None:
    with postgres.database() as database, serving(engine, image, database, redis) as api:
        body = json.dumps(RETRO).encode()
        with socket.create_connection(("127.0.0.1", api.port), timeout=30) as slow:
            head = f"POST /events HTTP/1.1\r\nHost: api\r\nContent-Length: {len(body)}\r\n\r\n"
            slow.sendall(head.encode() + body[:10])
            until(lambda: _is_read(slow), "the server has read the first half")
            api.container.terminate()
            until(lambda: api.call("GET", "/healthz").status == 0, "it takes no new requests")
            slow.sendall(body[10:])
            with slow.makefile("rb") as answer:
                assert answer.readline().startswith(b"HTTP/1.1 201 ")
        assert api.container.wait() == 0
        assert api.container.said("stopped")
        assert postgres.sql("SELECT title FROM events", api.database_name) == "Retro"


def _is_read(connection: socket.socket) -> bool:
    """Whether the other side has taken everything: its queue in the kernel is empty."""
    local, remote = connection.getsockname()[1], connection.getpeername()[1]
    ours, theirs = f":{local:04X}", f":{remote:04X}"
    for family in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{family}").read_text().splitlines()[1:]:
            words = line.split()
            if words[1].endswith(theirs) and words[2].endswith(ours):
                return words[4].endswith(":00000000")
    return False


def test_the_webhook_trusts_whom_it_should(
    engine: Engine, image: str, postgres: Postgres, redis: Redis, tmp_path: Path
) -> None:
    with https_server(tmp_path) as hook, postgres.database() as database:
        env = {"WEBHOOK_URL": hook.url, "WEBHOOK_TOKEN": "s3cret"}
        with serving(engine, image, database, redis, **env) as api:
            api.call("POST", "/events", RETRO)
            until(lambda: bool(api.container.said("the webhook failed")), "the webhook fails")
            (failure,) = api.container.said("the webhook failed")
            assert "certificate signed by unknown authority" in failure["error"]
        assert hook.requests == []
        trusted = f"--volume={hook.certificate}:/etc/ssl/certs/ca-certificates.crt:ro"
        with serving(engine, image, database, redis, trusted, **env) as api:
            api.call("POST", "/events", RETRO)
            until(lambda: bool(hook.requests), "the webhook arrives")
            (request,) = hook.requests
            assert request.authorization == "Bearer s3cret"
            assert request.body["event"]["title"] == "Retro"
