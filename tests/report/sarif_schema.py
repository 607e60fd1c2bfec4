"""The part of SARIF 2.1.0 that gotare writes, as a JSON schema that allows nothing else.

Sections are those of the OASIS standard: 3.13 log, 3.14 run, 3.18 and 3.19 tool, 3.20 invocation,
3.27 result, 3.29 to 3.30 places, 3.49 rules, 3.55 to 3.57 fixes.
"""

from __future__ import annotations

from typing import Any


def _object(required: str, **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": required.split(),
        "properties": properties,
    }


def _list(items: Any, least: int = 0) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": least}


TEXT = {"type": "string", "minLength": 1}
COUNT = {"type": "integer", "minimum": 1}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
MESSAGE = _object("text", text=TEXT, markdown=TEXT)
ARTIFACT = _object(
    "uri uriBaseId",
    uri={"type": "string", "pattern": r"^([A-Za-z0-9._~!$&'()*+,;=@/-]|%[0-9A-F]{2})+$"},
    uriBaseId={"const": "ROOT"},
)
REGION = _object(
    "startLine startColumn", startLine=COUNT, startColumn=COUNT, endLine=COUNT, endColumn=COUNT
)
PLACE = _object(
    "physicalLocation",
    physicalLocation=_object("artifactLocation region", artifactLocation=ARTIFACT, region=REGION),
)
REPLACEMENT = _object(
    "deletedRegion",
    deletedRegion=REGION,
    insertedContent=_object("text", text={"type": "string"}),
)
FIX = _object(
    "artifactChanges",
    description=MESSAGE,
    artifactChanges=_list(
        _object(
            "artifactLocation replacements",
            artifactLocation=ARTIFACT,
            replacements=_list(REPLACEMENT, 1),
        ),
        1,
    ),
)
RESULT = _object(
    "ruleId ruleIndex level message locations partialFingerprints",
    ruleId=TEXT,
    ruleIndex={"type": "integer", "minimum": 0},
    level=LEVEL,
    message=MESSAGE,
    locations=_list(PLACE, 1),
    partialFingerprints={"type": "object", "additionalProperties": TEXT},
    fixes=_list(FIX, 1),
)
RULE = _object(
    "id shortDescription fullDescription help defaultConfiguration properties",
    id=TEXT,
    name={"type": "string", "pattern": "^[A-Z][A-Za-z0-9]*$"},
    shortDescription=MESSAGE,
    fullDescription=MESSAGE,
    help=MESSAGE,
    defaultConfiguration=_object("level", level=LEVEL),
    properties={
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "tags": _list(TEXT),
            "security-severity": {"type": "string", "pattern": r"^\d+\.\d$"},
        },
    },
)
NOTIFICATION = _object("message", level=LEVEL, message=MESSAGE)
INVOCATION = _object(
    "executionSuccessful",
    executionSuccessful={"type": "boolean"},
    toolExecutionNotifications=_list(NOTIFICATION),
)
RUN = _object(
    "tool results",
    tool=_object(
        "driver",
        driver=_object("name rules", name=TEXT, semanticVersion=TEXT, rules=_list(RULE)),
    ),
    columnKind={"const": "unicodeCodePoints"},
    originalUriBaseIds=_object("ROOT", ROOT=_object("", description=MESSAGE)),
    invocations=_list(INVOCATION, 1),
    results=_list(RESULT),
)
LOG = _object(
    "version runs",
    **{"$schema": {"type": "string", "pattern": "^https://.*sarif-schema-2.1.0.json$"}},
    version={"const": "2.1.0"},
    runs=_list(RUN, 1),
)
