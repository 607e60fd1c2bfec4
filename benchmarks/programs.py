"""The published programs that `make realworld` builds and starts, pinned."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Start:
    """One image of a build, and what it has to do when it is started.

    `{port}` in `args` is a free port on loopback. A program that listens answers `says` at `path`;
    "" for a path means that it speaks first. Others end with `code` and print `says`. `writable`
    are folders that it gets as tmpfs, for the rest is read-only.
    """

    name: str
    args: tuple[str, ...]
    says: str
    path: str | None = None
    code: int = 0
    writable: tuple[str, ...] = ()

    @property
    def listens(self) -> bool:
        """Whether it is a service."""
        return self.path is not None


@dataclass(frozen=True, slots=True)
class Published:
    """Programs of one module, built by one command; or the message that refuses them."""

    queries: tuple[str, ...]
    starts: tuple[Start, ...] = ()
    refused: str = ""
    what: str = ""


def _cli(query: str, args: str, says: str, what: str = "") -> Published:
    path = query.partition("@")[0].split("/")
    name = path[-2] if path[-1][:1] == "v" and path[-1][1:].isdigit() else path[-1]
    return Published((query,), (Start(name, tuple(args.split()), says),), what=what)


def _service(query: str, args: str, path: str, says: str, what: str, *writable: str) -> Published:
    plain = _cli(query, args, says, what).starts[0]
    start = Start(plain.name, plain.args, says, path, writable=writable)
    return Published((query,), (start,), what=what)


PROGRAMS: tuple[Published, ...] = (
    _service(
        "github.com/caddyserver/caddy/v2/cmd/caddy@v2.11.9",
        "respond --listen 127.0.0.1:{port} hello",
        "/", "hello", "web server, embedded files",
    ),
    _service(
        "github.com/prometheus/node_exporter@v1.12.1",
        "--web.listen-address=127.0.0.1:{port}",
        "/metrics", "node_exporter_build_info", "metrics of the machine",
    ),
    _service(
        "github.com/mccutchen/go-httpbin/v2/cmd/go-httpbin@v2.26.0",
        "-host 127.0.0.1 -port {port}",
        "/uuid", "uuid", "requests and answers, embedded pages",
    ),
    _service(
        "github.com/nats-io/nats-server/v2@v2.15.2",
        "--addr 127.0.0.1 --port {port}",
        "", "INFO", "message broker",
    ),
    _service(
        "github.com/pocketbase/pocketbase/examples/base@v0.28.4",
        "serve --http=127.0.0.1:{port} --dir=/tmp/data",
        "/api/health", "healthy", "backend with SQLite in Go, embedded pages", "/tmp",
    ),
    Published(
        ("filippo.io/age/cmd/age@v1.3.2", "filippo.io/age/cmd/age-keygen@v1.3.2"),
        (Start("age", ("--version",), "1.3.2"), Start("age-keygen", (), "AGE-SECRET-KEY")),
        what="two programs of one module",
    ),
    _cli("github.com/mikefarah/yq/v4@v4.45.1", "--version", "4.45.1", "YAML processor"),
    _cli("github.com/evanw/esbuild/cmd/esbuild@v0.28.2", "--version", "0.28.2", "JS bundler"),
    _cli("github.com/rakyll/hey@v0.1.5", "-n 1 -c 1 http://127.0.0.1:1", "refused", "HTTP load"),
    _cli("golang.org/x/tools/cmd/stringer@v0.52.0", "-h", "Usage of stringer", "code generator"),
    _cli("github.com/google/go-containerregistry/cmd/crane@v0.22.1", "version", "0.22.1", "OCI"),
    _cli("github.com/go-task/task/v3/cmd/task@v3.40.1", "--version", "3.40.1", "task runner"),
    _cli("mvdan.cc/sh/v3/cmd/shfmt@v3.14.1", "--version", "3.14.1", "shell formatter"),
    _cli("github.com/junegunn/fzf@v0.65.2", "--version", "0.65", "finder, embedded files"),
    _cli("github.com/google/ko@v0.19.1", "version", "v0.19.1", "image builder"),
    Published(
        ("go.etcd.io/etcd/etcdctl/v3@v3.7.3",),
        refused="replace directives",
        what="go.mod has replace directives: go install refuses it",
    ),
)  # fmt: skip
