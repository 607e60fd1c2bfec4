"""`gotare lint`: what it prints, writes, refuses, and exits with."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gotare.cli.main import run

pytestmark = pytest.mark.usefixtures("fake_rules")

BAD = "FROM a\nMAINTAINER me\nRUN x!\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a Dockerfile, and no repository or project above."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    monkeypatch.setenv("GOTARE_CACHE", str(tmp_path / "cache"))
    place = tmp_path / "place"
    place.mkdir()
    (place / "Dockerfile").write_text(BAD)
    return place


def lint(folder: Path, *arguments: str) -> int:
    return run(["lint", "-C", str(folder), *arguments])


def as_json(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_findings_go_to_stdout_and_the_summary_to_stderr(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert lint(folder) == 1
    printed = capsys.readouterr()
    assert printed.out == (
        "Dockerfile:1:6  warning  untagged  a has no version\n"
        "   1 | FROM a\n"
        "     |      ^\n"
        "     | hint: name one\n"
        "Dockerfile:2:1  warning  maintainer  MAINTAINER is old\n"
        "   2 | MAINTAINER me\n"
        "     | [fix: safe]\n"
        "Dockerfile:3:6  info     shouting  shouts\n"
        "   3 | RUN x!\n"
        "     |      ^\n"
        "     | [fix: unsafe]\n"
    )
    assert printed.err == ("2 warnings, 1 info in 1 file; --fix repairs 1, --fix --unsafe 1 more\n")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((), 1),
        (("--fail-on", "error"), 0),
        (("--fail-on", "never"), 0),
        (("--select", "shouting"), 0),
        (("--select", "shouting", "--fail-on", "info"), 1),
        (("--ignore", "untagged,maintainer"), 0),
        (("--severity-of", "shouting=error", "--fail-on", "error"), 1),
        (("--select", "DL4000"), 1),
    ],
)
def test_what_fails(folder: Path, arguments: tuple[str, ...], code: int) -> None:
    assert lint(folder, *arguments) == code


def test_a_rule_that_fails_exits_with_3(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "Dockerfile").write_text("FROM a:1\n# boom\n")
    (folder / "Dockerfile.other").write_text("FROM b\n")
    assert lint(folder, "--json") == 3
    printed = capsys.readouterr()
    document = json.loads(printed.out)
    assert document["failures"] == ["Dockerfile: failing failed: RuntimeError: boom"]
    assert [f["rule"] for f in document["findings"]] == ["internal", "untagged"]
    assert "error: Dockerfile: failing failed" in printed.err


def test_json_is_the_contract(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lint(folder, "--json") == lint(folder, "--format", "json") == 1
    first, second = capsys.readouterr().out.split("\n}\n{")
    document = json.loads(first + "\n}")
    assert json.loads("{" + second) == document
    assert document["summary"] == {"error": 0, "warning": 2, "info": 1}
    assert document["files"] == 1 and document["notes"] == []
    assert document["findings"][1] == {
        "rule": "maintainer",
        "severity": "warning",
        "message": "MAINTAINER is old",
        "path": "Dockerfile",
        "line": 2,
        "column": 1,
        "end_line": 2,
        "end_column": 14,
        "hint": "",
        "docs": "docs/rules/maintainer.md",
        "fix": {
            "safe": True,
            "edits": [{"start": 7, "end": 18, "text": "LABEL by="}],
            "title": "label",
            "path": "Dockerfile",
        },
    }


@pytest.mark.parametrize("form", ["sarif", "github", "junit", "gitlab"])
def test_every_format_prints_the_findings(
    folder: Path, form: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gotare.lint.explain.page_of", lambda name: f"page of {name}")
    assert lint(folder, "--format", form) == 1
    assert capsys.readouterr().out.count("MAINTAINER is old") >= 1


def test_fixing_writes_what_is_safe(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lint(folder, "--fix") == 1
    assert (folder / "Dockerfile").read_text() == "FROM a\nLABEL by=me\nRUN x!\n"
    printed = capsys.readouterr()
    assert "maintainer" not in printed.out and "untagged" in printed.out
    assert printed.err.startswith("repaired 1 finding\n")
    before = (folder / "Dockerfile").stat()
    assert lint(folder, "--fix") == 1
    assert (folder / "Dockerfile").stat() == before


def test_fixing_unsafely_is_asked_for(folder: Path) -> None:
    assert lint(folder, "--fix", "--unsafe") == 1
    assert (folder / "Dockerfile").read_text() == "FROM a\nLABEL by=me\nRUN x\n"


def test_showing_a_fix_writes_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lint(folder, "--fix", "--diff-only") == 1
    printed = capsys.readouterr().out
    assert "-MAINTAINER me\n+LABEL by=me\n" in printed
    assert (folder / "Dockerfile").read_text() == BAD
    (folder / "Dockerfile").write_text("FROM a\n")
    assert lint(folder, "--fix", "--diff-only") == 0
    assert capsys.readouterr().out == "nothing would change\n"


def test_a_fix_keeps_bytes_mode_and_line_ends(folder: Path) -> None:
    path = folder / "Dockerfile"
    path.write_bytes(b"\xef\xbb\xbf# caf\xe9\r\nFROM a:1\r\nMAINTAINER me\r\n")
    path.chmod(0o640)
    assert lint(folder, "--fix") == 0
    assert path.read_bytes() == b"\xef\xbb\xbf# caf\xe9\r\nFROM a:1\r\nLABEL by=me\r\n"
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_fix_may_make_another_file(folder: Path) -> None:
    (folder / "Dockerfile").write_text("# wants ignore\nFROM a:1\n")
    (folder / "Dockerfile.two").write_text("# wants ignore\nFROM a:1\n")
    assert lint(folder) == 1
    assert lint(folder, "--fix") == 0
    assert (folder / ".dockerignore").read_text() == ".git\n"


def test_all_files_are_written_or_none(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "sub").mkdir()
    outside = folder.parent / "outside"
    outside.write_text("FROM a:1\nMAINTAINER you\n")
    (folder / "sub" / "Dockerfile").symlink_to(outside)
    assert lint(folder, "--fix", "--select", "maintainer") == 0
    assert (folder / "sub" / "Dockerfile").is_symlink()
    assert outside.read_text() == "FROM a:1\nLABEL by=you\n"


def test_pragmas_settings_and_paths(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "gotare.yaml").write_text(
        "lint:\n  ignore: [shouting]\n  per-path:\n    'dev/**': {ignore: [untagged]}\n"
    )
    (folder / "dev").mkdir()
    (folder / "dev" / "Dockerfile").write_text("FROM b\n")
    (folder / "Dockerfile").write_text("# gotare: ignore=untagged why\nFROM a\nRUN x!\n")
    assert lint(folder) == 0
    assert lint(folder / "dev") == 0
    assert "no findings in 2 files" in capsys.readouterr().err


def test_wrong_settings_are_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "gotare.yaml").write_text("lint:\n  ignore: [untaged]\n")
    assert lint(folder) == 2
    assert capsys.readouterr().err == (
        "error: gotare.yaml:2:12: no rule is called 'untaged'\nhint: did you mean 'untagged'?\n"
    )


def test_a_baseline_leaves_out_what_was_there(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert lint(folder, "--write-baseline") == 0
    assert capsys.readouterr().out == ".gotare-lint.json: 3 findings\n"
    assert lint(folder) == 0
    (folder / "Dockerfile").write_text("# moved\n" + BAD + "FROM b\n")
    assert lint(folder, "--json") == 1
    document = as_json(capsys)
    assert [(f["line"], f["rule"]) for f in document["findings"]] == [(5, "untagged")]
    assert lint(folder, "--no-baseline", "--json") == 1
    assert len(as_json(capsys)["findings"]) == 4
    assert lint(folder, "--fix") == 1
    assert "MAINTAINER me" in (folder / "Dockerfile").read_text()


def test_what_is_gone_from_the_baseline_is_noted(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert lint(folder, "--write-baseline", "--baseline", "known.json") == 0
    (folder / "Dockerfile").write_text("FROM a\n")
    assert lint(folder, "--baseline", "known.json") == 0
    assert "note: 2 findings of the baseline are gone" in capsys.readouterr().err
    assert lint(folder, "--baseline", "nothing.json") == 2


def test_only_changed_lines(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    env = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull}
    name = ("-c", "user.name=a", "-c", "user.email=a@example.test")
    for words in (("init", "-q"), ("add", "."), (*name, "commit", "-qm", "first")):
        subprocess.run(["git", *words], cwd=folder, env=env, check=True)
    assert lint(folder, "--diff", "HEAD") == 0
    (folder / "Dockerfile").write_text(BAD + "MAINTAINER you\n")
    assert lint(folder, "--diff", "HEAD", "--json") == 1
    capsys.readouterr()
    assert lint(folder, "--diff", "HEAD", "--fix") == 0
    assert (folder / "Dockerfile").read_text() == BAD + "LABEL by=you\n"


def give(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data), isatty=bool))


def test_standard_input(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    give(monkeypatch, b"FROM b\n")
    assert lint(folder, "-", "--json") == 1
    assert [(f["path"], f["rule"]) for f in as_json(capsys)["findings"]] == [("-", "untagged")]
    give(monkeypatch, b"a: flaw\n")
    assert lint(folder, "-", "--stdin-name", "sub/Makefile", "--json") == 1
    assert [(f["path"], f["rule"]) for f in as_json(capsys)["findings"]] == [
        ("sub/Makefile", "flawed")
    ]


def test_standard_input_is_repaired_to_standard_output(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    give(monkeypatch, BAD.encode())
    assert lint(folder, "-", "--fix", "--stdin-name", "Dockerfile") == 0
    assert capsys.readouterr().out == "FROM a\nLABEL by=me\nRUN x!\n"
    assert (folder / "Dockerfile").read_text() == BAD


def test_standard_input_that_is_no_text(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    give(monkeypatch, b"\0")
    assert lint(folder, "-") == 2
    assert "standard input is binary" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--unsafe",), "--unsafe goes with --fix"),
        (("--diff-only",), "--diff-only goes with --fix"),
        (("--force",), "--force goes with --rewrite"),
        (("--fix", "--rewrite"), "--fix and --rewrite cannot be given together"),
        (("--stdin-name", "x"), "--stdin-name goes with standard input"),
        (("nothing",), "no such file or folder: nothing"),
        (("--select", "untaged"), "--select: no rule is called 'untaged'"),
        (("--diff", "HEAD"), "--diff: "),
    ],
)
def test_wrong_usage(
    folder: Path, arguments: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert lint(folder, *arguments) in (2, 3)
    assert message in capsys.readouterr().err


def test_nothing_to_lint(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert lint(empty) == 0
    assert capsys.readouterr().err == "note: no files to lint\n"


def test_without_a_project_it_says_so_once(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "Dockerfile").write_text("# asks\nFROM a:1\n")
    (folder / "Dockerfile.two").write_text("# asks\nFROM a:1\n")
    assert lint(folder) == 0
    assert capsys.readouterr().err.count("note: no go.mod here") == 1
    assert lint(folder, "--no-project") == 0
    assert "note" not in capsys.readouterr().err


def test_a_project_that_cannot_be_read_is_noted(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "Dockerfile").write_text("# asks\nFROM a:1\n")
    (folder / "go.mod").write_text("nonsense\n")
    assert lint(folder, "--go", "/nonexistent/go") == 0
    printed = capsys.readouterr().err
    assert printed.count("note: linted without the facts of the Go project: ") == 1


def test_a_project_is_read(folder: Path, go: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "Dockerfile").write_text("# asks\nFROM a:1\n")
    (folder / "go.mod").write_text("module example.test/app\n\ngo 1.24\n")
    (folder / "main.go").write_text("package main\n\nfunc main() {}\n")
    assert lint(folder) == 0
    assert "belongs to example.test/app" in capsys.readouterr().out


def test_rewriting(folder: Path, go: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "go.mod").write_text("module example.test/app\n\ngo 1.24\n")
    (folder / "main.go").write_text("package main\n\nfunc main() {}\n")
    (folder / "sub").mkdir()
    (folder / "sub" / "Dockerfile").write_text(BAD)
    assert lint(folder, "--rewrite") == 1
    printed = capsys.readouterr()
    assert "-MAINTAINER me" in printed.out and "nothing was written" in printed.err
    assert (folder / "Dockerfile").read_text() == BAD
    assert lint(folder, "--rewrite", "--force") == 0
    text = (folder / "Dockerfile").read_text()
    assert "go build" in text and "MAINTAINER" not in text
    assert (folder / "sub" / "Dockerfile").read_text() == BAD
    assert lint(folder, "--rewrite") == 0
    assert "nothing would change" in capsys.readouterr().err
    assert lint(folder, "--rewrite", "--yes", "sub/Dockerfile") == 0
    assert (folder / "sub" / "Dockerfile").read_text() == text


def test_rewriting_needs_a_project(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lint(folder, "--rewrite") == 3
    assert "belongs to no Go project" in capsys.readouterr().err


def test_quiet_prints_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lint(folder, "-q") == 1
    assert capsys.readouterr() == ("", "")


def test_what_ci_shows_names_files_from_the_top_of_the_repository(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    inside = folder / "sub"
    inside.mkdir()
    (inside / "Dockerfile").write_text("FROM a\nMAINTAINER me\n")
    assert lint(inside, "--format", "gitlab") == 1
    paths = {entry["location"]["path"] for entry in as_json(capsys)}
    assert paths == {"sub/Dockerfile"}
    assert lint(inside, "--format", "github") == 1
    assert "file=sub/Dockerfile," in capsys.readouterr().out
    assert lint(inside, "--json") == 1
    assert {finding["path"] for finding in as_json(capsys)["findings"]} == {"Dockerfile"}


def test_an_ignore_file_alone_gets_what_its_folder_gets(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "build").mkdir()
    (folder / "build" / "Dockerfile").write_text("# places\nFROM a:1\nCOPY go.mod .\n")
    (folder / "other").mkdir()
    (folder / "other" / "Dockerfile").write_text("# places\nFROM a:1\nCOPY x .\n")
    (folder / "other" / "x").write_text("")
    (folder / "go.mod").write_text("module example.test/a\n")
    (folder / ".dockerignore").write_text("x\nbin\n")
    assert lint(folder, "--no-project", "--json") == 1
    whole = [f for f in as_json(capsys)["findings"] if f["path"] == ".dockerignore"]
    assert [(f["rule"], f["line"]) for f in whole] == [("placing", 2)]
    assert lint(folder, "--no-project", "--json", ".dockerignore") == 1
    assert as_json(capsys)["findings"] == whole
    assert lint(folder, "--no-project", "--json", ".dockerignore", "build/Dockerfile") == 1
    assert [f for f in as_json(capsys)["findings"] if f["path"] == ".dockerignore"] == whole
    assert lint(folder, "--no-project", "--fix", "--select", "placing", ".dockerignore") == 0
    assert (folder / ".dockerignore").read_text() == "x\n"


def test_an_ignore_file_on_standard_input_gets_it_too(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "Dockerfile").write_text("# places\nFROM a:1\n")
    (folder / ".dockerignore").write_text("nothing\n")
    give(monkeypatch, b"x\n\nbin\n")
    assert lint(folder, "-", "--stdin-name", ".dockerignore", "--no-project", "--json") == 1
    found = [(f["path"], f["line"], f["rule"]) for f in as_json(capsys)["findings"]]
    assert found == [(".dockerignore", 3, "placing")]
