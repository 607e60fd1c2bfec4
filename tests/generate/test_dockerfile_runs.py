"""Images of generated Dockerfiles, running: health checks, the debug target, the variants."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from gotare.workload import Step
from tests.build.projects import MAIN, example, tiny
from tests.generate.bases import Bases
from tests.generate.both import PROBED, Both, inspected
from tests.generate.trees import of_docker_archive

pytestmark = pytest.mark.engine

_PATIENCE = 60.0


@contextmanager
def container(bases: Bases, *arguments: str) -> Iterator[str]:
    """Run a container without a network (its own loopback only); remove it at the end."""
    name = f"gotare-tests-{uuid.uuid4().hex[:12]}"
    try:
        bases.client("run", "--detach", "--network=none", "--name", name, *arguments)
        yield name
    finally:
        bases.client("rm", "--force", "--volumes", name)


def wait_for_health(bases: Bases, name: str, wanted: str) -> None:
    """Wait until docker says so of the container."""
    deadline = time.monotonic() + _PATIENCE
    while (state := inspected(bases, name)["State"])["Health"]["Status"] != wanted:
        assert time.monotonic() < deadline and state["Running"], state
        time.sleep(0.1)


def test_the_probe_asks_in_an_image_without_a_shell(bases: Bases, tmp_path: Path) -> None:
    """The program writes into its volume, though it is not root, and gets well and sick."""
    settings = (
        "healthcheck: {url: 'http://127.0.0.1:${PORT:-1}/healthz', interval: 1s, retries: 1}\n"
        "volumes: [/data]\n"
    )
    project = tiny(tmp_path / "p", {"main.go": PROBED, "gotare.yaml": settings})
    both = Both(project, tmp_path / "cache", bases)
    plan = both.plan()
    dockerfile = both.files(plan)["Dockerfile"]
    with (
        both.docker(plan, dockerfile) as image,
        both.docker(plan, dockerfile, "debug") as debug,
        container(bases, "--env=PORT=8123", "--read-only", image) as name,
    ):
        wait_for_health(bases, name, "healthy")
        script = "cd /data && echo * && : >sick"
        shell = ("run", "--rm", "--network=none", "--volumes-from", name)
        assert bases.client(*shell, "--entrypoint=sh", debug, "-c", script) == "started"
        wait_for_health(bases, name, "unhealthy")
        (last, *_) = inspected(bases, name)["State"]["Health"]["Log"][-1:]
        assert (last["ExitCode"], "500" in last["Output"]) == (1, True)


def test_a_health_check_of_the_program(bases: Bases, tmp_path: Path) -> None:
    project = example("hello", tmp_path / "hello")
    (project / "gotare.yaml").write_text(
        "healthcheck: {command: [/usr/local/bin/hello, healthcheck], interval: 1s}\n"
    )
    both = Both(project, tmp_path / "cache", bases)
    plan = both.plan()
    with (
        both.docker(plan, both.files(plan)["Dockerfile"]) as image,
        container(bases, "--read-only", "--cap-drop=ALL", image) as name,
    ):
        wait_for_health(bases, name, "healthy")


def test_the_debug_target_has_symbols_and_a_shell(bases: Bases, tmp_path: Path) -> None:
    both = Both(tiny(tmp_path / "p"), tmp_path / "cache", bases)
    plan = both.plan("--base=scratch")
    dockerfile = both.files(plan)["Dockerfile"]
    with (
        both.docker(plan, dockerfile, "debug") as debug,
        both.docker(plan, dockerfile) as image,
    ):
        assert bases.client("run", "--rm", "--network=none", debug) == "tiny dev"
        run = ("run", "--rm", "--network=none", "--entrypoint=sh", debug, "-c")
        assert bases.client(*run, "id -u") == "65532"
        programs = [bases.client.read(name, "/usr/local/bin/tiny") for name in (debug, image)]
    assert [b".symtab" in program for program in programs] == [True, False]
    assert [b".debug_info" in program for program in programs] == [True, False]


@pytest.mark.parametrize("variant", ["alpine", "debian", "scratch"])
def test_variants_on_other_bases(bases: Bases, tmp_path: Path, variant: str) -> None:
    """The base called alpine is a stand-in with busybox: it tells of our stages, not of musl."""
    main = MAIN.replace('"tiny " + version + "\\n"', "told()") + TELLS
    project = tiny(tmp_path / "p", {"main.go": main.replace('import "os"', IMPORTS)})
    both = Both(project, tmp_path / "cache", bases)
    plan = both.plan()
    files = both.files(plan)
    with both.docker(plan, files[f"Dockerfile.{variant}"]) as image:
        printed = bases.client("run", "--rm", "--network=none", "--read-only", image)
        assert printed == "nonroot 65532 /home/nonroot CET 700"
        assert inspected(bases, image)["Config"]["User"] == "65532:65532"


IMPORTS = 'import (\n\t"crypto/x509"\n\t"fmt"\n\t"os"\n\t"os/user"\n\t"time"\n)'
TELLS = """
func told() string {
	me, err := user.Current()
	if err != nil {
		return err.Error()
	}
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		return err.Error()
	}
	roots, err := x509.SystemCertPool()
	if err != nil || len(roots.Subjects()) < 100 {
		return fmt.Sprint("roots: ", err)
	}
	name, _ := time.Date(2024, 1, 1, 0, 0, 0, 0, zone).Zone()
	home, err := os.Stat(me.HomeDir)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%s %s %s %s %o", me.Username, me.Uid, me.HomeDir, name, home.Mode().Perm())
}
"""


GENERATOR = """package main

import "os"

func main() {
	code := "package main\\n\\nconst word = \\"made\\"\\n"
	_ = os.WriteFile("word.go", []byte(code), 0o644)
}
"""


def test_generated_code_that_is_not_committed(bases: Bases, tmp_path: Path) -> None:
    project = tiny(
        tmp_path / "p",
        {
            "main.go": MAIN.replace('"tiny "', 'word + " "')
            + "\n//go:generate go run ./internal/gen\n",
            "internal/gen/main.go": GENERATOR,
            "word.go": 'package main\n\nconst word = "old"\n',
        },
    )
    both = Both(project, tmp_path / "cache", bases)
    plan = both.plan()
    (project / "word.go").unlink()  # as git leaves it out
    step = Step("go", "go run ./internal/gen", committed=False, at="main.go:3")
    pending = replace(
        plan,
        images=tuple(image for image in plan.images if image.name == "tiny"),
        sources=replace(plan.sources, steps=(step,)),
    )
    with both.docker(pending, both.files(pending)["Dockerfile"]) as image:
        assert bases.client("run", "--rm", "--network=none", image) == "made dev"


def test_a_build_needs_nothing_that_the_ignore_file_hides(bases: Bases, tmp_path: Path) -> None:
    """What `COPY . /` takes is what the build sees."""
    project = tiny(
        tmp_path / "p",
        {
            "embed.go": EMBED,
            **dict.fromkeys(HIDDEN, "x"),
            **dict.fromkeys(SEEN, "x"),
            "gotare.yaml": "files: [{source: conf, destination: /etc/app}]\n",
        },
    )
    both = Both(project, tmp_path / "cache", bases)
    plan = both.plan()
    both.files(plan)
    with both.docker(plan, "# syntax=docker/dockerfile:1\nFROM scratch\nCOPY . /\n") as image:
        tree, _ = of_docker_archive(bases.client.save(image))
    files = {path for path, node in tree.items() if node.kind == "file"}
    assert files == {*SEEN, "go.mod", "main.go", "embed.go"}


EMBED = """package main

import "embed"

//go:embed testdata/word.md certs/ca.pem
var Words embed.FS
"""
SEEN = ("testdata/word.md", "certs/ca.pem", "conf/app.yaml", "conf/deep/notes.md", "LICENSE",
        "internal/secrets/doc.txt")  # fmt: skip
HIDDEN = (
    ".env", "conf/.env", ".env.local", ".git/config", "certs/server.key", "certs/other.pem",
    "main_test.go", "internal/testdata/big.bin", "bin/tiny", "dist/index.json", ".air/tiny",
    "web/node_modules/left/pad.js", "README.md", ".github/workflows/ci.yml", "compose.yaml",
    "compose.dev.yaml", "k8s/base/deployment.yaml", ".idea/x.xml", "secrets/password.txt",
    "Dockerfile", "Dockerfile.alpine", "docker-compose.yml", "coverage.out", "deploy/id_rsa",
    ".gitignore", "conf/.gitignore",
)  # fmt: skip
