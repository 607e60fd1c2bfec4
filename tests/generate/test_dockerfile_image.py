"""A Dockerfile of `gotare init` and `gotare build` make the same image of the same plan.

The whole file trees are compared (path, kind, mode, owner, content, target of links) and everything
in the config that says how a container runs. BuildKit is the engine's own (`docker build`), with
today's frontend; its bases are made here (bases.py). What is not compared: dates, histories and how
files are spread over layers, which are docker's own, and annotations, which it does not write.
Not built here: images on Alpine that link musl, which is not to be had (test_dockerfile_lint.py
reads them), and other platforms than this machine's, for which there is no emulator.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.build.projects import CGO_MAIN, GO_MOD, MAIN, cgo, example, publish, tiny, write
from tests.generate.bases import LIBRARY, Bases
from tests.generate.both import PROBED, Both

pytestmark = pytest.mark.engine

SAME: tuple[Mapping[str, object], Mapping[str, object]] = ({}, {})


@pytest.mark.parametrize("name", ["hello", "assets", "workspace"])
def test_examples(bases: Bases, tmp_path: Path, name: str) -> None:
    """Their own health check; files with modes and variables; three images of one workspace."""
    both = Both(example(name, tmp_path / name), tmp_path / "cache", bases).release()
    compared = both.compare()
    assert len(compared) == (3 if name == "workspace" else 1)
    assert all(found == SAME for found in compared.values()), compared


EVERYTHING = """
user: 1234:5678
workdir: /srv/app
ports: [8080, 53/udp]
stop-signal: SIGINT
args: [serve, "two words", "a $DOLLAR", 'q"uote']
env: {GREETING: 'hello "you" $HOME \\\\ there', EMPTY: "", PATH: /opt/bin:/usr/bin}
labels: {example.com/key: 'a "b" $c', org.opencontainers.image.title: Tiny}
healthcheck: {command: [/usr/local/bin/tiny, check], interval: 90s, timeout: 500ms, retries: 7}
files:
  - {source: conf, destination: /srv/app/conf, mode: "0640", owner: "1234:5678"}
  - {source: conf/run.sh, destination: /opt/bin/run}
  - {source: "with space", destination: "/srv/app/with space"}
  - {source: seed, destination: /tmp/seed}
  - {source: notes.txt, destination: /home/nonroot/.config/notes.txt}
"""


def everything(folder: Path, settings: str = "") -> Path:
    """Write a project with every setting, and files with modes that images must not have."""
    project = tiny(
        folder,
        {
            "conf/a.txt": "a",
            "conf/deep/b.txt": "b",
            "conf/run.sh": "#!/bin/sh\n",
            "with space/c[1].txt": "c",
            "seed/d": "d",
            "notes.txt": "n",
            "gotare.yaml": EVERYTHING + settings,
        },
    )
    (project / "conf" / "run.sh").chmod(0o700)
    (project / "conf" / "a.txt").chmod(0o666)
    (project / "conf" / "deep").chmod(0o700)
    (project / "conf" / "link").symlink_to("deep/b.txt")
    return project


@pytest.mark.parametrize("base", ["static", "scratch"])
def test_every_setting(bases: Bases, tmp_path: Path, base: str) -> None:
    add = "add: [certificates, zones, users, tmp]\n" if base == "scratch" else ""
    both = Both(everything(tmp_path / "p", add), tmp_path / "cache", bases).release()
    assert both.compare(f"--base={base}") == {"tiny": SAME}


@pytest.mark.parametrize("add", ["[]", "[certificates]", "[tmp, zones]"])
def test_scratch_has_what_is_added_and_no_more(bases: Bases, tmp_path: Path, add: str) -> None:
    project = tiny(tmp_path / "p", {"gotare.yaml": f"base: scratch\nadd: {add}\n"})
    both = Both(project, tmp_path / "cache", bases).release()
    assert both.compare() == {"tiny": SAME}


def test_scratch_of_a_plan_that_leaves_it_to_the_binary_has_all(
    bases: Bases, tmp_path: Path
) -> None:
    """gotare looks into the linked program; a Dockerfile is written before there is one."""
    project = tiny(tmp_path / "p", {"gotare.yaml": "base: scratch\n"})
    both = Both(project, tmp_path / "cache", bases).release()
    assert both.plan().images[0].add is None
    ((tree, settings),) = both.compare().values()
    assert settings == {}
    assert all(mine is None for mine, _ in tree.values())
    assert {"etc/passwd", "etc/ssl/certs/ca-certificates.crt", "tmp"} <= set(tree)


@pytest.mark.parametrize("base", ["static", "scratch"])
def test_folders_that_nothing_else_makes_are_the_users(
    bases: Bases, tmp_path: Path, base: str
) -> None:
    settings = (
        f"base: {base}\nadd: [certificates, zones, users, tmp]\nworkdir: /srv/deep\n"
        "volumes: [/data, /var/lib/app, /tmp]\n"
    )
    both = Both(
        tiny(tmp_path / "p", {"gotare.yaml": settings}), tmp_path / "cache", bases
    ).release()
    assert both.compare() == {"tiny": SAME}


def test_version_commit_and_date_reach_the_program_and_the_labels(
    bases: Bases, tmp_path: Path
) -> None:
    variables = 'var version, commit, date = "dev", "none", "never"'
    main = MAIN.replace('var version = "dev"', variables).replace(
        '"tiny " + version', '"tiny " + version + commit + date'
    )
    project = tiny(tmp_path / "p", {"main.go": main})
    both = Both(project, tmp_path / "cache", bases).release()
    plan = both.plan()
    assert set(plan.images[0].flags.x) == {"main.version", "main.commit", "main.date"}
    assert both.compare() == {"tiny": SAME}
    with both.docker(plan, both.files(plan)["Dockerfile"]) as tag:
        printed = bases.client("run", "--rm", "--network=none", tag)
    assert printed.startswith("tiny v1.2.3") and "none" not in printed and "never" not in printed


def test_without_arguments_the_image_says_that_it_was_not_told(
    bases: Bases, tmp_path: Path
) -> None:
    project = tiny(tmp_path / "p")
    both = Both(project, tmp_path / "cache", bases).release()
    plan = both.plan()
    dockerfile = both.files(plan)["Dockerfile"]
    tag = "gotare-tests/untold:1"
    try:
        bases.docker_build(project, dockerfile, tag)
        assert bases.client("run", "--rm", "--network=none", tag) == "tiny dev"
    finally:
        bases.client.remove(tag)


USES_LIBRARY = MAIN.replace(
    'import "os"', 'import (\n\t"os"\n\n\t"example.com/greeting"\n)'
).replace('"tiny "', 'greeting.Word+" "')
REQUIRES = GO_MOD.format(name="tiny") + "\nrequire example.com/greeting v1.0.0\n"


def test_vendored_modules_are_built_without_a_network(bases: Bases, tmp_path: Path) -> None:
    listed = "# example.com/greeting v1.0.0\n## explicit; go 1.24\nexample.com/greeting\n"
    project = tiny(
        tmp_path / "p",
        {
            "go.mod": REQUIRES,
            "main.go": USES_LIBRARY,
            "vendor/modules.txt": listed,
            "vendor/example.com/greeting/greeting.go": LIBRARY["greeting.go"],
        },
    )
    both = Both(project, tmp_path / "cache", bases).release()
    dockerfile = both.files(both.plan())["Dockerfile"]
    assert "RUN --network=none" in dockerfile and "go mod download" not in dockerfile
    assert both.compare() == {"tiny": SAME}


def test_modules_are_downloaded_once(bases: Bases, tmp_path: Path, go: Path) -> None:
    """The build image's proxy is a folder in it; this machine's is another with the same module."""
    proxy = publish(tmp_path / "proxy", "example.com/greeting", "v1.0.0", LIBRARY)
    env = {
        "GOPROXY": proxy,
        "GOSUMDB": "off",
        "GOFLAGS": "-modcacherw",
        "GOMODCACHE": str(tmp_path / "modules"),
    }
    project = tiny(tmp_path / "p", {"go.mod": REQUIRES, "main.go": USES_LIBRARY})
    sums(go, project, env)
    both = Both(project, tmp_path / "cache", bases, env).release()
    assert "go mod download" in both.files(both.plan())["Dockerfile"]
    assert both.compare() == {"tiny": SAME}


def sums(go: Path, project: Path, env: Mapping[str, str]) -> None:
    """Let go write go.sum."""
    import os
    import subprocess

    done = subprocess.run(
        [go, "mod", "tidy"], cwd=project, env={**os.environ, **env}, capture_output=True, text=True
    )
    assert done.returncode == 0 and (project / "go.sum").exists(), done.stderr


def test_a_workspace_with_folders_and_replaced_modules(bases: Bases, tmp_path: Path) -> None:
    module = "module example.com/{0}\n\ngo 1.24\n{1}"
    project = write(
        tmp_path / "p",
        {
            "go.mod": module.format("tiny", "\nrequire example.com/greeting v0.0.0\n\n"
                                    "replace example.com/greeting => ./third_party/greeting\n"),
            "main.go": USES_LIBRARY,
            "third_party/greeting/go.mod": module.format("greeting", ""),
            "third_party/greeting/greeting.go": LIBRARY["greeting.go"],
        },
    )  # fmt: skip
    both = Both(project, tmp_path / "cache", bases).release()
    assert both.compare() == {"tiny": SAME}


def test_cgo_on_distroless(bases: Bases, tmp_path: Path) -> None:
    """gotare adds the libraries that the program links, each behind the path where it really is;
    distroless/base has all of libc6, in /lib, which is no link there."""
    both = Both(cgo(tmp_path / "p"), tmp_path / "cache", bases).release()
    ((tree, settings),) = both.compare("--cgo").values()
    assert settings == {}
    mine = {path: node for path, (node, _) in tree.items() if node}
    theirs = {path: node for path, (_, node) in tree.items() if node}
    assert all(path.startswith(("lib", "usr/lib")) for path in mine), mine
    libraries = {node.content for node in mine.values() if node.kind == "file"}
    assert libraries <= {node.content for node in theirs.values()}
    assert all(path.startswith(OF_LIBC) for path in theirs), theirs


OF_LIBC = ("lib", "usr/lib", "etc/ld.so.conf", "usr/share", "sbin", "usr/sbin")
"""What the package libc6 holds."""


def test_cgo_with_libc_inside(bases: Bases, tmp_path: Path) -> None:
    project = cgo(tmp_path / "p")
    write(project, {"main.go": CGO_MAIN})
    both = Both(project, tmp_path / "cache", bases).release()
    assert both.compare("--cgo=static") == {"native": SAME}


def test_the_probe_and_the_folders_of_volumes(bases: Bases, tmp_path: Path) -> None:
    settings = (
        "healthcheck: {url: 'http://127.0.0.1:${PORT:-8080}/healthz', interval: 1s}\n"
        "volumes: [/data]\n"
    )
    project = tiny(tmp_path / "p", {"main.go": PROBED, "gotare.yaml": settings})
    both = Both(project, tmp_path / "cache", bases).release()
    assert both.compare() == {"tiny": SAME}
