"""What does a command download, where does it put it, and what checks it?"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

from gotare.lint.dockerfile.environment import spoken
from gotare.lint.dockerfile.runs import Ran
from gotare.lint.dockerfile.syntax import Instruction
from gotare.lint.shell.model import ShellWord

FETCHERS: Final = frozenset({"curl", "wget", "fetch", "aria2c"})
_CHECKS: Final = re.compile(
    r"\b(?:sha(?:1|224|256|384|512)?sum|shasum|b2sum|md5sum|gpgv|cosign|minisign|signify|rekor-cli"
    r"|slsa-verifier|openssl\s+dgst|rhash|gh\s+attestation|apk\s+verify|checksum"
    r"|gpg2?\b[^\n;&|]*\s--verify(?:-files)?)\b",
    re.IGNORECASE,
)
_URL: Final = re.compile(r"[\"']?((?:https?|ftp)://.*)", re.DOTALL)
_LAST: Final = re.compile(r"://[^?#]*/([^/?#]+)(?:[?#]|$)")
_TO_FILE: Final = {"curl": ("o", "--output"), "wget": ("O", "--output-document")}
"""The letter and the name of the option that takes the path of a download."""


def checks(instruction: Instruction) -> bool:
    """Whether an instruction compares anything with a digest or a signature."""
    texts = (instruction.value, *(heredoc.content for heredoc in instruction.heredocs))
    return any(_CHECKS.search(text) for text in texts)


def url_of(ran: Ran) -> str:
    """Return the URL that a command downloads, with what is known of its variables put in; "" for
    none."""
    for word in ran.plain.arguments:
        found = _URL.match(_as_known(word, ran))
        if found:
            return found[1]
    return ""


def _as_known(word: ShellWord, ran: Ran) -> str:
    """Return what a word says; what only a run can tell is left as it is written, or is "…"."""
    said = []
    for part in word.parts:
        alone = ShellWord(part.text, 0, 0, (part,))
        known = spoken(alone, ran.values, ran.complete)
        said.append(known if known else "…" if part.kind == "other" else part.text)
    return "".join(said)


def saved_as(ran: Ran) -> str:
    """Return the path that a download is written to, as far as it is known; "" for none."""
    for redirection in ran.command.redirections:
        if redirection.operator in (">", ">|") and redirection.target is not None:
            return _as_known(redirection.target, ran)
    letter, name = _TO_FILE.get(ran.plain.name, ("o", "--output"))
    words = [_as_known(word, ran) for word in ran.plain.arguments]
    for word, following in pairwise([*words, ""]):
        if word.startswith(f"{name}="):
            return word.removeprefix(f"{name}=")
        if word == name or re.fullmatch(rf"-[A-Za-z]*{letter}", word):
            return following
    found = _LAST.search(url_of(ran)) if _keeps_name(ran.plain.name, words) else None
    return found[1] if found else ""


def _keeps_name(program: str, words: list[str]) -> bool:
    """Whether a download is written to a file that is named as in the URL."""
    return program == "wget" or any(
        word == "--remote-name" or re.fullmatch(r"-[A-Za-z]*O[A-Za-z]*", word) for word in words
    )
