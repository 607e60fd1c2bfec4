"""Base images for the tests of Dockerfiles, made of what this machine has; no registry is needed.

| name in a Dockerfile           | what stands for it here                                         |
|--------------------------------|-----------------------------------------------------------------|
| golang:VERSION-bookworm        | files of Debian's packages, this machine's Go, gotare's         |
|                                | certificates and zones, and a module proxy in a folder          |
| distroless static, base and cc | gotare's static base; with the files of libc6 and libstdc++     |
| debian:bookworm-slim           | files of Debian's packages                                      |
| alpine:3.24                    | busybox and Alpine's layout of users: its libc is not to be had |
| docker/dockerfile:1            | the same frontend, compiled from its module (buildkit/frontend) |

The images stay in the engine under `gotare-tests/`, so that the next run has them; their tags say
what they were made from.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from gotare.bases import composed
from gotare.generate import tools
from gotare.oci.layer import Entry, tar_chunks, with_parents
from gotare.places import CERTIFICATES, HOME, PATH
from tests.base_image import BUSYBOX
from tests.build.projects import publish
from tests.engine import Engine
from tests.generate.debian_files import closure, files_of, merged, versions
from tests.generate.docker_client import Client, find_client

HERE = Path(__file__).parent
PROXY = "/proxy"
"""Where the build image has modules to download."""

LIBRARY = {
    "go.mod": "module example.com/greeting\n\ngo 1.24\n",
    "greeting.go": 'package greeting\n\n// Word greets.\nconst Word = "good day"\n',
}
"""The module that the proxy serves as example.com/greeting v1.0.0."""

_TOOLS = ("dash", "coreutils", "findutils", "gcc", "libc6-dev", "base-files")
_NO_TESTS = re.compile(r"/testdata(/|$)|_test\.go$")


@dataclass(frozen=True)
class Bases:
    """The images in the engine, by the name that a Dockerfile calls each."""

    client: Client
    names: Mapping[str, str]
    frontend: str

    def docker_build(
        self, context: Path, dockerfile: str, tag: str, *arguments: str, target: str = ""
    ) -> None:
        """Build a Dockerfile as it is: only its frontend and bases come from here."""
        path = context / "Dockerfile.under-test"
        path.write_text(self._with_frontend(dockerfile))
        words = [*arguments, *(["--target", target] if target else [])]
        try:
            self.client("build", "--network=host", "-q", "-t", tag, "-f", path, *words, context)
        finally:
            path.unlink()

    def _with_frontend(self, dockerfile: str) -> str:
        """An engine without a registry has no docker/dockerfile: name ours in that one line."""
        first, rest = dockerfile.split("\n", 1)
        assert first == f"# syntax={tools.SYNTAX}"
        return f"# syntax={self.frontend}\n{rest}"


def make_bases(engine: Engine, go: Path) -> Bases:
    """Return the images, those that are missing made. Skips where they cannot be made."""
    client = find_client(engine)
    if not shutil.which("dpkg-query"):
        pytest.skip("no Debian here to take the files of base images from")
    root = go.resolve().parent.parent
    version = _go_version(root)
    recipes: dict[str, Callable[[], Image]] = {
        "golang": lambda: golang(root),
        "static": static,
        "static-debug": static_debug,
        "base": lambda: with_packages("libc6"),
        "cc": lambda: with_packages("libc6", "libstdc++6", "libgcc-s1"),
        "debian": debian,
        "alpine": alpine,
    }
    with _lock():
        made = {name: _ensure(client, name, recipe) for name, recipe in recipes.items()}
        names = {
            tools.golang(version): made["golang"],
            tools.golang(version.rpartition(".")[0]): made["golang"],
            tools.golang(""): made["golang"],
            tools.distroless("static"): made["static"],
            tools.distroless("static", debug=True): made["static-debug"],
            tools.distroless("base"): made["base"],
            tools.distroless("cc"): made["cc"],
            tools.DEBIAN: made["debian"],
            tools.ALPINE: made["alpine"],
        }
        return Bases(client, names, _frontend(client, go, names))


@contextmanager
def _lock() -> Iterator[None]:
    """One process at a time makes images."""
    with (Path(tempfile.gettempdir()) / "gotare-tests-bases.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _go_version(root: Path) -> str:
    return (root / "VERSION").read_text().split()[0].removeprefix("go")


def _key(*words: str) -> str:
    return hashlib.sha256("\0".join(words).encode()).hexdigest()[:16]


# images


@dataclass(frozen=True)
class Image:
    """A root file system and how it runs. `key` says what it was made from."""

    entries: Callable[[], Iterable[Entry]]
    key: str
    changes: Sequence[str] = (f"ENV PATH={PATH}",)


def _ensure(client: Client, name: str, recipe: Callable[[], Image]) -> str:
    image = recipe()
    code = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
    reference = f"gotare-tests/{name}:{_key(image.key, code, *image.changes)}"
    if not client.has(reference):
        content = b"".join(tar_chunks(with_parents(_unique(image.entries())), 0))
        changes = [word for change in image.changes for word in ("--change", change)]
        client("import", *changes, "-", reference, stdin=content)
        _drop_others(client, reference)
    return reference


def _drop_others(client: Client, reference: str) -> None:
    """Remove what earlier versions of this file made."""
    name = reference.partition(":")[0]
    listed = client("image", "ls", "--format", "{{.Repository}}:{{.Tag}}", name).split()
    if old := [other for other in listed if other != reference]:
        client("image", "rm", *old)


def _unique(entries: Iterable[Entry]) -> list[Entry]:
    return list({entry.path: entry for entry in entries}.values())


def _composed_entries() -> list[Entry]:
    return [entry for make in composed.PARTS.values() for entry in make().entries]


_STATIC_CHANGES = (
    f"ENV PATH={PATH}",
    f"ENV SSL_CERT_FILE={CERTIFICATES}",
    "USER 65532",
    f"WORKDIR {HOME}",
)


def _ingredients() -> str:
    parts = composed.ingredients(tuple(composed.PARTS))
    return Path(composed.__file__).read_text() + " ".join(f"{p.name} {p.version}" for p in parts)


def static() -> Image:
    """Distroless' static with the content of gotare's own."""
    return Image(_composed_entries, _ingredients(), _STATIC_CHANGES)


def static_debug() -> Image:
    """The same with busybox in a folder of its own, as distroless has it."""
    applets = [
        Entry(f"/busybox/{name}", "symlink", 0o777, link="busybox")
        for name in ("sh", "ls", "cat", "id")
    ]
    own = [Entry("/busybox/busybox", mode=0o755, content=BUSYBOX), *applets]
    return Image(lambda: [*_composed_entries(), *own], _ingredients(), _STATIC_CHANGES)


def with_packages(*packages: str) -> Image:
    """Static with the files of Debian's packages: their folders are no links there."""
    key = _ingredients() + versions(packages)
    return Image(
        lambda: [*_composed_entries(), *files_of(packages)], key, _STATIC_CHANGES
    )  # fmt: skip


def debian() -> Image:
    """A small Debian."""
    packages = closure(("dash", "coreutils", "libc6"))
    return Image(lambda: [*merged(packages), *_debian_users()], versions(packages))


def alpine() -> Image:
    """What Alpine has in common with others: busybox, users, certificates."""

    def entries() -> list[Entry]:
        links = [
            Entry(f"/bin/{name}", "symlink", 0o777, link="busybox") for name in ("sh", "cat", "id")
        ]
        busybox = Entry("/bin/busybox", mode=0o755, content=BUSYBOX)
        return [*composed.certificates().entries, busybox, *links, *_debian_users()]

    return Image(entries, _ingredients())


def golang(root: Path) -> Image:
    """Debian with a C compiler, Go, certificates, zones, and a proxy with one module."""
    packages = closure(_TOOLS)

    def entries() -> Iterator[Entry]:
        yield from merged(packages)
        yield from _debian_users()
        yield from composed.certificates().entries
        yield from composed.zones().entries
        yield from _goroot(root)
        yield from _proxy()

    path = f"/go/bin:/usr/local/go/bin:{PATH}"
    changes = (f"ENV PATH={path}", "ENV GOPATH=/go", "ENV GOTOOLCHAIN=local",
               f"ENV GOPROXY=file://{PROXY}", "ENV GONOSUMDB=*", "ENV GOSUMDB=off",
               "WORKDIR /go")  # fmt: skip
    return Image(entries, versions(packages) + (root / "VERSION").read_text(), changes)


def _goroot(root: Path) -> Iterator[Entry]:
    wanted = [root / "VERSION", root / "go.env", root / "bin/go"]
    for folder in ("src", "pkg/tool", "pkg/include"):
        wanted += sorted((root / folder).rglob("*"))
    for path in wanted:
        if path.is_file() and not _NO_TESTS.search(str(path)):
            mode = 0o755 if os.access(path, os.X_OK) else 0o644
            place = f"/usr/local/go/{path.relative_to(root)}"
            yield Entry(place, mode=mode, content=path)


def _proxy() -> Iterator[Entry]:
    with tempfile.TemporaryDirectory() as name:
        publish(Path(name), "example.com/greeting", "v1.0.0", LIBRARY)
        for path in sorted(Path(name).rglob("*")):
            if path.is_file():
                place = f"{PROXY}/{path.relative_to(name)}"
                yield Entry(place, content=path.read_bytes())


def _debian_users() -> list[Entry]:
    passwd = b"root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n"
    return [
        Entry("/etc/passwd", content=passwd),
        Entry("/etc/group", content=b"root:x:0:\nnogroup:x:65534:\n"),
        Entry("/root", "directory", 0o700),
        Entry("/tmp", "directory", 0o1777),
    ]


# the frontend


def _frontend(client: Client, go: Path, names: Mapping[str, str]) -> str:
    """Compile docker/dockerfile and make an image of it that knows these bases."""
    contexts = " ".join(f"{name}={reference}" for name, reference in sorted(names.items()))
    sources = "".join(path.read_text() for path in sorted((HERE / "buildkit").rglob("*.*")))
    reference = f"gotare-tests/dockerfile:{_key(sources, contexts, str(go))}"
    if not client.has(reference):
        program = compile_buildkit(go, "frontend")
        content = b"".join(tar_chunks([Entry("/frontend", mode=0o755, content=program)], 0))
        changes = [
            f'ENV CONTEXTS="{contexts}"',
            'ENTRYPOINT ["/frontend"]',
            "LABEL moby.buildkit.frontend.network.none=true",
        ]
        words = [word for change in changes for word in ("--change", change)]
        client("import", *words, "-", reference, stdin=content)
        _drop_others(client, reference)
    return reference


def compile_buildkit(go: Path, name: str) -> bytes:
    """Compile a program of the folder buildkit; skips where its modules cannot be had."""
    env = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly", "GOTOOLCHAIN": "local"}
    with tempfile.TemporaryDirectory() as folder:
        output = f"{folder}/program"
        words = [str(go), "build", "-trimpath", "-ldflags=-s -w", "-o", output, f"./{name}"]
        done = subprocess.run(words, cwd=HERE / "buildkit", env=env, capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"cannot compile BuildKit's {name}: {done.stderr[-300:]}")
        return Path(output).read_bytes()
