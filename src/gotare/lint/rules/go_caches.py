"""Where do go's caches lie for a command: the modules, and what was compiled?"""

from __future__ import annotations

import posixpath

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


def _variable(ran: Ran, name: str) -> str | None:
    """Return the value of a variable, "" where it is not set; None unknown."""
    return ran.environment.get(name, "" if ran.complete else None)


def _below(folder: str | None, path: str) -> str | None:
    return posixpath.join(folder, path) if folder and folder.startswith("/") else None
