"""Which secrets does a .dockerignore let into a build?"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Final

from gotare.findings import Severity
from gotare.lint.asides import aside
from gotare.lint.dockerignore import IgnoreSubject, copied
from gotare.lint.plain_secrets import is_plain_secret
from gotare.lint.rule import Found
from gotare.lint.rules.declaring import Declaring
from gotare.lint.rules.ignored_files import end_of, kept, more, taken

_SAMPLE: Final = re.compile(r".*[._-](?:example|sample|template|dist|tmpl|defaults?|test)")
_ENV: Final = re.compile(r"\.env(?:\.[\w.-]+)?")
_KEY: Final = re.compile(
    r".+\.(?:pem|key|p12|pfx|jks|kdbx|keystore)|id_(?:rsa|dsa|ecdsa|ed25519)|\.netrc|\.npmrc"
    r"|\.git-credentials|.*\.tfstate|credentials\.json|service[-_]account[\w-]*\.json"
)
_HARMLESS: Final = re.compile(
    r"(?:.*/)?(?:vendor|node_modules)/.*"
    r"|.*(?:pub|public|ca|cert|certs|chain|bundle|roots?)[\w.-]*\.(?:pem|key)"
)
_LINE: Final = re.compile(
    r"^[ \t]*(?:export[ \t]+)?(\w+)[ \t]*=[ \t]*[\"']?([^\n\"']+)", re.MULTILINE
)
_MOST: Final = 200
"""Go files that are looked through for the name of a key."""


def _env(subject: IgnoreSubject) -> Iterator[Found]:
    found = _let_in(subject, _ENV, _SAMPLE)
    secret = next((path for path in found if _holds_secrets(subject, path)), None)
    if found:
        yield Found(
            f"{secret or found[0]} gets into the build, and into whatever copies the folder",
            end_of(subject),
            "add **/.env and **/.env.*",
            None if _needs_env(subject) else more(subject, "**/.env", "**/.env.*"),
            severity=None if secret else Severity.INFO,
        )


def _holds_secrets(subject: IgnoreSubject, path: str) -> bool:
    """Whether a file of variables has some that are secret, or nobody can read it."""
    text = _text(subject, path)
    pairs = _LINE.findall(text or "")
    return text is None or any(is_plain_secret(name, value) for name, value in pairs)


def _keys(subject: IgnoreSubject) -> Iterator[Found]:
    found = [p for p in _let_in(subject, _KEY, _HARMLESS) if not _is_public(subject, p)]
    needed = kept(subject) if found else frozenset()
    for path in found[:5]:
        if path not in needed and not _is_for_tests(subject, path):
            encrypted = "ENCRYPTED" in (_text(subject, path) or "")
            yield Found(
                f"{path} gets into the build, and into whatever copies the folder",
                end_of(subject),
                f"add {path}, or a pattern for all such files",
                more(subject, path),
                severity=Severity.INFO if encrypted else None,
            )


def _is_public(subject: IgnoreSubject, path: str) -> bool:
    """Whether what a file says shows that it holds no private key."""
    text = _text(subject, path) or ""
    return "-----BEGIN " in text and "PRIVATE KEY" not in text


def _is_for_tests(subject: IgnoreSubject, path: str) -> bool:
    """Whether of the Go files below a key's folder only those of tests name it."""
    folder, name = posixpath.split(path)
    files = sorted(f for f in subject.files or () if f.endswith(".go") and f.startswith(folder))
    naming = [f for f in files[:_MOST] if name in (_text(subject, f) or "")]
    return bool(naming) and all(file.endswith("_test.go") for file in naming)


def _text(subject: IgnoreSubject, path: str) -> str | None:
    return subject.around.texts.get(posixpath.join(subject.folder, path))


def _needs_env(subject: IgnoreSubject) -> bool:
    """Whether the code or a Dockerfile takes such a file, which the patterns would leave out."""
    named = [word.text for file in subject.dockerfiles for _, word in copied(file)]
    return any(_ENV.fullmatch(posixpath.basename(path)) for path in (*named, *kept(subject)))


def _let_in(
    subject: IgnoreSubject, wanted: re.Pattern[str], harmless: re.Pattern[str]
) -> list[str]:
    """Return files that are there, that a build takes, and whose names say what they are; not what
    is for tests and examples."""
    return [
        path
        for path in sorted(subject.files or ())
        if not path.endswith("/")
        and wanted.fullmatch(posixpath.basename(path))
        and not harmless.fullmatch(path)
        and not aside(path)
        and not subject.file.excludes(path)
        and taken(subject, path)
    ]


_SAFE: Final = Declaring("dockerignore", "dockerignore", "security")

RULES: Final = (
    _SAFE.warning("env", "A file of variables gets into the build.", _env, fixes="safe"),
    _SAFE.warning("keys", "A key gets into the build.", _keys, fixes="safe"),
)
