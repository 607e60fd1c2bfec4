"""What an image says of itself: labels, annotations, its date, and its names."""

from __future__ import annotations

import re
from typing import Final

from gotare.circumstances import Circumstances
from gotare.errors import UsageError
from gotare.oci.image import rfc3339
from gotare.oci.reference import parse_reference
from gotare.settings import Settings
from gotare.workload import Reason

_TITLE: Final = "org.opencontainers.image."


def metadata_of(
    name: str, settings: Settings, around: Circumstances, created: int
) -> tuple[dict[str, str], dict[str, str]]:
    """Return labels and annotations: OCI's keys from git, then what the user says."""
    facts = {
        "title": name,
        "version": around.described_version,
        "revision": around.described_revision,
        "source": around.git.url if around.git else "",
    }
    known = {_TITLE + key: value for key, value in facts.items() if value}
    date = {_TITLE + "created": rfc3339(created)} if created else {}
    return known | dict(settings.labels or {}), known | date | dict(settings.annotations or {})


def date_of(around: Circumstances, reasons: list[Reason]) -> int:
    """Return the date of the images, in seconds since 1970, and add its reason."""
    if around.source_date_epoch is not None:
        created, why = around.source_date_epoch, "SOURCE_DATE_EPOCH"
    elif around.git and around.git.time:
        created, why = around.git.time, "the time of the commit"
    else:
        created, why = 0, "no SOURCE_DATE_EPOCH and no commit: 1970, so that builds agree"
    reasons.append(Reason("", "created", rfc3339(created), why))
    return created


def named(tag: str, name: str, around: Circumstances) -> str:
    """Return a tag with its placeholders filled in, and always with a tag. Raises UsageError."""
    values = {
        "name": name,
        "version": around.described_version,
        "revision": around.described_revision,
    }
    for word in re.findall(r"\{([^}]*)\}", tag):
        if word not in values:
            raise UsageError(
                f"unknown placeholder {{{word}}} in tag {tag!r}", "{name}, {version}, {revision}"
            )
        if not values[word]:
            remedy = "tag the commit" if word == "version" else "commit to git"
            raise UsageError(f"tag {tag!r}: there is no {word}", f"give --{word}, or {remedy}")
        tag = tag.replace(f"{{{word}}}", values[word])
    reference = parse_reference(tag)
    if reference.digest:
        raise UsageError(f"a tag to write cannot hold a digest: {tag!r}")
    return tag if tag.endswith(f":{reference.tag}") else f"{tag}:{reference.tag}"
