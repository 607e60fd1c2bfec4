"""Which files are found, in a folder with and without git."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from gotare.errors import UsageError
from gotare.lint import files
from gotare.lint.files import find_targets

POD = "apiVersion: v1\nkind: Pod\n"


def write(root: Path, **texts: str) -> None:
    for name, text in texts.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def found(root: Path, *paths: str) -> dict[str, str]:
    env = {**os.environ, "GIT_CEILING_DIRECTORIES": str(root.parent)}
    return {target.shown: target.kind for target in find_targets(root, paths, env)}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    write(root, Dockerfile="FROM a\n", README="text", api__Dockerfile="FROM a\n")
    write(root, vendor__x__Dockerfile="FROM a\n", node_modules__y__Dockerfile="FROM a\n")
    for name, text in {
        "deploy/pod.yaml": POD,
        "deploy/values.yaml": "a: b\n",
        ".github/workflows/ci.yml": "on: push\n",
        "cmd/main.go": "package main\n",
        "lib/lib.go": "package lib\n",
        "ignored/Dockerfile": "FROM a\n",
        ".gitignore": "/ignored/\n",
    }.items():
        write(root, **{name.replace("/", "__"): text})
    return root


EXPECTED = {
    ".github/workflows/ci.yml": "workflow",
    "Dockerfile": "dockerfile",
    "api/Dockerfile": "dockerfile",
    "cmd/main.go": "go",
    "deploy/pod.yaml": "kubernetes",
}


def test_a_folder_without_git_is_walked(project: Path) -> None:
    assert found(project) == EXPECTED | {"ignored/Dockerfile": "dockerfile"}


def test_what_git_ignores_is_left_out(project: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=project, check=True)
    assert found(project) == EXPECTED
    assert found(project, "deploy") == {"deploy/pod.yaml": "kubernetes"}


def test_an_ignored_folder_that_is_named_is_meant(project: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=project, check=True)
    assert found(project, "ignored") == {"ignored/Dockerfile": "dockerfile"}
    assert found(project, "ignored/Dockerfile") == {"ignored/Dockerfile": "dockerfile"}


def test_workflows_count_at_the_top_of_a_repository_only(project: Path) -> None:
    taken = ("theme/.github/workflows/ci.yml", "theme/.github/actions/a/action.yml")
    for path in (*taken, "other/.github/workflows/ci.yml", "actions/a/action.yml"):
        (project / path).parent.mkdir(parents=True)
        (project / path).write_text("on: push\n")
    assert set(taken) <= set(found(project))
    subprocess.run(["git", "init", "-q"], cwd=project, check=True)
    assert not set(taken) & set(found(project))
    assert {".github/workflows/ci.yml", "actions/a/action.yml"} <= set(found(project))
    assert found(project, taken[0]) == {taken[0]: "workflow"}
    (project / "other" / ".git").mkdir()
    assert "other/.github/workflows/ci.yml" in found(project, "other")


def test_each_file_is_found_once(project: Path) -> None:
    assert list(found(project, "Dockerfile", ".", "./Dockerfile", "api")) == [
        "Dockerfile",
        *(path for path in [*EXPECTED, "ignored/Dockerfile"] if path != "Dockerfile"),
    ]


def test_paths_are_shown_as_they_are_typed(project: Path) -> None:
    inside = project / "api"
    assert found(inside, "../deploy") == {"../deploy/pod.yaml": "kubernetes"}
    place = str(project / "Dockerfile")
    assert found(inside, place) == {place: "dockerfile"}


def test_links_lead_nowhere_twice(project: Path) -> None:
    (project / "loop").symlink_to(project)
    (project / "self").symlink_to("self")
    (project / "Dockerfile.link").symlink_to("Dockerfile")
    (project / "Dockerfile.gone").symlink_to("nothing")
    assert found(project) == EXPECTED | {
        "ignored/Dockerfile": "dockerfile",
        "Dockerfile.gone": "dockerfile",
    }


def test_large_and_binary_yaml_is_not_looked_at(project: Path) -> None:
    (project / "deploy/huge.yaml").write_text(POD + "#" * files.MAX_SIZE)
    (project / "deploy/binary.yaml").write_bytes(POD.encode() + b"\0")
    os.mkfifo(project / "deploy/pipe.yaml")
    assert "deploy/pod.yaml" in found(project)
    assert not {path for path in found(project) if path.endswith(("huge.yaml", "binary.yaml"))}


def test_a_path_that_is_not_there_is_an_error(project: Path) -> None:
    with pytest.raises(UsageError, match="no such file or folder: nothing"):
        found(project, "nothing")


def test_what_is_only_called_like_a_dockerfile_must_be_named(project: Path) -> None:
    (project / "Dockerfile.tmLanguage").write_text("<plist>\n")
    (project / "Dockerfile.dev").write_text("ARG A=b\n\n  from ${A}\n")
    assert "Dockerfile.tmLanguage" not in found(project)
    assert "Dockerfile.dev" in found(project)
    assert found(project, "Dockerfile.tmLanguage") == {"Dockerfile.tmLanguage": "dockerfile"}


def test_files_are_bounded(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_FILES", 3)
    assert 0 < len(found(project)) <= 3
