"""Fills in a template. The templates are beside this file; Jinja's marks are {= … =} and {% … %}.

The usual {{ … }} belongs to GitHub's expressions and to the templates of docker's command line.
"""

from __future__ import annotations

import shlex
from functools import cache
from typing import TYPE_CHECKING, Any

from gotare.errors import ProjectError
from gotare.generate.yaml_text import scalar

if TYPE_CHECKING:
    from jinja2 import Environment


def render(template: str, **values: Any) -> str:
    """Return a template with its values, which `plain` has seen where they come from a project."""
    return _environment().get_template(template).render(values)


def tidy(text: str, deepest: int = 0) -> str:
    """Return YAML with empty lines only before what is indented by `deepest` at most, and only one
    at a time."""
    lines: list[str] = []
    empty = False
    for line in text.split("\n"):
        if line.strip():
            outer = len(line) - len(line.lstrip()) <= deepest
            lines += [""] * (empty and outer and bool(lines)) + [line.rstrip()]
        empty = not line.strip()
    return "\n".join(lines) + "\n"


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("gotare.generate"),
        undefined=StrictUndefined,
        variable_start_string="{=",
        variable_end_string="=}",
        comment_start_string="{##",
        comment_end_string="##}",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - no HTML is written
    )
    environment.filters |= {
        "yaml": scalar,
        "sh": shlex.quote,
        "make": make_word,
        "make_value": make_value,
        "tar_path": "{}.tar".format,
    }
    return environment


def make_word(text: str) -> str:
    """Return a word for a recipe of make: quoted for the shell, and every $ doubled."""
    return make_value(shlex.quote(text))


def make_value(text: str) -> str:
    """Return a value for a variable of make, which reads $ and # as its own."""
    return text.replace("$", "$$").replace("#", r"\#")


def plain(text: str) -> str:
    """Return a name that comes from the project. Raises ProjectError for one that GitHub would take
    for an expression, or that is more than one line."""
    if "${{" in text or "\n" in text or "\r" in text:
        raise ProjectError(
            f"{text!r} cannot be written into a pipeline: it would be read as a command",
            "rename the file or folder",
        )
    return text
