"""What Go programs call the variables that hold their version, commit and date."""

from __future__ import annotations

from typing import Literal

Kind = Literal["version", "commit", "date"]

_NAMES: dict[Kind, str] = {
    "version": "version appversion buildversion gitversion gittag buildtag programversion "
    "releaseversion cliversion semver versionstring fullversion",
    "commit": "commit gitcommit commithash commitsha commitid gitcommithash gitcommitsha revision "
    "gitrevision rev gitrev sha gitsha githash buildcommit buildrevision vcsrevision buildsha "
    "gitref sha1ver shortcommit",
    "date": "date builddate buildtime buildtimestamp builtat buildat commitdate gitcommitdate "
    "committime compiledat compiletime releasedate",
}
_KIND_OF = {name: kind for kind, names in _NAMES.items() for name in names.split()}


def kind_of(name: str) -> Kind | None:
    """Return what a variable of this name holds, by a table of usual names."""
    return _KIND_OF.get(name.replace("_", "").lower())
