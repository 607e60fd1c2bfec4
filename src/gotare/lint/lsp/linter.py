"""Lints open documents: with their unsaved texts, gotare.yaml, and what is known of the project.

One thread does it all; nothing here is safe for two.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from gotare.config import folder_above, load_config
from gotare.errors import GotareError
from gotare.findings import Finding, Location
from gotare.frozen import dataclass
from gotare.lint.around import Load, Neighbourhood
from gotare.lint.lsp.documents import Document
from gotare.lint.own import OWN
from gotare.lint.policy import Flags, Policy, make_policy
from gotare.lint.reading import text_or_nothing
from gotare.lint.repair import Desk, repair
from gotare.lint.run import lint_target
from gotare.settings import LintSettings


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found in a version of a document, and what is wrong with the settings."""

    document: Document
    findings: tuple[Finding, ...] = ()
    problem: str = ""


class Linter:
    """Lints documents. `load` tells what is known of a Go project."""

    def __init__(self, root: Path, load: Load) -> None:
        self._root, self._load = root, load
        self._arounds: dict[Path | None, tuple[Policy, Neighbourhood, str]] = {}

    def forget(self) -> None:
        """Forget settings, folders and projects: files have changed."""
        self._arounds.clear()

    def check(self, document: Document, others: Iterable[Document]) -> Checked:
        """Lint a document; the unsaved texts of `others` count beside it."""
        target = document.target
        if target is None:
            return Checked(document)
        if document.is_too_large:
            return Checked(document, (_too_large(document),))
        root = folder_above(document.place.parent if document.place else self._root)
        policy, around, problem = self._around(root)
        _lay_out(around, (document, *others))
        findings = lint_target(target, around.look, policy, root, document.text).findings
        return Checked(document, findings, problem)

    def repaired(self, document: Document, others: Iterable[Document]) -> dict[str, str]:
        """Return the texts that all safe fixes of a document change, by the paths shown."""
        target = document.target
        if target is None or document.is_too_large:
            return {}
        known = {other.shown: other.text for other in (*others, document)}
        desk = Desk(lambda path: known[path] if path in known else text_or_nothing(self.at(path)))

        def check(path: str, text: str) -> tuple[Finding, ...]:
            return self.check(_with_text(document, text), others).findings

        repair(document.shown, desk, check, unsafe=False)
        return desk.changed()

    def at(self, shown: str) -> Path:
        """Return where a path that is shown is."""
        return self._root / shown

    def _around(self, folder: Path | None) -> tuple[Policy, Neighbourhood, str]:
        if folder not in self._arounds:
            policy, problem = _policy(folder)
            around = Neighbourhood(self._root, self._load, lambda target: policy.allow_registries)
            self._arounds[folder] = policy, around, problem
        return self._arounds[folder]


def _policy(folder: Path | None) -> tuple[Policy, str]:
    """Return what counts, and what is wrong with gotare.yaml."""
    try:
        settings = load_config(folder).lint if folder else LintSettings()
        return make_policy(settings, Flags()), ""
    except GotareError as error:
        return make_policy(LintSettings(), Flags()), error.message


def _lay_out(around: Neighbourhood, documents: Iterable[Document]) -> None:
    around.overlay.clear()
    for document in documents:
        if document.place is not None and not document.is_too_large:
            around.overlay[document.place.resolve()] = document.text


def _with_text(document: Document, text: str) -> Document:
    return Document(
        document.uri, document.version, document.language, text, document.place, document.shown
    )


def _too_large(document: Document) -> Finding:
    own = OWN["unreadable"]
    at = Location(document.shown, 1, 1, 1, 1)
    return Finding(own.id, own.severity, "larger than what is linted", at, "split it")
