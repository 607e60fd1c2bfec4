"""Which environment variables a container takes, and what they begin with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gotare.golang.facts import types as facts
from gotare.workload import Variable


def variables_of(
    found: Iterable[facts.Variable], image_env: Mapping[str, str]
) -> tuple[Variable, ...]:
    """Return the variables by name. What the image sets wins over the code's default; a secret has
    no value here, whatever the code says."""
    named: dict[str, Variable] = {}
    for item in sorted(found, key=lambda variable: variable.name):
        value = image_env.get(item.name, item.default)
        required = item.required and item.name not in image_env
        made = Variable(
            name=item.name,
            value=None if item.secret else value,
            required=required,
            secret=item.secret,
            kind=item.kind,
            at=str(item.at),
        )
        known = named.get(item.name)
        if known is None or (known.value is None and value is not None):
            named[item.name] = made
    return tuple(named.values())
