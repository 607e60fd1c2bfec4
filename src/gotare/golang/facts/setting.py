"""A thing that a user may set from outside: by environment variable, by flag, or by both."""

from __future__ import annotations

from gotare.frozen import dataclass
from gotare.golang.facts.types import Evidence
from gotare.golang.facts.value import Value, unknown


@dataclass(frozen=True, slots=True)
class Setting:
    """What the code says of one. `names` are the variables that set it, the first one wins.

    `default` None: the code has none. `type` is the Go type as it is written, "" where unknown.
    `key` is its name in a configuration library, `package` the package that declares it.
    """

    at: Evidence
    package: str
    names: tuple[str, ...] = ()
    flag: str = ""
    default: str | None = None
    required: bool = False
    type: str = ""
    key: str = ""

    def value(self) -> Value:
        """Return what reading it gives."""
        name = self.names[0] if self.names else ""
        why = "" if self.default is not None or name or self.flag else (self.key or self.at.what)
        found = Value(self.default, name, self.flag, True, why, self.names)
        return found if self.default is not None or name or self.flag else unknown(why)

    def over(self, value: Value | None) -> Value:
        """Return what reading it gives where the code has set `value` before."""
        found = self.value()
        if value is None:
            return found
        return found._replace(
            text=value.text if found.text is None else found.text,
            variable=found.variable or value.variable,
            flag=found.flag or value.flag,
            variables=tuple(dict.fromkeys((*found.variables, *value.variables))),
        )
