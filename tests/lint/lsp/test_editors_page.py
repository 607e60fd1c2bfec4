"""The page about editors names what there is."""

from __future__ import annotations

import json
import re
import tomllib

import pytest

from gotare.cli.app import COMMANDS
from gotare.cli.lsp import command
from gotare.lint.files import MAX_SIZE
from gotare.lint.lsp.actions import EXPLAIN, FIX_ALL
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "editors.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def of(language: str) -> list[str]:
    return [text for name, text in BLOCKS if name == language]


@pytest.mark.parametrize("text", of("json"))
def test_settings_are_json(text: str) -> None:
    assert json.loads(text)


@pytest.mark.parametrize("text", of("toml"))
def test_settings_are_toml(text: str) -> None:
    settings = tomllib.loads(text)
    assert settings["language-server"]["gotare"] == {"command": "gotare", "args": ["lsp"]}


def test_every_editor_starts_the_command() -> None:
    started = re.findall(r'"gotare"[", \w]*(?:\n *"[\w.]+": \[|, | )"(\w+)"', PAGE)
    assert len(of("json")) + len(of("lua")) + len(of("toml")) + len(of("elisp")) == 6
    assert set(started) == {"lsp"}
    assert "lsp" in COMMANDS


def test_names_are_those_of_the_server() -> None:
    assert EXPLAIN in PAGE
    assert set(re.findall(r"source\.fixAll\.\w+", PAGE)) == {FIX_ALL}
    assert f"{MAX_SIZE >> 20} MiB" in PAGE


def test_options_are_those_of_the_command() -> None:
    known = {option for parameter in command.params for option in parameter.opts}
    assert set(re.findall(r"`(--[\w-]+)", PAGE)) <= known
