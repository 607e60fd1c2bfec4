"""How a package is named in a package URL.

Source: the purl specification, "Rules for each purl component", and its types golang, deb, apk and
oci. The golang type asks for lower case; module paths keep theirs here, because they are case
sensitive and the vulnerability databases of Go look them up as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

_NOTHING: Mapping[str, str] = {}


def package_url(
    kind: str,
    name: str,
    version: str = "",
    qualifiers: Mapping[str, str] = _NOTHING,
    subpath: str = "",
) -> str:
    """Return `pkg:kind/name@version?qualifiers#subpath`; the namespace is part of `name`.

    Empty parts and qualifiers without a value are left out.
    """
    url = f"pkg:{kind}/{_path(name)}"
    if version:
        url += "@" + quote(version, safe=":")
    pairs = sorted((key, value) for key, value in qualifiers.items() if value)
    if pairs:
        url += "?" + "&".join(f"{key}={quote(value, safe=':/')}" for key, value in pairs)
    return url + (f"#{_path(subpath)}" if subpath.strip("/") else "")


def _path(text: str) -> str:
    return "/".join(quote(part, safe=":") for part in text.split("/") if part)
