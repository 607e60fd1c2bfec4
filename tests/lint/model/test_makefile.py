"""What make runs, as far as a Makefile tells."""

from __future__ import annotations

import pytest

from gotare.lint.shell.makefile import Runner, read_makefile
from gotare.lint.shell.model import UNKNOWN


def steps(text: str, *targets: str, **given: str | None) -> list[str]:
    runner = Runner(read_makefile(text), given, {"HOME": "/root", "SECRET": None})
    return [step.text for step in runner.steps(targets)]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a:\n\tx\n", ["x"]),
        ("a: ; x\n", ["x"]),
        ("a:\n\t@x\n\t-y\n\t@-z\n", ["x", "y", "z"]),
        ("V=1\na:\n\tx $(V) ${V} $V\n", ["x 1 1 1"]),
        ("V:=1\nV+=2\na:\n\tx $(V)\n", ["x 1 2"]),
        ("V?=1\nHOME?=2\na:\n\tx $(V) $(HOME)\n", ["x 1 /root"]),
        ("a:\n\tx $(SECRET)\n", [f"x {UNKNOWN}"]),
        ("V=$(shell x)\na:\n\tx $(V)\n", [f"x {UNKNOWN}"]),
        ("V!=x\na:\n\tx $(V)\n", [f"x {UNKNOWN}"]),
        ("a:\n\tx $$HOME $@\n", ["x $HOME a"]),
        ("a: b c\n\tx $< $^\nb:\n\ty\nc:\n\tz\n", ["y", "z", "x b b c"]),
        ("a: | b\n\tx\nb:\n\ty\n", ["x"]),
        ("a: V=2\na:\n\tx $(V)\n", ["x 2"]),
        ("a:\n\tx \\\n\t  y\n", ["x  \t  y"]),
        ("# c\nV = 1 # d\na:\n\tx $(V)\n", ["x 1"]),
        (".PHONY: a\na:\n\tx\n", ["x"]),
        ("ifdef X\nV=1\nelse\nV=2\nendif\na:\n\tx $(V)\n", [f"x {UNKNOWN}"]),
        ("define D\na:\n\tno\nendef\nb:\n\tx\n", ["x"]),
        ("-include x.mk\nexport\na:\n\tx\n", ["x"]),
        ("a:\n\tx $(strip  y   z ) $(notdir a/b c) $(addprefix p/,q r)\n", ["x y z b c p/q p/r"]),
        ("a:\n\t$(MAKE) b\n", ["make b"]),
        ("A=$(A)\na:\n\tx $(A)\n", [f"x {UNKNOWN}"]),
        ("", []),
        ("no target here\n", []),
    ],
)
def test_first_target(text: str, lines: list[str]) -> None:
    assert [line.split() for line in steps(text)] == [line.split() for line in lines]


def test_targets_by_name_and_by_pattern() -> None:
    text = "B=bin\na:\n\tx\n$(B)/%: dep-%\n\tgo $@ $*\ndep-%:\n\tdep $@\n"
    assert steps(text, "bin/q") == ["dep dep-q", "go bin/q q"]
    assert steps(text, "absent") == []
    assert steps(text, "a", "a") == ["x"]


def test_the_command_line_goes_before_the_file() -> None:
    assert steps("V=1\na:\n\tx $(V)\n", V="2") == ["x 2"]
    assert steps("V=1\na:\n\tx $(V)\n", V=None) == [f"x {UNKNOWN}"]


def test_what_is_exported() -> None:
    file = read_makefile("export A=1\nB=2\nexport B\n")
    assert file.exported == {"A", "B"} and not file.exports_all
    assert read_makefile("export\n").exports_all
