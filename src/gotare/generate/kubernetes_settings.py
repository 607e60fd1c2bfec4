"""Splits a program's variables into a ConfigMap and a Secret."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from gotare.generate.addresses import Setting, settings_of
from gotare.generate.backends import PASSWORD
from gotare.generate.compose_environment import is_log_level, sample
from gotare.generate.identity import label
from gotare.generate.quantities import go_memory_limit
from gotare.generate.yaml_text import Commented
from gotare.plan import ImagePlan

_CHANGE: Final = "change-me"


@dataclass(frozen=True, slots=True)
class Split:
    """`config` are values that everybody may see, `secrets` those that nobody should, `unset` are
    optional and unknown."""

    config: tuple[Setting, ...]
    secrets: tuple[Setting, ...]
    unset: tuple[Setting, ...]


def split(image: ImagePlan) -> Split:
    """Return where each variable goes."""
    settings = settings_of(image.workload)
    return Split(
        tuple(s for s in settings if not s.secret and _is_said(s)),
        tuple(s for s in settings if s.secret),
        tuple(s for s in settings if not s.secret and not _is_said(s)),
    )


def _is_said(item: Setting) -> bool:
    return item.value is not None or item.variable.required


def config_name(image: ImagePlan) -> str:
    """Return the ConfigMap's name."""
    return f"{label(image.name)}-config"


def secret_name(image: ImagePlan) -> str:
    """Return the Secret's name."""
    return f"{label(image.name)}-secrets"


def container_env(image: ImagePlan) -> dict[str, Any]:
    """Return `envFrom` and `env` of a container."""
    parts = split(image)
    found: dict[str, Any] = {}
    if parts.config:
        found["envFrom"] = [{"configMapRef": {"name": config_name(image)}}]
    env = [_from_secret(image, item) for item in parts.secrets]
    if all(item.name != "GOMEMLIMIT" for item in (*parts.config, *parts.secrets)):
        env.append(_memory_limit(image))
    return found | ({"env": env} if env else {})


def _from_secret(image: ImagePlan, item: Setting) -> Commented:
    reference: dict[str, Any] = {"name": secret_name(image), "key": item.name}
    if not item.variable.required:
        reference["optional"] = True
    entry = {"name": item.name, "valueFrom": {"secretKeyRef": reference}}
    return Commented(entry, item.variable.at)


def _memory_limit(image: ImagePlan) -> Commented:
    why = (
        "90 % of the memory limit: Go collects harder before the kernel kills. A resourceFieldRef "
        "could only give all of it."
    )
    return Commented({"name": "GOMEMLIMIT", "value": go_memory_limit(image)}, why)


def literals(settings: Iterable[Setting]) -> list[Commented]:
    """Return the literals of a configMapGenerator."""
    return [Commented(_literal(item), beside=_remark(item)) for item in settings]


def _literal(item: Setting) -> str:
    value = sample(item) if item.value is None else item.value
    # kustomize takes one pair of quotes off a value.
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
    return f'{item.name}="{value}"' if quoted else f"{item.name}={value}"


def _remark(item: Setting) -> str:
    unknown = "an example: say it in the overlays; " if item.value is None else ""
    return f"{unknown}{item.variable.at}".removesuffix("; ")


def debug_literals(image: ImagePlan) -> list[Commented]:
    """Return what development changes: more is logged."""
    levels = (item for item in split(image).config if is_log_level(item))
    return [Commented(f"{item.name}=debug", beside=item.variable.at) for item in levels]


def secret_example(item: Setting) -> str:
    """Return a value that has the right form and is no secret."""
    if item.value is None:
        return sample(item)
    return item.value.replace(PASSWORD, _CHANGE) if item.password else item.value


def unset_note(image: ImagePlan) -> str:
    """Return a remark about the variables that have no value, "" for none."""
    lines = [f"  - {item.name}={sample(item)}  {_mark(item)}" for item in split(image).unset]
    return "\n".join(["Optional, and unset here:", *map(str.rstrip, lines)]) if lines else ""


def _mark(item: Setting) -> str:
    return f"# {item.variable.at}" if item.variable.at else ""
