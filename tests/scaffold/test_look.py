"""What a project has already decides which files it gets, and where."""

from __future__ import annotations

from pathlib import Path

import pytest

from gotare.generate.header import header
from gotare.scaffold.look import image_of, look


@pytest.mark.parametrize(
    ("remote", "image"),
    [
        ("https://github.com/Me/Shop", "ghcr.io/me"),
        ("https://github.com/me/shop.git", "ghcr.io/me"),
        ("https://gitlab.com/group/sub/shop.git", "registry.gitlab.com/group/sub/shop"),
        ("https://git.example.com/me/shop", ""),
        ("https://github.com/", ""),
        ("", ""),
    ],
)
def test_the_repository_of_images(remote: str, image: str) -> None:
    assert image_of(remote) == image


@pytest.mark.parametrize(
    ("there", "remote", "expected"),
    [
        ((), "", ()),
        ((), "https://github.com/me/shop", ("github",)),
        ((), "https://gitlab.example.com/me/shop", ("gitlab",)),
        ((".github/x",), "https://gitlab.com/me/shop", ("github",)),
        ((".gitlab-ci.yml",), "", ("gitlab",)),
        ((".github/x", ".gitlab-ci.yml"), "", ("github", "gitlab")),
    ],
)
def test_pipelines(tmp_path: Path, there: tuple[str, ...], remote: str, expected: object) -> None:
    for name in there:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    assert look(tmp_path, remote).pipelines == expected


@pytest.mark.parametrize("name", ["Makefile", "makefile", "GNUmakefile"])
def test_a_makefile_of_ones_own(tmp_path: Path, name: str) -> None:
    assert look(tmp_path, "").makefile == "Makefile"
    (tmp_path / name).write_text("all:\n\ttrue\n")
    assert look(tmp_path, "").makefile == "container.mk"
    (tmp_path / name).write_text(header("makefile") + "\nall:\n")
    assert look(tmp_path, "").makefile == "Makefile"


def test_the_folder_of_documents(tmp_path: Path) -> None:
    assert look(tmp_path, "").docs == "docs/container.md"
    (tmp_path / "doc").mkdir()
    assert look(tmp_path, "").docs == "doc/container.md"
    (tmp_path / "docs").mkdir()
    assert look(tmp_path, "").docs == "docs/container.md"


def test_a_project_below_its_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".github").mkdir()
    below = tmp_path / "services/api"
    below.mkdir(parents=True)
    found = look(below, "")
    assert (found.pipelines, found.below) == (("github",), tmp_path)
    assert look(tmp_path, "").below is None
