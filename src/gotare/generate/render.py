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
    """Return a template with its values. Raises ProjectError for a value that GitHub or make would
    read as a command of its own."""
    return _environment().get_template(template).render(values)


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
        finalize=_checked,
    )
    environment.filters |= {"yaml": scalar, "sh": shlex.quote, "make": make_word}
    return environment


def make_word(text: str) -> str:
    """Return a word for a recipe of make: quoted for the shell, and every $ doubled."""
    return shlex.quote(text).replace("$", "$$")


def _checked(value: Any) -> Any:
    """Names of files come from the project: they must not become expressions or lines."""
    if isinstance(value, str) and "${{" in value:
        raise ProjectError(
            f"{value!r} cannot be written into a workflow: GitHub would take it for an expression",
            "rename the file or folder",
        )
    return value
