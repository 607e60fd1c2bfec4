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


@pytest.mark.parametrize(
    ("path", "text", "builder"),
    [
        ("Makefile", "# Written by `gotare init --only makefile`.\n\tgotare build --load\n", "gotare"),  # noqa: E501
        ("container.mk", "# Written by `gotare init --only makefile`.\n\tdocker build\n", "docker"),
        ("Makefile", "build:\n\tgotare build\n", "docker"),
        (
            ".github/workflows/container.yml",
            "# Written by `gotare init --only github`.\n  run: gotare build\n", "gotare",
        ),
        ("README.md", "# Written by `gotare init`: gotare build\n", "docker"),
    ],
)  # fmt: skip
def test_the_builder_of_before(tmp_path: Path, path: str, text: str, builder: str) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text(text)
    assert look(tmp_path, "").builder == builder


@pytest.mark.parametrize(
    ("ignored", "known"),
    [("", False), ("dist/\n.env\n", True), ("/.env", True), ("#.env", False), (None, False)],
)
def test_whether_git_ignores_secrets(tmp_path: Path, ignored: str | None, known: bool) -> None:
    assert look(tmp_path, "").ignores_env, "no repository"
    (tmp_path / ".git").mkdir()
    if ignored is not None:
        (tmp_path / ".gitignore").write_text(ignored)
    assert look(tmp_path, "").ignores_env is known
