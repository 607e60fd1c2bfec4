"""`gotare init`: what it writes, asks, refuses and prints; and that builds agree with it."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gotare.cli.main import run
from gotare.config import load_config
from gotare.generate.files import PARTS
from gotare.oci.retry import Patience
from tests.conftest import ROOT
from tests.golang.sources import git

SERVER = """package main

import (
	"net/http"
)

func main() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {})
	mux.HandleFunc("GET /", func(w http.ResponseWriter, _ *http.Request) {})
	http.ListenAndServe(":8080", mux)
}
"""


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache of gotare's own, and no network for go."""
    monkeypatch.setenv("GOTARE_CACHE", str(tmp_path_factory.mktemp("cache")))
    monkeypatch.setenv("GOPROXY", "off")


@pytest.fixture
def project(tmp_path: Path, go: Path) -> Path:
    """A service with a health route, and nothing else."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "go.mod").write_text("module example.com/shop\n\ngo 1.24\n")
    (folder / "main.go").write_text(SERVER)
    return folder


def init(project: Path, *arguments: str, code: int = 0) -> None:
    assert run(["init", "-C", str(project), *arguments]) == code


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    """What the JSON says became of each file."""
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert set(document) == {"files"}
    for file in document["files"]:
        assert file["part"] in PARTS
    return {file["path"]: file["action"] for file in document["files"]}


def tree(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_everything_is_written(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    init(project, "--ci=both", "--image=ghcr.io/me", "--json")
    actions = told(capsys)
    assert set(actions.values()) == {"created"}
    assert set(tree(project)) == {*actions, "go.mod", "main.go"}
    for path in ("Dockerfile", "compose.yaml", "k8s/base/deployment.yaml", "Makefile",
                 ".github/workflows/container.yml", ".gitlab-ci.yml", "gotare.yaml",
                 ".dockerignore", "docs/container.md"):  # fmt: skip
        assert path in actions
    settings = load_config(project).common
    assert settings.tags == ("ghcr.io/me/{name}:dev",)
    assert settings.healthcheck is not None
    init(project, "--ci=both", "--json")
    assert set(told(capsys).values()) == {"unchanged"}


def test_init_and_build_agree(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    init(project, "-q", "--variant=scratch", "--image=ghcr.io/me")
    assert run(["build", "-C", str(project), "--dry-run", "--json"]) == 0
    (image,) = json.loads(capsys.readouterr().out)["images"]
    assert (image["base"], image["probe"]) == ("scratch", True)
    assert image["tags"] == ["ghcr.io/me/shop:dev"]
    dockerfile = (project / "Dockerfile").read_text()
    assert "\nFROM scratch AS" in dockerfile
    assert " ".join(image["run"]["health_check"]["command"][1:]) in dockerfile


@pytest.mark.parametrize(("variant", "base"), [("alpine", "alpine:3.24"), ("debian", "debian:")])
def test_variants_are_settled(project: Path, variant: str, base: str) -> None:
    init(project, "-q", "--only=dockerfile", f"--variant={variant}")
    settled = load_config(project).common.base or ""
    assert settled.startswith(base)
    assert f"FROM {settled} AS" in (project / "Dockerfile").read_text()


def test_only_some_parts(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "gotare.yaml").write_text("user: '1234'\n")
    init(project, "--only=docs,makefile", "--only", "gitlab", "--json")
    assert list(told(capsys)) == [".gitlab-ci.yml", "Makefile", "docs/container.md"]


def test_pipelines_are_those_of_the_remote(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git(project, "init", "-q")
    git(project, "remote", "add", "origin", "git@github.com:Me/shop.git")
    init(project, "--json")
    actions = told(capsys)
    assert ".github/workflows/container.yml" in actions
    assert ".gitlab-ci.yml" not in actions
    assert load_config(project).common.tags == ("ghcr.io/me/{name}:dev",)


def test_what_differs_is_shown_and_skipped(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "Dockerfile").write_text("FROM mine\n")
    init(project, "--only=dockerfile,dockerignore")
    captured = capsys.readouterr()
    assert "-FROM mine\n" in captured.err
    assert "skipped   Dockerfile\n" in captured.out
    assert "created   .dockerignore\n" in captured.out
    assert "--force overwrites them" in captured.out
    assert (project / "Dockerfile").read_text() == "FROM mine\n"
    init(project, "--only=dockerfile", "--force", "--json")
    assert told(capsys)["Dockerfile"] == "updated"
    assert "FROM mine" not in (project / "Dockerfile").read_text()


def test_what_is_marked_is_kept(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    init(project, "-q", "--ci=none")
    mine = "# gotare: keep begin tools\nRUN apk add git\n# gotare: keep end\n"
    dockerfile = project / "Dockerfile"
    last = dockerfile.read_text().rstrip("\n").split("\n")[-1] + "\n"
    dockerfile.write_text(dockerfile.read_text().replace(last, mine + last))
    (project / "Makefile").write_text("# gotare: keep\nall:\n")
    (project / "main.go").write_text(SERVER.replace("8080", "8090"))
    init(project, "--ci=none", "--force")
    out = capsys.readouterr().out
    assert mine in dockerfile.read_text()
    assert "8090" in (project / "compose.yaml").read_text()
    assert "updated   Dockerfile  (keeps tools)\n" in out
    assert (project / "Makefile").read_text() == "# gotare: keep\nall:\n"


def test_a_place_that_is_gone_writes_nothing(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    block = "# gotare: keep begin x\nENV A=1\n# gotare: keep end\n"
    (project / "Dockerfile").write_text(f"FROM mine\n{block}CMD mine\n")
    before = tree(project)
    init(project, "--force", code=3)
    err = capsys.readouterr().err
    assert "error: Dockerfile:2: the place of the block 'x' after 'FROM mine'" in err
    assert "hint: nothing was written" in err
    assert tree(project) == before


def test_the_diff_writes_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "Dockerfile").write_text("FROM mine\n")
    before = tree(project)
    init(project, "--diff", "--only=dockerfile", code=1)
    out = capsys.readouterr().out
    assert "--- a/Dockerfile\n+++ b/Dockerfile\n" in out
    assert "--- /dev/null\n+++ b/Dockerfile.alpine\n" in out
    init(project, "--diff", "--json", "--only=dockerfile", code=1)
    files = json.loads(capsys.readouterr().out)["files"]
    assert files[0]["diff"].startswith("--- a/Dockerfile")
    assert tree(project) == before
    init(project, "-q", "--only=docs,config")
    init(project, "--diff", "--only=docs,config")
    assert capsys.readouterr().out == "nothing would change\n"


def test_a_makefile_of_ones_own_stays(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "Makefile").write_text("all:\n\ttrue\n")
    init(project, "--only=makefile", "--force")
    assert (project / "Makefile").read_text() == "all:\n\ttrue\n"
    assert (project / "container.mk").exists()
    assert "include container.mk" in capsys.readouterr().err


SETTLED = "# ours\nuser: '1234' # as in the cluster\n"


def test_the_settings_of_ones_own_are_edited(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "gotare.yaml").write_text(SETTLED)
    init(project, "--image=ghcr.io/me", code=2)
    err = capsys.readouterr().err
    assert '+  - "ghcr.io/me/{name}:dev"' in err
    assert "error: gotare.yaml has to change" in err
    assert set(tree(project)) == {"gotare.yaml", "go.mod", "main.go"}
    init(project, "--image=ghcr.io/me", "--force", "-q")
    text = (project / "gotare.yaml").read_text()
    assert text.startswith(SETTLED)
    assert load_config(project).common.tags == ("ghcr.io/me/{name}:dev",)


def test_settings_that_are_marked_as_ones_own(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "gotare.yaml").write_text("# gotare: keep\nuser: '1'\n")
    init(project, "--variant=scratch", "--force", code=2)
    assert "marked as yours, so base cannot be written" in capsys.readouterr().err
    init(project, "--force", "--json")
    assert told(capsys)["gotare.yaml"] == "kept"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--only=dockerfiles"], 2, ["not a part: 'dockerfiles'", "did you mean 'dockerfile'?"]),
        (["--only=x"], 2, ["not a part", "parts: dockerfile, "]),
        (["--image=Not/Lower"], 2, ["not an image reference"]),
        (["--variant=windows"], 2, ["--variant"]),
        (["example.com/x@v1"], 3, []),
    ],
)
def test_failures(
    project: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
    words: list[str],
) -> None:
    before = tree(project)
    assert run(["init", "-C", str(project), *arguments]) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert all(word in captured.err for word in words), captured.err
    assert tree(project) == before


def test_a_folder_below_the_project(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "cmd/api").mkdir(parents=True)
    shutil.move(project / "main.go", project / "cmd/api/main.go")
    init(project / "cmd/api", code=2)
    assert f"run gotare init -C {project}" in capsys.readouterr().err


def test_no_project(tmp_path: Path, go: Path, capsys: pytest.CaptureFixture[str]) -> None:
    init(tmp_path, code=3)
    assert "go.mod" in capsys.readouterr().err
    assert tree(tmp_path) == {}


def test_a_link_out_of_the_project(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outside = project.parent / "outside"
    outside.mkdir()
    (project / "docs").symlink_to(outside)
    init(project, "--force", code=3)
    assert "docs/container.md leads out of the project" in capsys.readouterr().err
    assert list(outside.iterdir()) == []
    assert not (project / "Dockerfile").exists()


def test_pins(
    project: Path,
    base_image: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The base comes from a registry on this machine; what cannot be reached is a warning."""
    real = socket.getaddrinfo

    def loopback_only(host: str, *rest: Any, **named: Any) -> Any:
        if host != "127.0.0.1":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return real(host, *rest, **named)

    monkeypatch.setattr("gotare.scaffold.pins._PATIENCE", Patience(tries=1))
    monkeypatch.setattr(socket, "getaddrinfo", loopback_only)
    (project / "gotare.yaml").write_text(f"base: {base_image}\n")
    init(project, "--only=dockerfile", "--pin", "-v")
    err = capsys.readouterr().err
    assert re.search(r"warning: golang:1\.\S+-bookworm is not pinned: .*not found", err)
    assert f"{base_image} is not pinned" not in err
    text = (project / "Dockerfile").read_text()
    assert f"FROM {base_image}@sha256:" in text
    assert re.search(r"FROM --platform=\$BUILDPLATFORM golang:[^@ ]+ AS", text)


def test_several_images_and_a_workspace(tmp_path: Path, go: Path) -> None:
    project = tmp_path / "workspace"
    shutil.copytree(ROOT / "examples/workspace", project, ignore=shutil.ignore_patterns("dist"))
    init(project, "-q", "--yes", "--ci=both", "--builder=gotare")
    assert "./api/... " in (project / "Makefile").read_text()
    assert run(["build", "-C", str(project), "--dry-run", "-q"]) == 0


def on_terminal(arguments: list[str], answers: list[tuple[str, str]]) -> str:
    """Run gotare on a terminal; type each answer once its question shows; return what showed."""
    ours, theirs = pty.openpty()
    program = Path(sys.executable).parent / "gotare"
    with subprocess.Popen(
        [program, *arguments], stdin=theirs, stdout=theirs, stderr=theirs
    ) as child:
        os.close(theirs)
        shown = ""
        for question, answer in answers:
            while not re.search(rf"{re.escape(question)}.*: $", shown):
                shown += os.read(ours, 4096).decode()
            os.write(ours, f"{answer}\n".encode())
        try:
            while data := os.read(ours, 4096):
                shown += data.decode()
        except OSError:  # so a terminal ends
            pass
        os.close(ours)
    assert child.returncode == 0, shown
    return shown


@pytest.mark.timeout(60)
def test_questions_on_a_terminal(project: Path) -> None:
    """A person says: alpine, a repository, GitLab, a health check, and yes to what differs."""
    (project / "Dockerfile").write_text("FROM mine\n")
    answers = [
        ("Base of the image", "alpine"),
        ("Repository of images", "ghcr.io/me"),
        ("CI (", "gitlab"),
        ("have a health check", ""),
        ("Overwrite Dockerfile", "yes"),
    ]
    shown = on_terminal(["init", "-C", str(project)], answers)
    assert "-FROM mine" in shown
    settings = load_config(project).common
    assert settings.base == "alpine:3.24"
    assert settings.tags == ("ghcr.io/me/{name}:dev",)
    assert settings.healthcheck is not None
    assert (project / ".gitlab-ci.yml").exists()
    assert not (project / ".github").exists()
    assert "FROM mine" not in (project / "Dockerfile").read_text()
