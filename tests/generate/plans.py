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
