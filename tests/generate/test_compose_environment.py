"""What variables hold beside the containers of backends, and what `.env.example` asks for."""

from __future__ import annotations

import pytest

from gotare.errors import UsageError
from gotare.generate.addresses import Setting, settings_of
from gotare.generate.compose_environment import example, literal, quoted
from gotare.generate.quantities import compose_memory, go_memory_limit, memory_bytes
from gotare.workload import Backend, Port, Variable, Workload
from tests.generate import plans


def value(
    kind: str, name: str, default: str | None = None, variable: str = "", form: str = ""
) -> str | None:
    """Return what a variable holds beside one backend."""
    backend = Backend(kind, kind, plans.BACKENDS[kind], variable=variable)
    workload = Workload(variables=(Variable(name, default, kind=form),), backends=(backend,))
    return settings_of(workload)[0].value


@pytest.mark.parametrize(
    ("kind", "name", "default", "expected"),
    [
        ("postgres", "DATABASE_URL", None, "postgres://app:{password}@postgres:5432/app?sslmode=disable"),
        ("postgres", "POSTGRES_DSN", None, "postgres://app:{password}@postgres:5432/app?sslmode=disable"),
        ("postgres", "DB_URL", "postgresql://u:p@localhost/x",
         "postgresql://app:{password}@postgres:5432/app?sslmode=disable"),
        ("postgres", "DB_HOST", "localhost", "postgres"),
        ("postgres", "SHOP_DB_HOST", None, "postgres"),
        ("postgres", "DB_PORT", "5433", "5432"),
        ("postgres", "DB_USER", "me", "app"),
        ("postgres", "DB_PASSWORD", None, "{password}"),
        ("postgres", "POSTGRES_DB", None, "app"),
        ("postgres", "DB_NAME", "x", "app"),
        ("postgres", "DB_SSLMODE", "require", "disable"),
        ("postgres", "PGHOST", None, "postgres"),
        ("postgres", "PGPASSWORD", None, "{password}"),
        ("postgres", "DB_MAX_CONNS", "10", "10"),
        ("postgres", "DB", "x", "x"),
        ("postgres", "DB_ADDR", "localhost:5432", "postgres:5432"),
        ("postgres", "POSTGRES_ADDR", None, "postgres:5432"),
        ("mysql", "MYSQL_DSN", None, "app:{password}@tcp(mysql:3306)/app?parseTime=true"),
        ("mysql", "DB_HOST", None, "mysql"),
        ("redis", "REDIS_ADDR", "localhost:6379", "redis:6379"),
        ("redis", "REDIS_ADDR", None, "redis:6379"),
        ("redis", "REDIS_URL", None, "redis://redis:6379/0"),
        ("redis", "REDIS_URL", "redis://127.0.0.1:6379/3", "redis://redis:6379/3"),
        ("redis", "REDIS_DB", "2", "2"),
        ("redis", "REDIS_PASSWORD", None, None),
        ("redis", "CACHE", "on", "on"),
        ("mongo", "MONGODB_URI", "mongodb://localhost:27017",
         "mongodb://app:{password}@mongo:27017/app?authSource=admin"),
        ("kafka", "KAFKA_BROKERS", "localhost:9092", "kafka:9092"),
        ("kafka", "KAFKA_BROKERS", None, "kafka:9092"),
        ("kafka", "KAFKA_TOPIC", "orders", "orders"),
        ("nats", "NATS_URL", "nats://localhost:4222", "nats://nats:4222"),
        ("rabbitmq", "AMQP_URL", "amqp://guest:guest@localhost:5672/", "amqp://app:{password}@rabbitmq:5672/"),
        ("elasticsearch", "ES_ADDRESSES", "http://localhost:9200", "http://elasticsearch:9200"),
        ("memcached", "MEMCACHED_SERVERS", None, "memcached:11211"),
        ("s3", "S3_ENDPOINT", "http://localhost:9000", None),
        ("s3", "AWS_REGION", "eu-west-1", "eu-west-1"),
        ("otel", "OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4317", None),
        ("postgres", "LISTEN", "localhost:5432", "postgres:5432"),
        ("postgres", "GREETING", "localhost", "localhost"),
    ],
)  # fmt: skip
def test_values(kind: str, name: str, default: str | None, expected: str | None) -> None:
    assert value(kind, name, default) == expected


def test_the_variable_that_the_code_shows_comes_first() -> None:
    assert value("redis", "STORE", None, variable="STORE") == "redis:6379"
    assert value("postgres", "STORE", None, variable="STORE", form="address") == "postgres:5432"


def test_stand_ins_have_addresses_in_development() -> None:
    workload = Workload(
        variables=(
            Variable("S3_ENDPOINT"),
            Variable("MINIO_ENDPOINT"),
            Variable("AWS_ACCESS_KEY_ID"),
            Variable("AWS_SECRET_ACCESS_KEY", secret=True),
        ),
        backends=(Backend("s3", "s3", 443),),
    )
    found = [item.value for item in settings_of(workload, development=True)]
    assert found == ["http://s3:9000", "s3:9000", "app", "{password}"]
    assert [item.value for item in settings_of(workload)] == [None] * 4


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("localhost:8080", ":8080"),
        ("127.0.0.1:8080", ":8080"),
        (":8080", ":8080"),
        ("0.0.0.0:8080", "0.0.0.0:8080"),
        ("8080", "8080"),
    ],
)
def test_an_address_to_listen_on_can_be_reached(said: str, expected: str) -> None:
    workload = Workload(
        ports=(Port(8080, "http", variable="ADDR"),), variables=(Variable("ADDR", said),)
    )
    assert settings_of(workload)[0].value == expected


def test_the_example_says_what_is_missing() -> None:
    settings = [
        Setting(Variable("API_TOKEN", None, True, True, "", "main.go:3"), None),
        Setting(Variable("BASE_URL", None, True, kind="url"), None),
        Setting(Variable("SENTRY_DSN", None, False, True, "", "main.go:4"), None),
        Setting(Variable("LOG_LEVEL", "info"), "info"),
    ]
    text = example(settings, {"POSTGRES_PASSWORD": "postgres's user app"})
    lines = [line for line in text.splitlines() if line]
    assert lines[-9:] == [
        "# The password of postgres's user app. Letters, digits and - only, because it becomes part of a URL:",  # noqa: E501
        "# openssl rand -hex 24",
        "POSTGRES_PASSWORD=change-me",
        "# Required, secret: main.go:3",
        "API_TOKEN=change-me",
        "# Required, url",
        "BASE_URL=http://localhost",
        "# Optional, secret: main.go:4",
        "# SENTRY_DSN=change-me",
    ]  # fmt: skip
    assert "keep it out of git" in text
    assert example([Setting(Variable("A", "b"), "b")], {}) == ""


def test_values_in_files() -> None:
    assert literal("a$b") == "a$$b"
    assert quoted("a b'c") == "'a b\\'c'"
    assert quoted("http://localhost") == "http://localhost"


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [("256Mi", 256 << 20), ("1Gi", 1 << 30), ("1.5Gi", 3 << 29), ("64M", 64_000_000), ("7", 7)],
)
def test_quantities(quantity: str, expected: int) -> None:
    assert memory_bytes(quantity) == expected


@pytest.mark.parametrize("quantity", ["", "Mi", "1m", "-1Gi", "256MiB", "1e3"])
def test_wrong_quantities(quantity: str) -> None:
    with pytest.raises(UsageError, match="not a quantity of memory"):
        memory_bytes(quantity)


def test_limits_as_compose_and_go_want_them() -> None:
    assert compose_memory("256Mi") == "256M"
    assert compose_memory("1k") == "1M"
    assert go_memory_limit(plans.image("api")) == "230MiB"
