"""The documents say what is true: every example is read, every command page is current."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import click
import pytest

from gotare.cli.app import COMMANDS, cli
from gotare.config import parse_config
from gotare.linting.audit_items import ITEMS
from gotare.settings import LintSettings, Settings
from scripts.guides_page import DONE, GUIDES_PAGE, guides_page
from scripts.rule_pages import FOLDER, rule_pages
from scripts.write_docs import TARGET, commands_page
from tests.conftest import ROOT

DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_the_command_page_is_current() -> None:
    assert TARGET.read_text() == commands_page(), "run .venv/bin/python scripts/write_docs.py"


def test_the_pages_of_rules_are_current() -> None:
    written = {path.name: path.read_text() for path in FOLDER.glob("*.md")}
    wanted = rule_pages()
    assert written.keys() == wanted.keys(), "run .venv/bin/python scripts/write_docs.py"
    stale = [name for name, text in wanted.items() if written[name] != text]
    assert stale == [], "run .venv/bin/python scripts/write_docs.py"


def test_the_page_about_guides_is_current() -> None:
    assert GUIDES_PAGE.read_text() == guides_page(), "run .venv/bin/python scripts/write_docs.py"


def test_the_page_about_guides_has_every_line_of_the_score_card() -> None:
    assert list(DONE) == [item.title for item in ITEMS]
    for item in ITEMS:
        assert all((FOLDER / f"{rule}.md").is_file() for rule in item.rules), item.title


def test_the_example_configuration_has_every_key() -> None:
    text = (ROOT / "docs/gotare-yaml.md").read_text()
    (example,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    config = parse_config(example, "docs/gotare-yaml.md")
    missing = {
        field.name
        for field in fields(Settings)
        if field.name != "packages" and getattr(config.common, field.name) is None
    }
    assert missing == set()
    lint = [getattr(config.lint, field.name) for field in fields(LintSettings)]
    assert all(lint), "a key of lint is not in the example"
    assert config.images
    assert [image.packages for image in config.images.values()] == [
        ("./cmd/api",),
        ("./cmd/migrate", "./cmd/seed"),
    ]


def _commands() -> list[str]:
    found = []
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        text = path.read_text().replace("\\\n", " ")
        found += re.findall(r"^\$ (gotare [^#\n]*)", text, re.MULTILINE)
    return sorted(set(found))


@pytest.mark.parametrize("line", _commands())
def test_documented_commands_parse(line: str) -> None:
    words = shlex.split(line.split("&&")[0])[1:]
    name, arguments = words[0], words[1:]
    assert name in COMMANDS
    parent = click.Context(cli, info_name="gotare")
    command = cli.get_command(parent, name)
    assert command is not None
    context = command.make_context(name, list(arguments), parent=parent)
    assert context.command is command


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", path.read_text()):
        if not target.startswith(("http:", "https:")):
            assert (path.parent / target).exists(), target


def test_every_decision_has_a_number_and_a_status() -> None:
    for path in sorted((ROOT / "docs/adr").glob("*.md")):
        text = path.read_text()
        assert text.startswith(f"# {int(path.name[:4])}. "), path.name
        assert "\nStatus: " in text, path.name


def test_measured_figures_are_those_of_the_benchmarks() -> None:
    text = (ROOT / "README.md").read_text()
    section = text.partition("## Measured")[2].partition("\n## ")[0]
    measured = (ROOT / "docs/benchmarks.md").read_text()
    figures = re.findall(r"\b\d+(?:\.\d+)? m?s\b", section)
    assert len(figures) > 20
    assert [figure for figure in figures if f" {figure} " not in measured] == []


def test_the_transcript_is_what_is_printed(tmp_path: Path, go: Path) -> None:
    """Sizes and digest depend on the version of Go, and times on the machine: they are masked."""
    text = (ROOT / "README.md").read_text()
    (shown,) = re.findall(r"^\$ gotare build\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    project = tmp_path / "hello"
    shutil.copytree(ROOT / "examples/hello", project, ignore=shutil.ignore_patterns("dist"))
    env = {**os.environ, "GOTARE_CACHE": str(tmp_path / "cache")}
    program = "from gotare.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, "build"],
        cwd=project,
        env=env,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert _masked(done.stdout) == _masked(shown)


def test_the_plan_in_the_readme_is_what_is_printed(tmp_path: Path, go: Path) -> None:
    text = (ROOT / "README.md").read_text()
    (shown,) = re.findall(r"^\$ gotare plan -C examples/rest-api\n(.*?)^```", text, re.M | re.S)
    project = tmp_path / "rest-api"
    shutil.copytree(ROOT / "examples/rest-api", project, ignore=shutil.ignore_patterns("dist"))
    program = "from gotare.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, "plan"],
        cwd=project,
        env={**os.environ, "GOTARE_CACHE": str(tmp_path / "cache")},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert len(shown.splitlines()) > 12
    assert [line for line in shown.splitlines() if line not in done.stdout.splitlines()] == []


def test_what_lint_finds_in_the_readme_is_what_is_printed(tmp_path: Path, go: Path) -> None:
    text = (ROOT / "README.md").read_text()
    (dockerfile,) = re.findall(r"^```dockerfile\n(.*?)^```", text, re.M | re.S)
    ((words, shown),) = re.findall(r"^\$ gotare (lint Dockerfile.*?)\n(.*?)^```", text, re.M | re.S)
    project = tmp_path / "rest-api"
    shutil.copytree(ROOT / "examples/rest-api", project, ignore=shutil.ignore_patterns("dist"))
    (project / "Dockerfile").write_text(dockerfile)
    done = subprocess.run(
        [sys.executable, "-m", "gotare", *shlex.split(words)],
        cwd=project,
        env={**os.environ, "GOTARE_CACHE": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stdout == shown
    others = subprocess.run(
        [Path(sys.executable).with_name("hadolint"), "--format", "json", "Dockerfile"],
        cwd=project,
        stdout=subprocess.PIPE,
        check=False,
    )
    last = len(dockerfile.splitlines())
    assert [(one["line"], one["code"]) for one in json.loads(others.stdout)] == [(last, "DL3025")]


def _masked(text: str) -> str:
    text = re.sub(r"sha256:[0-9a-f]{12}", "DIGEST", text)
    text = re.sub(r"\d+(\.\d+)? (MB|kB|ms|s)\b", "N", text)
    return re.sub(r"[ ]+", " ", text)
