"""How settings stand in `gotare.yaml`: the reverse of what `config.py` reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from gotare.oci.image import HealthCheck
from gotare.places import PROBE
from gotare.settings import FileMapping, Settings

_GO: Final = {
    "go_tags": "tags", "go_ldflags": "ldflags", "go_flags": "flags", "go_env": "env",
    "cgo": "cgo", "symbols": "symbols",
}  # fmt: skip
_CGO: Final[dict[str, Any]] = {"off": False, "dynamic": True, "static": "static"}
_USUAL: Final = (30.0, 3.0, 5.0, 3)
"""The times of a health check that is written as an address alone."""


def to_document(settings: Settings) -> dict[str, Any]:
    """Return settings as they stand in the file; those that say nothing are left out."""
    found: dict[str, Any] = {}
    go: dict[str, Any] = {}
    for name in Settings.__dataclass_fields__:
        value = getattr(settings, name)
        if value is None:
            continue
        if name in _GO:
            go[_GO[name]] = _written(name, value)
        else:
            found[name.replace("_", "-")] = _written(name, value)
    return found | ({"go": go} if go else {})


def _written(name: str, value: Any) -> Any:
    if name == "cgo":
        return _CGO[value]
    if isinstance(value, HealthCheck):
        return _health_check(value)
    if name == "files":
        return [_file(mapping) for mapping in value]
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, tuple) else value


def _file(mapping: FileMapping) -> dict[str, Any]:
    mode = {} if mapping.mode is None else {"mode": f"{mapping.mode:04o}"}
    owner = {} if mapping.owner == "0:0" else {"owner": mapping.owner}
    return {"source": mapping.source, "destination": mapping.destination, **mode, **owner}


def _health_check(check: HealthCheck) -> Any:
    if not check.command:
        return "none"
    times = (check.interval, check.timeout, check.start_period, check.retries)
    probed = check.command[0] == PROBE and len(check.command) == 2
    if probed and times == _USUAL:
        return check.command[1]
    found: dict[str, Any] = (
        {"url": check.command[1]} if probed else {"command": list(check.command)}
    )
    for key, seconds in zip(("interval", "timeout", "start-period"), times[:3], strict=True):
        if seconds is not None:
            found[key] = duration(seconds)
    return found if check.retries is None else found | {"retries": check.retries}


def duration(seconds: float) -> str:
    """Return seconds as the file has them: whole ones, else milliseconds."""
    return f"{int(seconds)}s" if seconds == int(seconds) else f"{round(seconds * 1000)}ms"
