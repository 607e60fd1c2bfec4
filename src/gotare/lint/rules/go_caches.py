"""Where do go's caches lie for a command: the modules, and what was compiled?"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from gotare.lint.dockerfile.runs import Ran


def module_cache(ran: Ran) -> str | None:
    """Return the folder of downloaded modules, as `go env GOMODCACHE` tells it; None unknown."""
    own = _variable(ran, "GOMODCACHE")
    if own != "":
        return own
    gopath = _variable(ran, "GOPATH")
    if gopath == "":
        gopath = _below(_variable(ran, "HOME"), "go")
    return _below(gopath and gopath.partition(":")[0], "pkg/mod")


def build_cache(ran: Ran) -> str | None:
    """Return the folder of compiled packages, as `go env GOCACHE` tells it; None unknown."""
    own = _variable(ran, "GOCACHE")
    if own != "":
        return own
    common = _variable(ran, "XDG_CACHE_HOME")
    if common != "":
        return _below(common, "go-build")
    return _below(_variable(ran, "HOME"), ".cache/go-build")


def cleared_by(ran: Ran) -> Iterator[str]:
    """Yield the caches of go that a command empties."""
    words, modules, compiled = ran.plain.texts, module_cache(ran), build_cache(ran)
    if ran.plain.name == "go" and words[:1] == ("clean",):
        if modules and "-modcache" in words:
            yield modules
        if compiled and "-cache" in words:
            yield compiled
    elif ran.plain.name == "rm" and any("r" in w or "R" in w for w in words if w[:1] == "-"):
        said = {(ran.said(word) or "").rstrip("/*") for word in ran.plain.arguments}
        yield from (path for path in (modules, compiled) if path in said)


def _variable(ran: Ran, name: str) -> str | None:
    """Return the value of a variable, "" where it is not set; None unknown."""
    return ran.environment.get(name, "" if ran.complete else None)


def _below(folder: str | None, path: str) -> str | None:
    return posixpath.join(folder, path) if folder and folder.startswith("/") else None
