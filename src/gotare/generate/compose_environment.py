"""The variables of Compose services, and the example of the `.env` file that they come from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from gotare.generate.addresses import Setting
from gotare.generate.backends import PASSWORD
from gotare.generate.header import header
from gotare.generate.quantities import go_memory_limit
from gotare.generate.yaml_text import Commented
from gotare.plan import ImagePlan

ENV_FILE: Final = ".env"
EXAMPLE_FILE: Final = ".env.example"
_CHANGE: Final = "change-me"
_MINIMUM: Final = "Change-me-1"
_SAMPLES: Final = {
    "url": "http://localhost", "port": "8080", "address": "localhost:8080", "duration": "30s",
    "number": "1", "bool": "false", "path": "/tmp", "list": "a,b",  # noqa: S108
}  # fmt: skip
_PLAIN: Final = re.compile(r"[\w./:@%+,=-]*", re.ASCII)
_LEVEL: Final = re.compile(r"(^|_)LOG_?LEVEL$")


def literal(text: str) -> str:
    """Return text as Compose reads it: it would replace $NAME."""
    return text.replace("$", "$$")


def environment(
    image: ImagePlan, settings: Iterable[Setting], development: bool = False
) -> dict[str, Any]:
    """Return the `environment:` of a program."""
    found = {item.name: _commented(item, development) for item in settings}
    if "GOMEMLIMIT" in found or development:
        return found
    why = "90 % of the memory limit below"
    return found | {"GOMEMLIMIT": Commented(go_memory_limit(image), beside=why)}


def _commented(item: Setting, development: bool) -> Commented:
    return Commented(_expression(item, development), beside=item.variable.at)


def _expression(item: Setting, development: bool) -> str | None:
    """Return the value, taken from `.env` where it is secret or nobody else knows it. None passes a
    variable on where it is set, and leaves it unset where it is not."""
    if item.password and item.value is not None:
        return literal(item.value).replace(PASSWORD, wanted(item.password))
    if development and is_log_level(item) and not item.secret:
        return "debug"
    if item.value is not None:
        return literal(item.value)
    return wanted(item.name) if item.variable.required else None


def wanted(name: str) -> str:
    """Return an expression that says what to do where a variable is missing."""
    return f"${{{name}:?say it in {ENV_FILE}, see {EXAMPLE_FILE}}}"


def is_log_level(item: Setting) -> bool:
    """Whether a variable says how much is logged."""
    return bool(_LEVEL.search(item.name.upper()))


def example(settings: Iterable[Setting], secrets: Mapping[str, str]) -> str:
    """Return `.env.example`, "" when nothing is to be said there. `secrets` are the passwords of
    backends, and whose they are."""
    blocks = [_secret_block(name, whose) for name, whose in secrets.items()]
    seen: dict[str, list[str]] = {}
    for item in settings:
        if item.value is None and item.name not in secrets:
            seen.setdefault(item.name, _block(item))
    blocks += seen.values()
    if not blocks:
        return ""
    head = [
        "# What compose.yaml takes from outside. To begin: cp .env.example .env",
        "# .env holds secrets: keep it out of git and out of images.",
    ]
    lines = [line for block in [head, *blocks] for line in ["", *block]]
    return header("compose") + "\n" + "\n".join(lines) + "\n"


def _secret_block(name: str, whose: str) -> list[str]:
    sample = _MINIMUM if name.startswith("MSSQL") else _CHANGE
    return [
        f"# The password of {whose}. Letters, digits and - only, because it becomes part of a URL:",
        "# openssl rand -hex 24",
        f"{name}={sample}",
    ]


def _block(item: Setting) -> list[str]:
    words = [
        "Required" if item.variable.required else "Optional",
        "secret" if item.secret else "",
        item.variable.kind,
    ]
    what = ", ".join(word for word in words if word)
    line = f"{item.name}={quoted(sample(item))}"
    at = f": {item.variable.at}" if item.variable.at else ""
    return [f"# {what}{at}", line if item.variable.required else f"# {line}"]


def sample(item: Setting) -> str:
    """Return a value that has the right form and says nothing."""
    return _CHANGE if item.secret else _SAMPLES.get(item.variable.kind, _CHANGE)


def quoted(text: str) -> str:
    """Return a value as the lines of an env file take it."""
    return text if _PLAIN.fullmatch(text) else "'" + text.replace("'", "\\'") + "'"
