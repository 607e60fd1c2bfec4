"""What editors are offered: edits that fit the client, and comments where they mean something."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from lsprotocol import types

from gotare.findings import Edit, Finding, Fix, Location, Severity
from gotare.lint.lsp.actions import (
    Desktop,
    fix_all,
    ignores,
    quick_fixes,
    wants,
    workspace_edit,
)
from gotare.lint.lsp.documents import Document
from gotare.lint.lsp.linter import Checked


def desktop(
    texts: Mapping[str, str] | None = None, versioned: bool = True, creates: bool = True
) -> Desktop:
    return Desktop(
        text=(texts or {}).get,
        uri=lambda path: f"file:///shop/{path}",
        version=lambda path: 7 if path == "Dockerfile" else None,
        versioned=versioned,
        creates=creates,
    )


def document(text: str, shown: str = "Dockerfile") -> Document:
    return Document(f"file:///shop/{shown}", 7, "", text, Path("/shop", shown), shown)


def finding(line: int, fix: Fix | None = None, path: str = "Dockerfile") -> Finding:
    at = Location(path, line, 1, line, 5)
    return Finding("some-rule", Severity.WARNING, "is wrong", at, fix=fix)


def checked(text: str, *findings: Finding, shown: str = "Dockerfile") -> Checked:
    return Checked(document(text, shown), findings)


@pytest.mark.parametrize(
    ("only", "kind", "wanted"),
    [
        (None, "quickfix", True),
        ([], "quickfix", True),
        (["source"], "source.fixAll.gotare", True),
        (["source.fixAll"], "source.fixAll.gotare", True),
        (["source.fix"], "source.fixAll.gotare", False),
        (["source.organizeImports"], "source.fixAll.gotare", False),
        (["refactor"], "quickfix", False),
        (["refactor", ""], "quickfix", True),
    ],
)
def test_what_is_asked_for(only: list[str] | None, kind: str, wanted: bool) -> None:
    assert wants(only, kind) is wanted


def test_a_repair_that_is_not_safe_says_so() -> None:
    fix = Fix((Edit(0, 4, "from"),), safe=False, title="write it small")
    one = checked("FROM a\n", finding(1, fix))
    (action,) = quick_fixes(one, one.findings, desktop({"Dockerfile": "FROM a\n"}))
    assert action.title == "Write it small (may change what is built)"
    assert action.is_preferred is False


def test_edits_carry_the_version_of_what_is_open() -> None:
    edit = workspace_edit({"Dockerfile": [Edit(0, 4, "from")]}, desktop({"Dockerfile": "FROM a\n"}))
    assert edit and edit.document_changes
    (change,) = edit.document_changes
    assert isinstance(change, types.TextDocumentEdit)
    assert change.text_document.version == 7
    assert edit.changes is None


def test_a_file_that_is_not_there_is_made_by_clients_that_can() -> None:
    edits = {".dockerignore": [Edit(0, 0, ".git\n")]}
    edit = workspace_edit(edits, desktop())
    assert edit and edit.document_changes
    create, write = edit.document_changes
    assert create == types.CreateFile(uri="file:///shop/.dockerignore")
    assert isinstance(write, types.TextDocumentEdit)
    assert workspace_edit(edits, desktop(creates=False)) is None
    assert workspace_edit(edits, desktop(versioned=False)) is None


def test_all_repairs_are_one_small_edit() -> None:
    before, after = "FROM a\nRUN b\nCMD c\n", "FROM a\nRUN d\nCMD c\n"
    action = fix_all({"Dockerfile": after}, desktop({"Dockerfile": before}, versioned=False))
    assert action and action.edit and action.edit.changes
    (edit,) = action.edit.changes["file:///shop/Dockerfile"]
    assert edit.new_text == "d"
    assert edit.range.start == types.Position(1, 4)
    assert fix_all({}, desktop()) is None


@pytest.mark.parametrize(
    ("shown", "text", "line", "inserted"),
    [
        ("Dockerfile", "FROM a\n  RUN b\n", 2, "  # gotare: ignore=some-rule\n"),
        ("Dockerfile", "FROM a\r\nRUN b\r\n", 2, "# gotare: ignore=some-rule\r\n"),
        ("Dockerfile", "FROM a\nRUN b \\\n  c\n", 3, None),
        ("Dockerfile", "FROM a\nRUN <<E\n  $(c)\nE\n", 3, None),
        ("compose.yaml", "services:\n  a:\n    image: b\n", 3, "    # gotare: ignore=some-rule\n"),
        ("Makefile", "a:\n\tdocker build .\n", 2, None),
        ("main.go", "package main\n\nfunc main() {}\n", 3, "// gotare: ignore=some-rule\n"),
    ],
)
def test_where_a_comment_waves_through(
    shown: str, text: str, line: int, inserted: str | None
) -> None:
    one = checked(text, finding(line, path=shown), shown=shown)
    where = desktop({shown: text}, versioned=False)
    found = list(ignores(one, one.findings, where))
    if inserted is None:
        assert found == []
        return
    assert found[0].edit and found[0].edit.changes
    (edit,) = found[0].edit.changes[f"file:///shop/{shown}"]
    assert edit.new_text == inserted
    assert edit.range.start == edit.range.end == types.Position(line - 1, 0)


def test_what_the_linter_says_itself_is_not_waved_through() -> None:
    at = Location("Dockerfile", 1, 1, 1, 5)
    one = checked("FROM a\n", Finding("syntax", Severity.ERROR, "no", at))
    assert list(ignores(one, one.findings, desktop({"Dockerfile": "FROM a\n"}))) == []
