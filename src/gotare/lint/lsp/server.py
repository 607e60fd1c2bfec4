"""The language server itself: what editors ask and are told, by pygls.

The loop only keeps documents and answers; linting is done by one thread, and Go projects are read
by another. An answer about a version of a document that is no more is thrown away.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeVar

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path, to_fs_path

from gotare import __version__
from gotare.errors import UsageError
from gotare.lint.around import Load
from gotare.lint.lsp.actions import (
    EXPLAIN,
    FIX_ALL,
    Desktop,
    explanations,
    fix_all,
    ignores,
    quick_fixes,
    wants,
)
from gotare.lint.lsp.diagnostics import diagnostics, touching
from gotare.lint.lsp.documents import Document, shown_path
from gotare.lint.lsp.hover import hover_text
from gotare.lint.lsp.linter import Checked, Linter
from gotare.lint.lsp.positions import Encoding, Positions
from gotare.lint.lsp.projects import Projects, changes_projects
from gotare.lint.reading import text_or_nothing

PAUSE: Final = 0.2
"""Seconds without a keystroke after which a document is linted."""

_HALF: Final = re.compile("[\ud800-\udfff]")
"""Halves of characters, which JSON can hold and no file."""

_ENCODINGS: Final[dict[str, Encoding]] = {"utf-8": "utf-8", "utf-32": "utf-32"}
_T = TypeVar("_T")


class _Pygls(LanguageServer):
    """pygls' server, which ends though a thread still waits for the client to say something."""

    def shutdown(self) -> None:
        """End without waiting for threads."""
        if self._stop_event is not None:
            self._stop_event.set()
        self.thread_pool.shutdown(wait=False, cancel_futures=True)


class Server:
    """What the server knows: documents, what was found in them, and who works on it.

    `directory` is where files lie when the client opens no folder.
    """

    def __init__(self, load: Load, directory: Path, pause: float = PAUSE) -> None:
        self.ls = _Pygls(
            "gotare", __version__, text_document_sync_kind=types.TextDocumentSyncKind.Full
        )
        self.pause = pause
        self.is_shut_down = False
        self._linting = ThreadPoolExecutor(1, "gotare-lint")
        self._reading = ThreadPoolExecutor(1, "gotare-project")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._projects = Projects(load, self._reading, self._project_was_read)
        self._root = directory
        self._linter = Linter(directory, self._projects)
        self._documents: dict[str, Document] = {}
        self._checked: dict[str, Checked] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._problem = ""
        _register(self)

    def run(self, source: BinaryIO, sink: BinaryIO) -> int:
        """Serve until the client ends it, and close `sink`; return the exit code."""
        try:
            self.ls.start_io(source, sink)
        finally:
            self._linting.shutdown(wait=False, cancel_futures=True)
            self._reading.shutdown(wait=False, cancel_futures=True)
        return 0 if self.is_shut_down else 1

    # what the client says

    def started(self, params: types.InitializeParams) -> None:
        """Take note of the folder that is open."""
        self._loop = asyncio.get_running_loop()
        folders = params.workspace_folders or []
        uri = folders[0].uri if folders else params.root_uri
        path = to_fs_path(uri) if uri else None
        self._root = Path(path) if path else self._root
        self._linter = Linter(self._root, self._projects)

    def put(self, uri: str, version: int, language: str, text: str) -> None:
        """Take the text of a document that is opened, or has changed."""
        path = to_fs_path(uri) if uri.startswith("file:") else None
        place = Path(path) if path else None
        shown = shown_path(place, self._root, uri)
        whole = _HALF.sub("\ufffd", text)
        self._documents[uri] = Document(uri, version, language, whole, place, shown)

    def changed(self, uri: str, version: int, text: str) -> None:
        """Take the new text of a document, and lint it when nothing is typed for a while."""
        known = self._documents.get(uri)
        self.put(uri, version, known.language if known else "", text)
        self.lint_soon(uri, self.pause)

    def closed(self, uri: str) -> None:
        """Forget a document, and take its diagnostics away."""
        for kept in (self._documents, self._checked):
            kept.pop(uri, None)
        timer = self._timers.pop(uri, None)
        if timer:
            timer.cancel()
        self._publish(uri, None, [])

    def files_changed(self, uris: list[str]) -> None:
        """Take note that files on disk are others now."""
        for place in (Path(path).resolve() for uri in uris if (path := to_fs_path(uri))):
            if changes_projects(place.name):
                self._projects.refresh(place)
        self._forget_and_lint_all()

    # linting

    def lint_soon(self, uri: str, pause: float = 0.0) -> None:
        """Lint a document after a pause; a later call takes the place of this one."""
        timer = self._timers.pop(uri, None)
        if timer:
            timer.cancel()
        loop = asyncio.get_running_loop()
        self._timers[uri] = loop.call_later(pause, self._begin, uri)

    def _begin(self, uri: str) -> None:
        self._timers.pop(uri, None)
        task = asyncio.get_running_loop().create_task(self._lint(uri))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _lint(self, uri: str) -> None:
        document, others = self._documents.get(uri), self._others(uri)
        if document is None:
            return

        def work() -> Checked | None:
            is_current = self._documents.get(uri) is document
            return self._linter.check(document, others) if is_current else None

        checked = await self.in_thread(work)
        if checked and self._documents.get(uri) is document:
            self._checked[uri] = checked
            self._publish(uri, document.version, diagnostics(checked, self.encoding))
            self._tell_problem(checked.problem)

    async def current(self, uri: str) -> Checked | None:
        """Return what is found in a document as it is now."""
        document = self._documents.get(uri)
        if document is None:
            return None
        known = self._checked.get(uri)
        if known is None or known.document is not document:
            known = await self._check(document)
        return known

    async def _check(self, document: Document) -> Checked:
        others = self._others(document.uri)
        return await self.in_thread(lambda: self._linter.check(document, others))

    async def repaired(self, uri: str) -> dict[str, str]:
        """Return the texts that all safe repairs of a document change."""
        document, others = self._documents[uri], self._others(uri)
        return await self.in_thread(lambda: self._linter.repaired(document, others))

    async def in_thread(self, work: Callable[[], _T]) -> _T:
        """Let the thread that lints do something."""
        return await asyncio.get_running_loop().run_in_executor(self._linting, work)

    def _others(self, uri: str) -> list[Document]:
        return [document for other, document in self._documents.items() if other != uri]

    def _forget_and_lint_all(self) -> None:
        self._linting.submit(self._linter.forget)
        for uri in list(self._documents):
            self.lint_soon(uri)

    def _project_was_read(self, root: Path) -> None:
        """Lint what is open once more: called by the thread that reads projects."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._forget_and_lint_all)

    # what the client is told

    def _publish(self, uri: str, version: int | None, found: list[types.Diagnostic]) -> None:
        params = types.PublishDiagnosticsParams(uri=uri, diagnostics=found, version=version)
        self.ls.text_document_publish_diagnostics(params)

    def _tell_problem(self, problem: str) -> None:
        """Say once what is wrong with gotare.yaml."""
        if problem and problem != self._problem:
            self.say(types.MessageType.Warning, problem)
        self._problem = problem

    def say(self, kind: types.MessageType, message: str) -> None:
        """Show a message."""
        self.ls.window_show_message(types.ShowMessageParams(type=kind, message=message))

    @property
    def encoding(self) -> Encoding:
        """What characters are counted in, as agreed with the client."""
        agreed = self.ls.workspace.position_encoding
        return _ENCODINGS.get(str(getattr(agreed, "value", agreed)), "utf-16")

    @property
    def desktop(self) -> Desktop:
        """What actions need to know of the client."""
        workspace = self.ls.client_capabilities.workspace
        can = workspace.workspace_edit if workspace else None
        operations = (can.resource_operations or []) if can else []
        by_path = {document.shown: document for document in self._documents.values()}

        def text(path: str) -> str | None:
            if path in by_path:
                return by_path[path].text
            place = self._linter.at(path)
            return text_or_nothing(place) if place.exists() else None

        def uri(path: str) -> str:
            known = by_path.get(path)
            return known.uri if known else from_fs_path(str(self._linter.at(path))) or ""

        return Desktop(
            text=text,
            uri=uri,
            version=lambda path: by_path[path].version if path in by_path else None,
            encoding=self.encoding,
            versioned=bool(can and can.document_changes),
            creates=types.ResourceOperationKind.Create in operations,
        )


async def _actions(server: Server, params: types.CodeActionParams) -> list[types.CodeAction]:
    uri, only = params.text_document.uri, params.context.only
    checked = await server.current(uri)
    if checked is None:
        return []
    positions = Positions(checked.document.text, server.encoding)
    start, end = positions.offset(params.range.start), positions.offset(params.range.end)
    here, desktop = touching(checked, start, end), server.desktop
    found: list[types.CodeAction] = []
    if wants(only, "quickfix"):
        found += [*quick_fixes(checked, here, desktop), *ignores(checked, here, desktop)]
    if wants(only, FIX_ALL) and any(one.fix and one.fix.safe for one in checked.findings):
        action = fix_all(await server.repaired(uri), desktop)
        found += [action] if action else []
    return found if only else [*found, *explanations(here)]


async def _hover(server: Server, params: types.HoverParams) -> types.Hover | None:
    checked = await server.current(params.text_document.uri)
    if checked is None:
        return None
    positions = Positions(checked.document.text, server.encoding)
    offset = positions.offset(params.position)
    text = await server.in_thread(lambda: hover_text(checked, offset))
    content = types.MarkupContent(types.MarkupKind.Markdown, text or "")
    return types.Hover(contents=content) if text else None


def _explain(server: Server, rule: str) -> str:
    from gotare.lint.explain import explain

    try:
        page = explain(rule)
    except UsageError as error:
        server.say(types.MessageType.Warning, f"{error.message}: {error.hint}")
        return ""
    why = page.partition("## Why\n\n")[2].partition("\n\n")[0].replace("\n", " ")
    server.say(types.MessageType.Info, f"{rule}: {why or page}")
    return page


def _watch(server: Server) -> None:
    """Ask the client to tell of files that change outside of it."""
    workspace = server.ls.client_capabilities.workspace
    can = workspace.did_change_watched_files if workspace else None
    if not (can and can.dynamic_registration):
        return
    patterns = (
        "**/*.go",
        "**/go.{mod,sum,work}",
        "**/gotare.yaml",
        "**/*ockerfile*",
        "**/.*ignore",
    )
    watchers = [types.FileSystemWatcher(glob_pattern=pattern) for pattern in patterns]
    options = types.DidChangeWatchedFilesRegistrationOptions(watchers=watchers)
    registration = types.Registration(
        id="gotare-files",
        method=types.WORKSPACE_DID_CHANGE_WATCHED_FILES,
        register_options=options,
    )
    server.ls.client_register_capability(types.RegistrationParams([registration]))


def _register(server: Server) -> None:
    """Tell pygls what is answered, and by whom."""
    ls = server.ls

    @ls.feature(types.INITIALIZE)
    def _(params: types.InitializeParams) -> None:
        server.started(params)

    @ls.feature(types.INITIALIZED)
    def _(params: types.InitializedParams) -> None:
        _watch(server)

    @ls.feature(types.SHUTDOWN)
    def _(params: Any) -> None:
        server.is_shut_down = True

    @ls.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def _(params: types.DidOpenTextDocumentParams) -> None:
        opened = params.text_document
        server.put(opened.uri, opened.version, opened.language_id, opened.text)
        server.lint_soon(opened.uri)

    @ls.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def _(params: types.DidChangeTextDocumentParams) -> None:
        uri = params.text_document.uri
        for change in params.content_changes[-1:]:
            server.changed(uri, params.text_document.version, change.text)

    @ls.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def _(params: types.DidSaveTextDocumentParams) -> None:
        server.files_changed([params.text_document.uri])

    @ls.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def _(params: types.DidCloseTextDocumentParams) -> None:
        server.closed(params.text_document.uri)

    @ls.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def _(params: types.DidChangeWatchedFilesParams) -> None:
        server.files_changed([change.uri for change in params.changes])

    @ls.feature(types.TEXT_DOCUMENT_HOVER)
    async def _(params: types.HoverParams) -> types.Hover | None:
        return await _hover(server, params)

    kinds = [types.CodeActionKind.QuickFix, FIX_ALL]

    @ls.feature(types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(code_action_kinds=kinds))
    async def _(params: types.CodeActionParams) -> list[types.CodeAction]:
        return await _actions(server, params)

    @ls.command(EXPLAIN)
    def _(rule: str) -> str:
        return _explain(server, rule)
