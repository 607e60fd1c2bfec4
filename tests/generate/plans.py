"""Plans as `make_plan` returns them, made by hand: what the tests of `generate` render."""

from __future__ import annotations

from dataclasses import replace

from gotare.golang.flags import BuildFlags
from gotare.oci.compression import Compression
from gotare.oci.image import HealthCheck, RunSettings
from gotare.oci.types import Platform
from gotare.places import BIN, PATH, PROBE
from gotare.plan import ImagePlan, Plan
from gotare.settings import ADDITIONS, FileMapping
from gotare.workload import (
    Backend,
    Check,
    Port,
    Resources,
    SourceTree,
    Step,
    Tool,
    Variable,
    Workload,
    Writable,
)

AMD64, ARM64 = Platform.parse("linux/amd64"), Platform.parse("linux/arm64")
STATIC_ENV = {"PATH": PATH, "SSL_CERT_FILE": "/etc/ssl/certs/ca-certificates.crt"}


def image(name: str, base: str = "static", **changes: object) -> ImagePlan:
    """Return the plan of a service's image without anything beyond the base."""
    env = {"scratch": {"PATH": PATH}, "static": STATIC_ENV}.get(base, {})
    made = ImagePlan(
        name=name,
        packages=(f"example.com/{name}/cmd/{name}",),
        binaries=(name,),
        base=base,
        add=ADDITIONS if base == "static" else (),
        run=RunSettings(
            entrypoint=(f"{BIN}/{name}",),
            user="65532:65532",
            working_dir="/home/nonroot" if base == "static" else "/",
            env=env,
            labels={"org.opencontainers.image.title": name},
        ),
        files=(),
        allow=(),
        annotations={},
        tags=(),
        flags=BuildFlags(),
        go_env={},
        imports_tls=True,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def plan(*images: ImagePlan, sources: SourceTree | None = None, **changes: object) -> Plan:
    """Return a plan of images for two platforms."""
    default = SourceTree(
        name="shop", go="1.26", module="example.com/shop", control=("go.mod", "go.sum")
    )
    made = Plan(
        images, (AMD64, ARM64), Compression.parse("gzip"), False, "spdx", 1_700_000_000,
        sources=sources or default,
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def api_image() -> ImagePlan:
    """An HTTP service with a database, a cache, migrations, a probe and a version."""
    made = image("api")
    health = HealthCheck((PROBE, "http://127.0.0.1:8080/healthz"), 30, 3, 5, 3)
    workload = Workload(
        kind="service",
        ports=(
            Port(8080, "http", variable="PORT", at="cmd/api/main.go:44"),
            Port(9090, "metrics", public=False, at="cmd/api/main.go:50"),
        ),
        liveness=Check("http", 8080, "/healthz", at="internal/http/routes.go:20"),
        readiness=Check("http", 8080, "/readyz", at="internal/http/routes.go:21"),
        metrics=Check("http", 9090, "/metrics", at="cmd/api/main.go:51"),
        handles_stop=True,
        grace=20,
        variables=(
            Variable("DATABASE_URL", None, True, True, "url", "internal/db/db.go:12"),
            Variable("LOG_LEVEL", "info", at="cmd/api/main.go:30"),
            Variable("PORT", "8080", kind="port", at="cmd/api/main.go:44"),
            Variable("REDIS_ADDR", "localhost:6379", kind="address", at="internal/cache/c.go:9"),
        ),
        backends=(
            Backend("postgres", "postgres", 5432, "github.com/jackc/pgx/v5", "DATABASE_URL"),
            Backend("redis", "redis", 6379, "github.com/redis/go-redis/v9", "REDIS_ADDR"),
        ),
        writable=(Writable("/tmp", at="internal/upload/store.go:55"),),
        calls_https=True,
        version=("--version",),
        resources=Resources(why="a service in front of a database"),
    )
    return replace(
        made,
        run=replace(
            made.run, working_dir="/app", ports=("8080/tcp", "9090/tcp"), health_check=health
        ),
        files=(FileMapping("migrations", "/app/migrations"),),
        flags=BuildFlags(x={"main.version": "v1.2.3", "main.commit": "0123abc"}),
        stamps={"main.version": "version", "main.commit": "commit"},
        workload=workload,
        probe=True,
    )


def api_plan() -> Plan:
    """A project with one service."""
    sources = SourceTree(
        name="shop",
        go="1.26",
        module="example.com/shop",
        control=("go.mod", "go.sum"),
        kept=("migrations", "internal/http/static"),
        url="https://github.com/me/shop",
    )
    return plan(api_image(), sources=sources)


def grpc_plan() -> Plan:
    """A gRPC service with the health service and code from a .proto."""
    workload = Workload(
        ports=(Port(50051, "grpc", application="grpc", at="main.go:20"),),
        liveness=Check("grpc", 50051, at="main.go:25"),
        readiness=Check("grpc", 50051, at="main.go:25"),
        handles_stop=True,
        grace=30,
    )
    made = image("greeter")
    made = replace(made, workload=workload, run=replace(made.run, ports=("50051/tcp",)))
    step = Step("protoc", "protoc --go_out=. --go-grpc_out=. greeter.proto", "proto", at="gen.go:3")
    sources = SourceTree(
        name="greeter", go="1.26.8", module="example.com/greeter", control=("go.mod", "go.sum"),
        steps=(step,),
    )  # fmt: skip
    return plan(made, sources=sources)


def cli_plan() -> Plan:
    """A command line program on scratch that runs and ends."""
    made = image("tare", base="scratch", imports_tls=False)
    workload = Workload(kind="cli", version=("version",), tools=(Tool("git", "git", "git"),))
    sources = SourceTree(name="tare", go="1.26", module="example.com/tare", control=("go.mod",))
    return plan(replace(made, workload=workload), sources=sources)


def workspace_plan() -> Plan:
    """A workspace with a vendored service and a worker that only consumes."""
    worker = replace(
        image("worker"),
        workload=Workload(
            kind="worker",
            handles_stop=True,
            backends=(Backend("kafka", "kafka", 9092, "github.com/segmentio/kafka-go"),),
            writable=(Writable("/var/lib/worker", True, "worker/main.go:9"),),
            variables=(Variable("API_TOKEN", None, True, True, "", "worker/main.go:12"),),
        ),
    )
    sources = SourceTree(
        name="shop", go="1.26", modules=("api", "worker", "shared"), workspace=True, vendored=True,
        control=(
            "go.work", "go.work.sum", "api/go.mod", "api/go.sum", "worker/go.mod", "shared/go.mod",
            "vendor/modules.txt",
        ),
        private=("git.example.com/*",),
    )  # fmt: skip
    return plan(api_image(), worker, sources=sources)


def cgo_plan() -> Plan:
    """A service that needs cgo (sqlite), for one platform."""
    made = replace(
        image("notes"),
        flags=BuildFlags(cgo="dynamic"),
        distroless="base",
        workload=Workload(
            ports=(Port(8080, "http"),),
            writable=(Writable("/data", True, "db.go:8"),),
        ),
    )
    return plan(made, platforms=(AMD64,))


def migrating_plan() -> Plan:
    """A service that migrates its database with a command of its own, and whose only health route
    serves liveness and readiness."""
    health = Check("http", 8080, "/health", at="cmd/api/main.go:70")
    made = api_image()
    workload = replace(
        made.workload, liveness=health, readiness=health, startup=None, migrate=("migrate", "up")
    )
    return plan(replace(made, workload=workload))


BACKENDS = {
    "postgres": 5432, "mysql": 3306, "redis": 6379, "mongo": 27017, "kafka": 9092, "nats": 4222,
    "rabbitmq": 5672, "memcached": 11211, "elasticsearch": 9200, "cassandra": 9042,
    "clickhouse": 9000, "etcd": 2379, "mqtt": 1883, "sqlserver": 1433, "s3": 443, "smtp": 587,
    "otel": 4317, "vault": 8200, "kubernetes": 443, "docker": 2375, "ldap": 389,
}  # fmt: skip
"""Every kind of backend that a plan may have, with its port."""


def backends_plan() -> Plan:
    """A service that talks to everything there is, each through a variable of its own."""
    names = {kind: f"{kind.upper()}_URL" for kind in BACKENDS}
    workload = Workload(
        ports=(Port(9000, "http", variable="ADDR"),),
        readiness=Check("tcp", 9000),
        variables=(
            Variable("ADDR", "localhost:9000", kind="address"),
            *(Variable(name, None, True, True, "url", f"{k}.go:1") for k, name in names.items()),
        ),
        backends=tuple(
            Backend(kind, kind, port, f"example.com/{kind}", names[kind], f"{kind}.go:1")
            for kind, port in BACKENDS.items()
        ),
    )
    return plan(replace(image("hub"), workload=workload))


def awkward_plan() -> Plan:
    """Images with what is hard to write down: names, values, ports, users, folders."""
    values = {
        "QUOTED": '"yes"', "DOLLAR": "a$HOME ${X} $(Y)", "LINES": "one\ntwo", "BOOL": "on",
        "NUMBER": "0755", "TIME": "08:30", "EMPTY": "", "HASH": "a #b", "UNICODE": "Grüße \u2028",
    }  # fmt: skip
    first = image("2048.web_app")
    first = replace(
        first,
        run=replace(first.run, user="root", stop_signal="SIGINT"),
        files=(FileMapping("static", "/app/static"),),
        workload=Workload(
            ports=(
                Port(80, "http", at="main.go:1"),
                Port(53, "dns", "udp", "udp"),
                Port(6060, "pprof", public=False),
            ),
            liveness=Check("exec", command=("/usr/local/bin/web", "health", "$(X)")),
            readiness=Check("http", 80, "/", "HTTPS"),
            variables=(
                *(Variable(name, value, at="a: b.go:1 #x") for name, value in values.items()),
                Variable("BASE_URL", None, True, kind="url"),
                Variable("OPTIONAL", None),
                Variable("SENTRY_DSN", None, False, True),
            ),
            writable=(
                Writable("/app", False, "log.go:1"),
                Writable("/", False, "root.go:1"),
                Writable("/data/app.db", True, "db.go:1"),
                Writable("/tmp/uploads", False, "up.go:1"),
                Writable("/var/cache/A_b", False),
            ),
            calls_https=True,
        ),
    )
    second = replace(first, name="second", run=replace(first.run, user="nobody"))
    return plan(first, second, sources=SourceTree(name="", go="1.26", module="example.com/x"))
