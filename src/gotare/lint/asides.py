"""Is a file beside the product: for tests, examples, documentation or development?

What would harden a deployment is a lesser matter there: rules that are listed here find at most
something to know about, which the finding says. Whatever breaks a build or a start stays as it is,
and so does every rule that `gotare.yaml` or a flag grades.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from gotare.findings import Finding, Severity

LESSER: Final = frozenset({
    # Compose
    "compose-capability-added", "compose-database-published", "compose-docker-socket",
    "compose-env-committed", "compose-host-namespace", "compose-host-path", "compose-image-latest",
    "compose-plain-secret", "compose-privileged", "compose-root-user", "compose-source-mounted",
    "compose-unconfined", "compose-version-obsolete",
    # Dockerfiles and ignore files
    "add-url-without-checksum", "apk-cache", "apt-lists-left", "base-end-of-life", "chmod-wide",
    "chown-copy-doubles", "copy-whole-context-unignored", "curl-pipe-shell", "dockerignore-env",
    "dockerignore-keys", "download-unverified", "empty-continuation", "go-end-of-life",
    "install-latest-tool", "latest-tag", "no-strip", "root-by-default", "secret-file-copied",
    "secret-in-env", "secret-in-run", "source-in-final-image", "ssh-server", "sudo",
    "toolchain-in-final-image", "tools-in-final-image", "user-not-used", "user-root",
    "verification-off", "yum-clean",
    # Go
    "only-interrupt-handled", "pprof-on-public-port", "server-without-timeouts",
    "shutdown-without-limit", "sigterm-not-handled",
    # Kubernetes
    "k8s-capabilities-kept", "k8s-capability-added", "k8s-host-namespace", "k8s-host-path",
    "k8s-host-port", "k8s-image-latest", "k8s-no-memory-limit", "k8s-no-requests",
    "k8s-plain-secret", "k8s-privilege-escalation", "k8s-privileged", "k8s-proc-mount",
    "k8s-run-as-non-root", "k8s-run-as-root", "k8s-runtime-socket", "k8s-seccomp",
    "k8s-secret-in-config-map", "k8s-secret-in-file", "k8s-token-mounted", "k8s-unsafe-sysctl",
    "k8s-writable-root",
})  # fmt: skip
"""The rules whose findings are lesser beside the product: hardening, sizing, tidiness."""

_WORD: Final = (
    "testing|testdata|testfiles?|suites?|fixtures?|mocks?|stubs?|dummy|e2e|integration|examples?"
    "|samples?|demo|docs?|hack|benchmarks?|devcontainer"
)
_JOINED: Final = "(?:integration|sys|system|unit|smoke|load|acceptance|conformance|tls|e2e)tests?"
_THINGS: Final = "(?:data|fixtures|infra|env|cases?|resources|suites?|utils?)"
_FOLDER: Final = re.compile(
    rf"[._]?(?:{_WORD}|{_JOINED}|(?:\w+[-_])?tests?|tests?[-_]{_THINGS}|testfiles?[-_]\w+)",
    re.IGNORECASE,
)
_NAME: Final = re.compile(
    r"(?:^|[._-])(?:tests?|testing|e2e|examples?|samples?|dev|devel|development|debug|override)"
    r"(?=[._-]|$)",
    re.IGNORECASE,
)
_TESTING: Final = r"(?:tests?|testing|development)\b"
_SAID: Final = re.compile(
    r"\b(?:do not|don't|never) (?:use|run|deploy)\b[^.\n]{0,30}\bproduction\b"
    r"|\bnot (?:\w+ )?(?:for|in) (?:\w+ )?production\b"
    rf"|\bfor (?:\w+[ ,/]+){{0,4}}{_TESTING}[^.\n]{{0,20}}\bonly\b"
    r"|\bfor manual testing\b|\bexample instance\b"
    rf"|\bonly for (?:\w+[ ,/]+){{0,3}}{_TESTING}",
    re.IGNORECASE,
)
_HEAD: Final = 20
"""Lines of comments at the beginning that are looked at."""


def lowered(finding: Finding, why: str) -> Finding:
    """Return a finding as it counts in a file that is beside the product: `why` is not ""."""
    hint = f"{finding.hint}; " if finding.hint else ""
    return replace(finding, severity=Severity.INFO, hint=f"{hint}info only: {why}")


def aside(path: str, text: str = "") -> str:
    """Return why a file is beside the product, "" where nothing says so. `path` is that from the
    top of its repository."""
    *folders, name = path.replace("\\", "/").split("/")
    named = next((folder for folder in folders if _FOLDER.fullmatch(folder)), "")
    if named:
        return f"the file is below {named}/"
    if not name.endswith(".go") and _NAME.search(name):
        return f"the name {name} keeps it from production"
    return "the file's first comment keeps it from production" if says_aside(text) else ""


def says_aside(text: str) -> bool:
    """Whether the comment at the beginning of a file says that it is not for production."""
    return any(_SAID.search(line) for line in _head(text))


def _head(text: str) -> list[str]:
    found = []
    for line in text.split("\n", _HEAD)[:_HEAD]:
        if line.strip() and not line.startswith("#"):
            break
        found.append(line)
    return found
