"""All parts together: what files there are, that they fit each other, and that YAML is YAML."""

from __future__ import annotations

import subprocess
import sys
from pathlib import PurePosixPath

import pytest
import yaml

from gotare.generate.files import PARTS, Choices, Part
from gotare.generate.header import header
from gotare.generate.project_files import generate
from gotare.writing.markers import is_kept_whole, merge
from tests.generate.plan_table import CHOICES, PLANS


@pytest.mark.parametrize("name", PLANS)
def test_every_part_writes_files_of_its_own(name: str) -> None:
    files = generate(PLANS[name](), CHOICES)
    assert {file.part for file in files} == set(PARTS)
    assert [file.part for file in files] == sorted((f.part for f in files), key=PARTS.index)
    paths = [file.path for file in files]
    assert len(set(paths)) == len(paths)
    for file in files:
        path = PurePosixPath(file.path)
        assert not path.is_absolute()
        assert ".." not in path.parts
        assert file.content.endswith("\n")
        assert "\r" not in file.content


@pytest.mark.parametrize("part", PARTS)
def test_only_one_part(part: Part) -> None:
    files = generate(PLANS["api"](), CHOICES, {part})
    assert {file.part for file in files} == {part}
    assert set(files) <= set(generate(PLANS["api"](), CHOICES))


def test_nothing() -> None:
    assert generate(PLANS["api"](), Choices(), ()) == ()


@pytest.mark.parametrize("name", PLANS)
def test_yaml_can_be_read(name: str) -> None:
    for file in generate(PLANS[name](), CHOICES):
        if file.path.endswith((".yaml", ".yml")):
            list(yaml.safe_load_all(file.content))


@pytest.mark.parametrize("name", PLANS)
def test_no_file_is_a_marker_by_accident(name: str) -> None:
    for file in generate(PLANS[name](), CHOICES):
        assert not is_kept_whole(file.content, file.path)
        assert merge(file.content, file.content, file.path).kept == ()


def test_headers_tell_the_part() -> None:
    for file in generate(PLANS["api"](), CHOICES, ("github", "gitlab", "makefile")):
        assert file.content.startswith(header(file.part))


def test_a_part_imports_no_other() -> None:
    program = """
import sys
from gotare.generate.files import Choices
from gotare.generate.project_files import generate
from tests.generate.plans import api_plan
generate(api_plan(), Choices(), ("docs",))
print("jinja2" in sys.modules, "ruamel" in sys.modules, "gotare.generate.kubernetes" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "False", "False"]
