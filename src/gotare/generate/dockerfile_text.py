"""How words and values are written in a Dockerfile: quotes, JSON forms, comments, long commands.

Sources: docs.docker.com/reference/dockerfile ("Escape", "Environment replacement", "Exec form").
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence

from gotare.errors import UsageError

_PLAIN = re.compile(r"[A-Za-z0-9_./:@%+,=-]+")


def comment(text: str) -> str:
    """Return a text as comment lines of at most 80 characters."""
    return "\n".join(textwrap.wrap(text, 80, initial_indent="# ", subsequent_indent="# "))


def exec_form(words: Sequence[str]) -> str:
    """Return the JSON form of a command, which no shell reads."""
    return json.dumps(list(words), ensure_ascii=False)


def value(text: str, what: str) -> str:
    """Return a value for ENV or LABEL that BuildKit takes literally.

    Raises UsageError for a line break, which no Dockerfile can hold in a value.
    """
    if "\n" in text or "\r" in text:
        raise UsageError(
            f"{what} holds a line break, which a Dockerfile cannot say",
            "set it where the container is started, or put it into a file",
        )
    if _PLAIN.fullmatch(text):
        return text
    return '"' + re.sub(r'(["\\$])', r"\\\1", text) + '"'


def pairs(instruction: str, values: Mapping[str, str]) -> str:
    """Return one ENV or LABEL with values that are written already, one a line."""
    lines = [f"{name}={text}" for name, text in values.items()]
    indent = " " * (len(instruction) + 1)
    return f"{instruction} " + f" \\\n{indent}".join(lines)


def copy(sources: Sequence[str], destination: str, *flags: str) -> str:
    """Return a COPY; paths with spaces need its JSON form. Wildcards in sources mean themselves."""
    words = [*map(_literal, sources), re.sub(r"([\\$])", r"\\\1", destination)]
    if any(re.search(r"\s|^\[", word) for word in words):
        return " ".join(["COPY", *flags, exec_form(words)])
    return " ".join(["COPY", *flags, *words])


def _literal(path: str) -> str:
    """Return a path as a pattern that matches only itself: an escape alone is not enough."""
    classes = {"\\": r"[\\\\]", "$": r"\$"}
    return "".join(classes.get(c, f"[{c}]" if c in "*?[" else c) for c in path)


def shell_word(text: str) -> str:
    """Return a word as the shell of a RUN takes it literally."""
    if _PLAIN.fullmatch(text):
        return text
    return "'" + text.replace("'", "'\\''") + "'"


def shell_double(text: str) -> str:
    """Return a text for between double quotes of a shell."""
    return re.sub(r'(["\\$`])', r"\\\1", text)


def run(mounts: Iterable[str], commands: Sequence[str], *flags: str) -> str:
    """Return a RUN: its mounts a line each, then commands that must all succeed.

    A command may have several lines; those after the first are indented by two more.
    """
    options = [*flags, *(f"--mount={mount}" for mount in mounts)]
    body = " \\\n && ".join(command.replace("\n", " \\\n      ") for command in commands)
    if not options:
        return f"RUN {body}"
    return "RUN " + " \\\n    ".join([*options, body])


def heredoc(destination: str, text: str, *flags: str) -> str:
    """Return a COPY of a text that stands in the Dockerfile itself, taken literally.

    It ends with an empty line, which hadolint's parser wants there.
    """
    mark = "EOF"
    while mark in text.splitlines():
        mark += "_"
    head = " ".join(["COPY", *flags, f'<<"{mark}"', destination])
    return f"{head}\n{text.rstrip()}\n{mark}\n"
