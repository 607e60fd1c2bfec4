"""What an editor offers to do: repair a finding, repair all of them, ignore one, explain a rule."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from lsprotocol import types

from gotare.findings import Edit, Finding
from gotare.frozen import dataclass
from gotare.lint.lsp.diagnostics import diagnostics
from gotare.lint.lsp.documents import Document
from gotare.lint.lsp.linter import Checked
from gotare.lint.lsp.positions import Encoding, Positions
from gotare.lint.places import Lines

EXPLAIN: Final = "gotare.explain"
FIX_ALL: Final = "source.fixAll.gotare"

_BY_HAND: Final = frozenset({"syntax", "unreadable", "internal", "unknown-ignore", "unused-ignore"})
"""What no comment can wave through, or should."""


@dataclass(frozen=True, slots=True)
class Desktop:
    """What actions need to know of the editor: the text of a path (None: no such file), its URI,
    its version if it is open, and whether the editor can create files."""

    text: Callable[[str], str | None]
    uri: Callable[[str], str]
    version: Callable[[str], int | None]
    encoding: Encoding = "utf-16"
    versioned: bool = False
    creates: bool = False


def wants(only: Sequence[str] | None, kind: str) -> bool:
    """Tell whether a client asks for actions of a kind; "" and None ask for all."""
    return not only or any(not one or f"{kind}.".startswith(f"{one}.") for one in only)


def quick_fixes(
    checked: Checked, findings: Sequence[Finding], desktop: Desktop
) -> Iterator[types.CodeAction]:
    """Yield the repairs of findings: the safe ones are preferred."""
    shown = diagnostics(Checked(checked.document, tuple(findings)), desktop.encoding)
    for finding, diagnostic in zip(findings, shown, strict=False):
        fix = finding.fix
        edit = workspace_edit(_edited(checked.document, finding), desktop) if fix else None
        if fix and edit:
            title = fix.title or f"repair {finding.rule}"
            unsafe = "" if fix.safe else " (may change what is built)"
            yield types.CodeAction(
                title=f"{title[0].upper()}{title[1:]}{unsafe}",
                kind=types.CodeActionKind.QuickFix,
                diagnostics=[diagnostic],
                is_preferred=fix.safe,
                edit=edit,
            )


def _edited(document: Document, finding: Finding) -> Mapping[str, Sequence[Edit]]:
    assert finding.fix
    return {finding.fix.path or document.shown: finding.fix.edits}


def ignores(
    checked: Checked, findings: Sequence[Finding], desktop: Desktop
) -> Iterator[types.CodeAction]:
    """Yield comments that wave findings through."""
    for finding in findings:
        edit = _ignoring(checked.document, finding)
        made = workspace_edit({checked.document.shown: [edit]}, desktop) if edit else None
        if made:
            yield types.CodeAction(
                title=f"Ignore {finding.rule} here",
                kind=types.CodeActionKind.QuickFix,
                is_preferred=False,
                edit=made,
            )


def _ignoring(document: Document, finding: Finding) -> Edit | None:
    """Return the comment above the finding's line; None where a comment would mean something else:
    in the middle of an instruction, or of a recipe."""
    if finding.rule in _BY_HAND:
        return None
    lines = Lines(document.text)
    line, before = lines.line(finding.at.line), lines.line(max(finding.at.line - 1, 1))
    kind, indent = document.kind, re.match(r"[ \t]*", line)
    continued = before.rstrip().endswith(("\\", "`")) and finding.at.line > 1
    if kind is None or continued or (kind == "makefile" and line.startswith("\t")):
        return None
    if kind == "dockerfile" and not re.match(r"[ \t]*[A-Za-z]+(?:[ \t]|$)", line):
        return None
    mark = "//" if kind == "go" else "#"
    start = lines.start(finding.at.line)
    end = "\r\n" if "\r\n" in document.text else "\n"
    blank = indent[0] if indent else ""
    return Edit(start, start, f"{blank}{mark} gotare: ignore={finding.rule}{end}")


def explanations(findings: Iterable[Finding]) -> Iterator[types.CodeAction]:
    """Yield commands that explain rules."""
    for rule in dict.fromkeys(finding.rule for finding in findings):
        title = f"Explain {rule}"
        command = types.Command(title=title, command=EXPLAIN, arguments=[rule])
        yield types.CodeAction(title=title, kind=types.CodeActionKind.Empty, command=command)


def fix_all(changed: Mapping[str, str], desktop: Desktop) -> types.CodeAction | None:
    """Return the action that puts new texts in place of those of files, or None for none."""
    edits = {path: _difference(desktop.text(path) or "", new) for path, new in changed.items()}
    edit = workspace_edit(edits, desktop) if edits else None
    if edit is None:
        return None
    return types.CodeAction(title="Repair all that is safe to repair", kind=FIX_ALL, edit=edit)


def _difference(old: str, new: str) -> list[Edit]:
    """Return the edit that makes one text of another, without what both begin and end with."""
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    return [Edit(start, len(old) - end, new[start : len(new) - end])]


def workspace_edit(
    edits: Mapping[str, Sequence[Edit]], desktop: Desktop
) -> types.WorkspaceEdit | None:
    """Return edits as the client takes them; None where a file would have to be created and the
    client cannot."""
    created = [path for path in edits if desktop.text(path) is None]
    if created and not (desktop.creates and desktop.versioned):
        return None
    if not desktop.versioned:
        plain = {desktop.uri(path): _text_edits(path, edits[path], desktop) for path in edits}
        return types.WorkspaceEdit(changes=plain)
    operations: list[
        types.TextDocumentEdit | types.CreateFile | types.RenameFile | types.DeleteFile
    ] = [types.CreateFile(uri=desktop.uri(path)) for path in created]
    for path, changes in edits.items():
        identifier = types.OptionalVersionedTextDocumentIdentifier(
            uri=desktop.uri(path), version=desktop.version(path)
        )
        texts: list[types.TextEdit | types.AnnotatedTextEdit | types.SnippetTextEdit] = [
            *_text_edits(path, changes, desktop)
        ]
        operations.append(types.TextDocumentEdit(text_document=identifier, edits=texts))
    return types.WorkspaceEdit(document_changes=operations)


def _text_edits(path: str, edits: Sequence[Edit], desktop: Desktop) -> list[types.TextEdit]:
    positions = Positions(desktop.text(path) or "", desktop.encoding)
    ordered = sorted(edits, key=lambda edit: (edit.start, edit.end))
    return [types.TextEdit(positions.range(edit.start, edit.end), edit.text) for edit in ordered]
