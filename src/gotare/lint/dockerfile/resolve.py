"""Resolves names: variables, image references, and what FROM or --from stands for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from gotare.lint.dockerfile.bases_catalog import SCRATCH, facts_of
from gotare.lint.dockerfile.model import Base
from gotare.lint.dockerfile.syntax import Span
from gotare.lint.dockerfile.variables import expand

MAX_VALUE: Final = 65536
"""A longer value counts as unknown: variables may double each other without end."""
AUTOMATIC: Final = frozenset(
    f"{side}{part}"
    for side in ("TARGET", "BUILD")
    for part in ("PLATFORM", "OS", "ARCH", "VARIANT")
) | {"TARGETSTAGE"}
"""ARGs that BuildKit sets; FROM lines see them, stages where they declare them."""
PREDEFINED: Final = frozenset(
    name
    for upper in ("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY")
    for name in (upper, upper.lower())
) | {"SOURCE_DATE_EPOCH", "BUILDKIT_SYNTAX", "BUILDKIT_INLINE_CACHE", "BUILDKIT_MULTI_PLATFORM"}
"""ARGs that may be given without being declared."""
_NAME = re.compile(r"\$(?:\{([A-Za-z_]\w*)|([A-Za-z_]\w*))")


def variables_in(text: str) -> tuple[str, ...]:
    """Return the names of the variables in a text, in order, each once."""
    return tuple(dict.fromkeys(one or other for one, other in _NAME.findall(text)))


def split_reference(reference: str) -> tuple[str, str, str, str]:
    """Return registry, repository, tag and digest of an image reference, without checking it."""
    rest, _, digest = reference.partition("@")
    head, slash, last = rest.rpartition("/")
    last, _, tag = last.partition(":")
    path = head + slash + last
    first, slash, others = path.partition("/")
    if not slash or not ("." in first or ":" in first or first == "localhost"):
        registry, repository = "docker.io", path
    else:
        registry, repository = first, others
    if registry in ("docker.io", "index.docker.io", "registry-1.docker.io"):
        registry, repository = "docker.io", repository.removeprefix("library/")
    return registry, repository, tag, digest


def base_of(text: str, span: Span, values: Mapping[str, str | None], escape: str) -> Base:
    """Return the base that FROM names when it is no stage. `values` are the ARGs before FROM."""
    names = variables_in(text)
    reference = expanded(text, values, escape)
    if reference is None:
        return _partly_known(text, span, values, escape)
    if not reference or reference.startswith(":"):
        return Base("unknown", text, span, reference, variables=names)
    if reference == "scratch":
        return Base("scratch", text, span, reference, "", "scratch", known=SCRATCH, variables=names)
    return _image(text, span, reference, reference)


def _image(text: str, span: Span, whole: str, reference: str | None) -> Base:
    registry, repository, tag, digest = split_reference(whole)
    names = variables_in(text)
    base = Base("image", text, span, reference, registry, repository, tag, digest, None, names)
    return replace(base, known=facts_of(base.name, tag))


def _partly_known(text: str, span: Span, values: Mapping[str, str | None], escape: str) -> Base:
    """Return the base of a reference with an ARG that has no value. Where that is in the tag only,
    as in golang:${GO_VERSION}-alpine, the catalogue still knows the image."""
    unknown = {name: f"${name}" for name in variables_in(text) if values.get(name) is None}
    whole = expanded(text, {**values, **unknown}, escape) or ""
    registry, repository, _, _ = split_reference(whole)
    if not repository or "$" in registry + repository:
        return Base("unknown", text, span, None, variables=variables_in(text))
    return _image(text, span, whole, None)


def symbolic(values: Mapping[str, str | None]) -> dict[str, str | None]:
    """Return `${TARGETARCH}` and its like as the values of those that are in scope: paths that hold
    them are the same wherever they are written."""
    return {n: f"${{{n}}}" for n in AUTOMATIC if n in values and values[n] is None}


def expanded(text: str, values: Mapping[str, str | None], escape: str = "\\") -> str | None:
    """Return a word after expansion, without quotes; None where a variable's value is unknown, or
    where the word cannot be expanded."""
    if len(text) > MAX_VALUE:
        return None
    found = expand(text, values, escape).text
    return None if found is None or len(found) > MAX_VALUE else found
