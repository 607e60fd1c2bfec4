"""A client of the Language Server Protocol, by hand: it speaks to `gotare lsp` over pipes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any

LONG = 60.0
"""Seconds after which an answer that has not come is taken for a defect."""

CAPABILITIES = {
    "workspace": {
        "workspaceEdit": {"documentChanges": True, "resourceOperations": ["create"]},
        "didChangeWatchedFiles": {"dynamicRegistration": True},
    },
    "general": {"positionEncodings": ["utf-16"]},
}

Message = dict[str, Any]


class Client:
    """Sends requests and notifications, and keeps what the server says by itself."""

    def __init__(self, process: subprocess.Popen[bytes], root: Path) -> None:
        assert process.stdin and process.stdout
        self.process, self.root = process, root
        self._in, self._out = process.stdin, process.stdout
        self._messages: Queue[Message | None] = Queue()
        self._waiting: list[Message] = []
        self._number = 0
        self._thread = Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while True:
            length = 0
            while (line := self._out.readline().strip()) != b"":
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            body = self._out.read(length) if length else b""
            if not body:
                self._messages.put(None)
                return
            self._messages.put(json.loads(body))

    def write(self, body: bytes) -> None:
        """Send bytes as a message."""
        self._in.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self._in.flush()

    def send(self, message: Mapping[str, Any]) -> None:
        self.write(json.dumps({"jsonrpc": "2.0", **message}).encode())

    def notify(self, method: str, params: Any = None) -> None:
        self.send({"method": method, "params": params})

    def begin(self, method: str, params: Any = None) -> int:
        """Send a request; return its number."""
        self._number += 1
        self.send({"id": self._number, "method": method, "params": params})
        return self._number

    def answer(self, number: int) -> Message:
        """Return the whole answer to a request."""
        return self._next(lambda message: message.get("id") == number and "method" not in message)

    def request(self, method: str, params: Any = None) -> Any:
        """Return the result of a request, which must succeed."""
        answer = self.answer(self.begin(method, params))
        assert "error" not in answer, answer
        return answer["result"]

    def said(self, method: str) -> Any:
        """Return the parameters of the next notification or request of the server."""
        return self._next(lambda message: message.get("method") == method)["params"]

    def _next(self, fits: Any) -> Message:
        while True:
            for number, message in enumerate(self._waiting):
                if fits(message):
                    return self._waiting.pop(number)
            try:
                received = self._messages.get(timeout=LONG)
            except Empty:
                raise AssertionError(f"nothing fits in {self._waiting}") from None
            assert received is not None, f"the server ended; {self._waiting}"
            if "id" in received and "method" in received:  # a request of the server
                self.send({"id": received["id"], "result": None})
            self._waiting.append(received)

    # what editors do

    def uri(self, path: str) -> str:
        return (self.root / path).as_uri()

    def initialize(self, **capabilities: Any) -> Any:
        wanted = {**CAPABILITIES, **capabilities}
        params = {"processId": os.getpid(), "rootUri": self.root.as_uri(), "capabilities": wanted}
        result = self.request("initialize", params)
        self.notify("initialized", {})
        return result

    def open(self, path: str, text: str, language: str = "plaintext", version: int = 1) -> None:
        document = {"uri": self.uri(path), "languageId": language, "version": version, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": document})

    def change(self, path: str, text: str, version: int) -> None:
        document = {"uri": self.uri(path), "version": version}
        changes = [{"text": text}]
        self.notify("textDocument/didChange", {"textDocument": document, "contentChanges": changes})

    def diagnostics(self, path: str, version: int = 1) -> list[Message]:
        """Return the next diagnostics of a version of a document."""
        while True:
            params = self.said("textDocument/publishDiagnostics")
            if params["uri"] == self.uri(path) and params.get("version") == version:
                found: list[Message] = params["diagnostics"]
                return found

    def shown(self, path: str, text: str, language: str = "plaintext") -> list[Message]:
        """Open a document and return its diagnostics."""
        self.open(path, text, language)
        return self.diagnostics(path)

    def actions(self, path: str, range_: Any, only: list[str] | None = None) -> list[Message]:
        context: dict[str, Any] = {"diagnostics": []}
        if only is not None:
            context["only"] = only
        document = {"uri": self.uri(path)}
        params = {"textDocument": document, "range": range_, "context": context}
        found: list[Message] = self.request("textDocument/codeAction", params)
        return found

    def hover(self, path: str, line: int, character: int) -> str:
        """Return what a hover shows, "" for nothing."""
        position = {"line": line, "character": character}
        params = {"textDocument": {"uri": self.uri(path)}, "position": position}
        result = self.request("textDocument/hover", params)
        return result["contents"]["value"] if result else ""

    def end(self) -> int:
        """Shut the server down; return its exit code."""
        self.request("shutdown")
        self.notify("exit")
        return self.process.wait(LONG)


@contextmanager
def client(root: Path, *arguments: str) -> Iterator[Client]:
    """Start a server for a folder; whatever happens, it is ended."""
    command = [sys.executable, "-m", "gotare.cli.main", "lsp", *arguments]
    env = {**os.environ, "XDG_CACHE_HOME": str(root.parent / "cache"), "GOTARE_TRACEBACK": "1"}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env,
        cwd=root,
    ) as process:  # fmt: skip
        try:
            yield Client(process, root)
        finally:
            process.kill()


def applied(text: str, edits: list[Message]) -> str:
    """Return a text with the edits of a client, in UTF-16 units."""
    units = text.encode("utf-16-le", "surrogatepass")
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line.encode("utf-16-le", "surrogatepass")))

    def place(position: Message) -> int:
        return starts[position["line"]] + 2 * int(position["character"])

    for edit in sorted(edits, key=lambda one: place(one["range"]["start"]), reverse=True):
        start, end = place(edit["range"]["start"]), place(edit["range"]["end"])
        units = units[:start] + edit["newText"].encode("utf-16-le") + units[end:]
    return units.decode("utf-16-le", "surrogatepass")
