"""The language server as editors see it: a real process, over pipes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest

from tests.lint.lsp.client import Client, Message, applied, client

BAD = 'FROM alpine:3.22\nMAINTAINER Ann 🚢 <ann@example.com>\nUSER nobody\nCMD ["true"]\n'
EVERYTHING = {"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / ".git").mkdir(parents=True)
    return folder


@pytest.fixture
def editor(root: Path) -> Iterator[Client]:
    with client(root, "--no-project") as one:
        one.initialize()
        yield one
        assert one.end() == 0


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A server for tests that use folders of their own in it."""
    folder = tmp_path_factory.mktemp("shared") / "project"
    (folder / ".git").mkdir(parents=True)
    with client(folder, "--no-project") as one:
        one.initialize()
        yield one
        assert one.end() == 0


@pytest.fixture
def folder(request: pytest.FixtureRequest) -> str:
    """A name that no other test has."""
    return f"t{crc32(request.node.name.encode('utf-8', 'replace'))}"


def rules(found: list[Message]) -> set[str]:
    return {one["code"] for one in found}


def one_of(found: list[Message], rule: str) -> Message:
    return next(one for one in found if one["code"] == rule)


def edits_of(action: Message, uri: str) -> list[Message]:
    return [
        edit
        for change in action["edit"]["documentChanges"]
        if change.get("textDocument", {}).get("uri") == uri
        for edit in change["edits"]
    ]


def test_what_it_can(root: Path) -> None:
    with client(root) as one:
        result = one.initialize()
        can = result["capabilities"]
        assert result["serverInfo"]["name"] == "gotare"
        assert can["hoverProvider"]
        assert can["textDocumentSync"]["change"] == 1
        assert "source.fixAll.gotare" in can["codeActionProvider"]["codeActionKinds"]
        assert can["executeCommandProvider"]["commands"] == ["gotare.explain"]
        assert can["positionEncoding"] == "utf-16"
        watched = one.said("client/registerCapability")["registrations"][0]
        assert watched["method"] == "workspace/didChangeWatchedFiles"
        assert one.end() == 0


def test_findings_come_when_a_document_is_opened_and_changed(editor: Client) -> None:
    found = editor.shown("Dockerfile", BAD)
    one = one_of(found, "maintainer-deprecated")
    assert one["source"] == "gotare"
    assert one["severity"] == 2
    assert one["range"]["start"] == {"line": 1, "character": 0}
    # the ship is one character and two units of UTF-16
    assert one["range"]["end"] == {"line": 1, "character": 35}
    editor.change("Dockerfile", BAD.replace("MAINTAINER", "# by"), 2)
    assert "maintainer-deprecated" not in rules(editor.diagnostics("Dockerfile", 2))


def test_only_the_last_of_many_changes_is_told(editor: Client) -> None:
    editor.shown("Dockerfile", BAD)
    for version in range(2, 30):
        editor.change("Dockerfile", BAD + "\n" * version, version)
    editor.change("Dockerfile", "FROM scratch\n", 30)
    assert "maintainer-deprecated" not in rules(editor.diagnostics("Dockerfile", 30))


def test_a_repair_gives_a_clean_text(editor: Client) -> None:
    one = one_of(editor.shown("Dockerfile", BAD), "maintainer-deprecated")
    actions = editor.actions("Dockerfile", one["range"], ["quickfix"])
    fix = next(action for action in actions if action["isPreferred"])
    assert fix["diagnostics"][0]["code"] == "maintainer-deprecated"
    text = applied(BAD, edits_of(fix, editor.uri("Dockerfile")))
    assert 'LABEL org.opencontainers.image.authors="Ann 🚢 <ann@example.com>"\nUSER' in text
    editor.change("Dockerfile", text, 2)
    assert "maintainer-deprecated" not in rules(editor.diagnostics("Dockerfile", 2))


def test_all_is_repaired_at_once(editor: Client) -> None:
    text = BAD.replace("CMD", "MAINTAINER Bob\nCMD")
    editor.shown("Dockerfile", text)
    (action,) = editor.actions("Dockerfile", EVERYTHING, ["source.fixAll"])
    assert action["kind"] == "source.fixAll.gotare"
    after = applied(text, edits_of(action, editor.uri("Dockerfile")))
    assert "MAINTAINER" not in after
    assert after.startswith("FROM alpine:3.22\n")
    editor.change("Dockerfile", after, 2)
    editor.diagnostics("Dockerfile", 2)
    assert editor.actions("Dockerfile", EVERYTHING, ["source.fixAll"]) == []


def test_a_finding_is_waved_through_by_an_action(editor: Client) -> None:
    one = one_of(editor.shown("Dockerfile", BAD), "maintainer-deprecated")
    actions = editor.actions("Dockerfile", one["range"])
    ignore = next(a for a in actions if a["title"] == "Ignore maintainer-deprecated here")
    text = applied(BAD, edits_of(ignore, editor.uri("Dockerfile")))
    assert "\n# gotare: ignore=maintainer-deprecated\nMAINTAINER" in text
    editor.change("Dockerfile", text, 2)
    assert "maintainer-deprecated" not in rules(editor.diagnostics("Dockerfile", 2))


def test_a_rule_is_explained_by_hover_and_by_a_command(editor: Client) -> None:
    one = one_of(editor.shown("Dockerfile", BAD), "maintainer-deprecated")
    page = editor.hover("Dockerfile", 1, 3)
    assert page.startswith("# maintainer-deprecated\n")
    assert editor.hover("Dockerfile", 0, 6).startswith("**alpine:3.22**\n")
    actions = editor.actions("Dockerfile", one["range"])
    command = next(a["command"] for a in actions if a["title"].startswith("Explain"))
    assert command["command"] == "gotare.explain"
    told = editor.request("workspace/executeCommand", command)
    assert told.startswith("# maintainer-deprecated\n")
    assert "MAINTAINER" in editor.said("window/showMessage")["message"]


def test_a_rule_that_does_not_exist_is_a_message(editor: Client) -> None:
    params = {"command": "gotare.explain", "arguments": ["maintainer-depricated"]}
    assert editor.request("workspace/executeCommand", params) == ""
    assert "maintainer-deprecated" in editor.said("window/showMessage")["message"]


def test_hover_tells_what_a_base_holds(editor: Client) -> None:
    digest = "@sha256:" + "0" * 64
    text = f'FROM golang:1.25-alpine{digest} AS build\nWORKDIR /src\nSHELL ["ash"]\nFROM build\n'
    editor.shown("Dockerfile", text)
    base = editor.hover("Dockerfile", 0, 8)
    assert "C library: musl" in base
    assert "package manager: apk" in base
    assert "earlier stage" in editor.hover("Dockerfile", 3, 6)
    assert "working directory: /src" in editor.hover("Dockerfile", 2, 1)
    assert editor.hover("Dockerfile", 40, 0) == ""


@pytest.mark.parametrize(
    ("path", "language"),
    [("Dockerfile", ""), ("docker/api.Dockerfile", ""), ("strange-name", "dockerfile")],
)
def test_names_and_languages_tell_the_kind(
    shared: Client, folder: str, path: str, language: str
) -> None:
    assert "maintainer-deprecated" in rules(shared.shown(f"{folder}/{path}", BAD, language))


def test_other_documents_have_no_findings(shared: Client) -> None:
    assert shared.shown("notes.md", BAD, "markdown") == []
    assert shared.shown("main.py", "print(1)\n", "python") == []
    assert shared.hover("notes.md", 0, 0) == ""
    assert shared.actions("notes.md", EVERYTHING) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("Dockerfile", "FROM\n"),
        ("Dockerfile", 'FROM a\nRUN ["unbalanced\n'),
        ("Dockerfile", "FROM a\nRUN <<EOF\nnever ends\n"),
        ("Dockerfile", ""),
        ("Dockerfile", "\ufeffFROM a\r\nRUN a \\\r\n# c\r\n b\r\n"),
        ("Dockerfile", "FROM a\nRUN \u2028 \x0c \ud83d echo\n"),
        ("compose.yaml", "services: {a: [}\n"),
        ("compose.yaml", "a: &a [*a, *a]\nservices: *a\n"),
        ("deploy.yaml", "apiVersion: v1\nkind: Pod\nspec: [[[[\n"),
        ("Makefile", "\tno target\n"),
        (".dockerignore", "[\n\\\n"),
        (".github/workflows/ci.yml", "on: [push\njobs\n"),
        ("main.go", "package main\nfunc main( {"),
    ],
)
def test_broken_documents_are_no_end(shared: Client, folder: str, path: str, text: str) -> None:
    found = shared.shown(f"{folder}/{path}", text)
    assert "internal" not in rules(found)
    shared.hover(f"{folder}/{path}", 0, 1)
    shared.actions(f"{folder}/{path}", EVERYTHING)
    assert "maintainer-deprecated" in rules(shared.shown(f"{folder}/other.Dockerfile", BAD))


def test_a_document_that_is_too_large_is_said_to_be(shared: Client, folder: str) -> None:
    path = f"{folder}/Dockerfile"
    assert rules(shared.shown(path, "# " + "x" * (1 << 20) + "\n")) == {"unreadable"}
    assert shared.actions(path, EVERYTHING, ["source.fixAll"]) == []


def test_closing_takes_findings_away(editor: Client) -> None:
    assert editor.shown("Dockerfile", BAD)
    editor.notify("textDocument/didClose", {"textDocument": {"uri": editor.uri("Dockerfile")}})
    params = editor.said("textDocument/publishDiagnostics")
    assert params == {"uri": editor.uri("Dockerfile"), "diagnostics": []}
    document = {"uri": editor.uri("Dockerfile")}
    position = {"line": 1, "character": 1}
    hover = {"textDocument": document, "position": position}
    assert editor.request("textDocument/hover", hover) is None


def test_a_document_that_is_in_no_file(editor: Client) -> None:
    document: dict[str, Any] = {"uri": "untitled:Untitled-1", "languageId": "dockerfile"}
    opened = {"textDocument": {**document, "version": 1, "text": BAD}}
    editor.notify("textDocument/didOpen", opened)
    params = editor.said("textDocument/publishDiagnostics")
    assert params["uri"] == "untitled:Untitled-1"
    assert "maintainer-deprecated" in rules(params["diagnostics"])


def test_settings_count_and_are_read_again(editor: Client, root: Path) -> None:
    settings = root / "gotare.yaml"
    settings.write_text("lint:\n  ignore: [maintainer-deprecated]\n")
    assert "maintainer-deprecated" not in rules(editor.shown("Dockerfile", BAD))
    settings.write_text("lint:\n  severity: {maintainer-deprecated: error}\n")
    changes = [{"uri": settings.as_uri(), "type": 2}]
    editor.notify("workspace/didChangeWatchedFiles", {"changes": changes})
    assert one_of(editor.diagnostics("Dockerfile"), "maintainer-deprecated")["severity"] == 1
    settings.write_text("lint:\n  ignore: [no-such-rule]\n")
    editor.notify("workspace/didChangeWatchedFiles", {"changes": changes})
    assert "no-such-rule" in editor.said("window/showMessage")["message"]
    assert one_of(editor.diagnostics("Dockerfile"), "maintainer-deprecated")["severity"] == 2


GO = """package main

import (
	"log"
	"net/http"
)

// 🚢 The ship is two units.
func main() {
	/* 🚢 */ log.Fatal(http.ListenAndServe(":8080", nil))
}
"""


def test_facts_of_the_go_project_come_when_they_are_there(root: Path, go: Path) -> None:
    (root / "go.mod").write_text("module example.com/shop\n\ngo 1.25\n")
    (root / "main.go").write_text(GO)
    with client(root, "--go", str(go)) as one:
        one.initialize()
        one.open("main.go", GO, "go")
        found = one.diagnostics("main.go")
        while "server-without-timeouts" not in rules(found):  # read in the background
            found = one.diagnostics("main.go")
        place = one_of(found, "server-without-timeouts")["range"]
        assert place["start"] == {"line": 9, "character": 20}
        better = GO.replace("http.ListenAndServe", "http.ListenAndServeTLS").replace(
            "nil", '"a", "b"'
        )
        (root / "main.go").write_text(better)
        one.change("main.go", better, 2)
        one.notify("textDocument/didSave", {"textDocument": {"uri": one.uri("main.go")}})
        found = one.diagnostics("main.go", 2)
        while "ListenAndServeTLS" not in str(found):
            found = one.diagnostics("main.go", 2)
        assert one.end() == 0


def test_a_project_that_cannot_be_read_is_no_end(root: Path, go: Path) -> None:
    (root / "go.mod").write_text("module example.com/shop\n\nnonsense\n")
    (root / "main.go").write_text(GO)
    with client(root, "--go", str(go)) as one:
        one.initialize()
        one.open("main.go", GO, "go")
        assert one.diagnostics("main.go") == []
        assert "maintainer-deprecated" in rules(one.shown("Dockerfile", BAD))
        assert one.end() == 0


def test_edits_for_clients_that_know_no_versions(root: Path) -> None:
    with client(root, "--no-project") as one:
        one.initialize(workspace={})
        found = one_of(one.shown("Dockerfile", BAD), "maintainer-deprecated")
        actions = one.actions("Dockerfile", found["range"], ["quickfix"])
        assert list(actions[0]["edit"]["changes"]) == [one.uri("Dockerfile")]
        assert one.end() == 0


@pytest.mark.parametrize(("encoding", "end"), [("utf-8", 37), ("utf-32", 34)])
def test_characters_are_counted_as_the_client_wants(root: Path, encoding: str, end: int) -> None:
    with client(root, "--no-project") as one:
        result = one.initialize(general={"positionEncodings": [encoding]})
        assert result["capabilities"]["positionEncoding"] == encoding
        found = one_of(one.shown("Dockerfile", BAD), "maintainer-deprecated")
        assert found["range"]["end"] == {"line": 1, "character": end}
        assert one.end() == 0


def test_what_is_no_request_is_answered_with_an_error(editor: Client) -> None:
    assert editor.answer(editor.begin("textDocument/noSuchThing", {}))["error"]
    editor.begin("textDocument/hover", {"textDocument": 3})
    assert "Invalid Params" in editor.said("window/showMessage")["message"]
    editor.write(b'{"jsonrpc": "2.0", "method": ')
    assert "maintainer-deprecated" in rules(editor.shown("Dockerfile", BAD))


def test_a_request_can_be_cancelled(editor: Client) -> None:
    editor.shown("Dockerfile", BAD)
    params = {"textDocument": {"uri": editor.uri("Dockerfile")}, "range": EVERYTHING}
    numbers = [
        editor.begin("textDocument/codeAction", {**params, "context": {"diagnostics": []}})
        for _ in range(20)
    ]
    editor.notify("$/cancelRequest", {"id": numbers[-1]})
    answers = [editor.answer(number) for number in numbers]
    assert all("result" in answer for answer in answers[:-1])
    assert "result" in answers[-1] or answers[-1]["error"]["code"] == -32800


def test_leaving_without_a_word_ends_the_server(root: Path) -> None:
    with client(root, "--no-project") as one:
        one.initialize()
        assert one.process.stdin
        one.process.stdin.close()
        assert one.process.wait(60) == 1


def test_a_signal_ends_the_server_though_it_waits_for_the_client(root: Path) -> None:
    with client(root, "--no-project") as one:
        one.initialize()
        assert one.shown("Dockerfile", BAD)
        one.process.terminate()
        assert one.process.wait(60) == 1
