"""examples/cli runs from an image that holds nothing but itself."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.build.projects import example
from tests.build.run import HOST, build
from tests.conftest import ROOT
from tests.engine import Engine
from tests.examples.service import VERSION, go_run, go_test, loaded, run_once

PRICES = "fruit,price\napple,1.20\npear,0.80\n"


@pytest.fixture(scope="module")
def image(engine: Engine, go: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with loaded(engine, go, "cli", tmp_path_factory.mktemp("cli")) as name:
        yield name


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "prices.csv").write_text(PRICES)
    (folder / "ragged.csv").write_text(PRICES + "plum\n")
    (folder / "list.tmpl").write_text("{{ range .Rows }}* {{ index . 0 }}\n{{ end }}")
    tmp_path.chmod(0o755)
    return folder


def tabulate(
    engine: Engine, image: str, files: Path, *words: str
) -> subprocess.CompletedProcess[str]:
    """Run the program in the folder with the files."""
    options = (f"--volume={files}:/files:ro", "--workdir=/files")
    return run_once(engine, image, *words, options=options)


def test_vet(go: Path) -> None:
    go_run(go, ROOT / "examples/cli", "vet", "./...")


def test_its_own_tests_pass(go: Path) -> None:
    outcomes = go_test(go, "cli")
    assert len(outcomes) > 6
    assert set(outcomes.values()) == {"pass"}


def test_the_image_holds_only_the_binary(go: Path, tmp_path: Path) -> None:
    project = example("cli", tmp_path / "cli")
    go_run(go, project, "mod", "download")
    image = build(project, tmp_path, f"--platform={HOST}")
    files = [name for name, member in image.members().items() if member.isfile()]
    assert files == ["usr/local/bin/tabulate"]
    assert image.run()["User"] == "65532:65532"


def test_it_renders(engine: Engine, image: str, files: Path) -> None:
    done = tabulate(engine, image, files, "render", "prices.csv")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "| fruit | price |",
        "|-------|-------|",
        "| apple | 1.20  |",
        "| pear  | 0.80  |",
    ]
    done = tabulate(engine, image, files, "render", "prices.csv", "--template=list.tmpl")
    assert done.stdout == "* apple\n* pear\n"


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["version"], 0, f"tabulate {VERSION}\n"),
        (["--help"], 0, "Available Commands:"),
        ([], 0, "Available Commands:"),
        (["check", "prices.csv"], 0, "prices.csv: 2 columns, 2 rows\n"),
        (["check", "ragged.csv"], 1, "ragged.csv: record on line 4: wrong number of fields"),
        (["render", "nowhere.csv"], 1, "tabulate: nowhere.csv: no such file or directory"),
        (["render"], 2, "accepts 1 arg(s), received 0"),
        (["fly"], 2, 'unknown command "fly"'),
    ],
)
def test_exit_codes(
    engine: Engine, image: str, files: Path, words: list[str], code: int, says: str
) -> None:
    done = tabulate(engine, image, files, *words)
    assert done.returncode == code, done.stderr
    assert says in (done.stderr if code else done.stdout)
