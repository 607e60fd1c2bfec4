"""The published programs whose facts are known, and what is true of each.

Every file of `benchmarks/truth/` is one program:

    program: example.com/owner/app@v1.2.3    its module, pinned
    package: cmd/app                         the folder of its main package, if not the top one
    tags: [sqlite]                           build tags
    what: message broker
    refused: no such folder                  what go says of a module that it cannot load
    must: {ports: [8080/http], ...}          all that is true and has to be found, by kind
    may: {ports: ["*6060/http"]}             patterns of what is true as well

Words are those of `benchmarks/facts_words.py`; `decisions` are about the plan: "kind service",
"cgo off", "base static", "liveness 8080/healthz". A comment names the source of each claim.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.facts_words import KINDS, Truth

FOLDER = Path(__file__).resolve().parent / "truth"
DECISIONS = "decisions"
ALL_KINDS = (*KINDS, DECISIONS)

_KEYS = frozenset({"program", "package", "tags", "what", "refused", "must", "may"})


@dataclass(frozen=True, slots=True)
class Known:
    """A program and what is true of it. `module` is with its version; `package` is a folder;
    `refused` is part of what go says of a module that it cannot load, "" for the others."""

    name: str
    module: str
    package: str
    tags: tuple[str, ...]
    what: str
    truth: Truth
    refused: str = ""


def known_programs(words: Sequence[str] = ()) -> list[Known]:
    """Return the programs whose name contains one of the words; all without words."""
    files = sorted(FOLDER.glob("*.yaml"))
    chosen = [path for path in files if not words or any(word in path.stem for word in words)]
    return [read_known(path.stem, path.read_text()) for path in chosen]


def read_known(name: str, text: str) -> Known:
    """Read one file. Raises ValueError that names what is wrong with it."""
    from ruamel.yaml import YAML

    document = YAML(typ="safe", pure=True).load(text)
    if not isinstance(document, dict) or document.keys() - _KEYS or "program" not in document:
        raise ValueError(f"{name}: needs program, and else only {', '.join(sorted(_KEYS))}")
    return Known(
        name,
        document["program"],
        document.get("package", "."),
        tuple(document.get("tags", ())),
        document.get("what", ""),
        Truth(_kinds(name, document.get("must", {})), _kinds(name, document.get("may", {}))),
        document.get("refused", ""),
    )


def _kinds(name: str, document: Mapping[str, Any]) -> Mapping[str, frozenset[str]]:
    unknown = document.keys() - set(ALL_KINDS)
    if unknown:
        raise ValueError(f"{name}: no such kind of fact: {min(unknown)}")
    for kind, words in document.items():
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise ValueError(f"{name}: {kind}: not a list of words: {words!r}")
    return {kind: frozenset(words) for kind, words in document.items()}
