"""The .dockerignore: what a docker build does not need to see, and never what it needs.

A pattern counts from the root of the context, `**/` before it takes any folder; the last pattern
that matches decides (docs.docker.com/build/concepts/context, ".dockerignore files"). So the file
has three parts: what is left out, what is needed all the same, and what is never taken.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from typing import Final

from gotare.generate.files import Choices, GeneratedFile
from gotare.plan import Plan
from gotare.workload import SourceTree

_GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "Secrets": (
        "**/*.pem", "**/*.key", "**/*.p12", "**/*.pfx", "**/*.jks", "**/*.kdbx",
        "**/id_rsa*", "**/id_ed25519*", "**/id_ecdsa*", "**/.ssh", "**/.aws", "**/.kube",
        "**/.gnupg", "**/.netrc", "**/.npmrc", "**/.docker", "**/*.tfvars", "**/*.tfstate*",
        "/secrets/**/*.txt", "/secrets/**/*.env", "/.secrets",
    ),
    "What was built, here or by others": (
        "/bin", "/dist", "/tmp", "/.air",  # noqa: S108
        "**/node_modules", "**/*.exe",
    ),
    "Tests, and what tools leave behind": (
        "**/*_test.go", "**/testdata", "**/*.test", "**/*.prof", "**/*.coverprofile",
        "**/coverage.out", "**/coverage.txt", "**/coverage.html", "**/coverage.xml",
        "**/cover.out", "**/*.log", "**/__debug_bin*",
    ),
    "What does not change the program": (
        "**/*.md", "**/.editorconfig", "**/.idea", "**/.vscode", "**/*.swp", "**/*~",
        "**/.DS_Store", "**/Thumbs.db", ".golangci.*", ".pre-commit-config.yaml",
    ),
    "How it is built, tested and run elsewhere": (
        "Dockerfile*", "**/.dockerignore", "compose*.yaml", "compose*.yml",
        "docker-compose*.yaml", "docker-compose*.yml", ".air*.toml", "k8s/**/*.yaml",
        "gotare.yaml", ".github", ".gitlab", ".gitlab-ci.yml", ".circleci", ".travis.yml",
        "Jenkinsfile", "azure-pipelines.yml", "bitbucket-pipelines.yml", "renovate.json",
    ),
}  # fmt: skip

_NEVER: Final = (
    "**/.git", "**/.gitignore", "**/.gitattributes", "**/.gitmodules", "**/.hg", "**/.svn",
    "**/.env", "**/.env.*",
)  # fmt: skip
"""Not even in folders that are needed: Go embeds none of them unless it is told to by name."""

_CODE_FOLDERS: Final = ("/bin", "/dist", "/tmp")  # noqa: S108
"""Names that are packages in some project. An exception for **/*.go would not help: docker clients
before 23 do not look into a folder that is left out."""


def dockerignore(plan: Plan, choices: Choices) -> GeneratedFile:
    """Return the file. `choices` decides nothing yet: all Dockerfiles read the same context."""
    del choices
    needed, folders = _needed(plan)
    blocks = []
    for title, patterns in _GROUPS.items():
        usable = [p.removeprefix("/") for p in patterns if not _hides_code(p, plan)]
        blocks.append("\n".join([f"# {title}", *usable]))
    first = [p.removeprefix("/") for patterns in _GROUPS.values() for p in patterns]
    if wanted := _exceptions(needed, first, folders):
        title = "# Needed all the same: to build, to embed, or in the image"
        blocks.append("\n".join([title, *wanted]))
    blocks.append("\n".join(["# Never, wherever it is", *_NEVER]))
    if named := [path for path in needed if excluded_by(path, _NEVER)]:
        lines = ["# The code or the plan names these: look whether they may be in an image"]
        blocks.append("\n".join([*lines, *(f"!{_escaped(path)}" for path in named)]))
    return GeneratedFile(".dockerignore", "\n\n".join(blocks) + "\n", "dockerignore")


def _needed(plan: Plan) -> tuple[tuple[str, ...], frozenset[str]]:
    """Return files and folders that must be seen, without those inside of another, and those that
    are surely folders, because something inside was among them."""
    sources = plan.sources
    kept = [*sources.kept, *sources.control]
    kept += [file.source for image in plan.images for file in image.files]
    if sources.vendored:
        kept += [posixpath.join(place, "vendor") for place in _vendor_places(sources)]
    clean = dict.fromkeys(posixpath.normpath(path) for path in kept)
    inside = [path for path in clean if path != "." and not path.startswith(("../", "/"))]
    above = {p: [q for q in inside if p.startswith(f"{q}/")] for p in inside}
    folders = frozenset(q for found in above.values() for q in found)
    return tuple(sorted(p for p, found in above.items() if not found)), folders


def _vendor_places(sources: SourceTree) -> Iterator[str]:
    found = [path for path in sources.control if path.endswith("vendor/modules.txt")]
    yield from (posixpath.dirname(posixpath.dirname(path)) or "." for path in found or ["vendor/m"])


def _exceptions(needed: Iterable[str], patterns: list[str], folders: Collection[str]) -> list[str]:
    """Return the lines for what the patterns above would leave out, or might, in a folder.

    Whether a path is a folder is not known: one without a suffix may be. Control files are none.
    """
    return [
        f"!{_escaped(path)}"
        for path in needed
        if excluded_by(path, patterns) or path in folders or _may_be_folder(path)
    ]


def _may_be_folder(path: str) -> bool:
    name = posixpath.basename(path)
    plain = name in ("LICENSE", "NOTICE", "VERSION", "Makefile", "Caddyfile", "Procfile")
    return not plain and not re.fullmatch(r".+\.[A-Za-z][A-Za-z0-9]{0,9}", name)


def _hides_code(pattern: str, plan: Plan) -> bool:
    """Whether a folder that is usually built output holds a program or a module here."""
    if pattern not in _CODE_FOLDERS:
        return False
    return any(excluded_by(path, [pattern.removeprefix("/")]) for path in _folders(plan))


def _folders(plan: Plan) -> Iterator[str]:
    sources = plan.sources
    yield from (path for path in sources.modules if path != ".")
    for image in plan.images:
        for package in image.packages:
            if package.startswith(f"{sources.module}/"):
                yield package[len(sources.module) + 1 :]


def _escaped(path: str) -> str:
    return re.sub(r"([*?\[\]\\])", r"\\\1", path)


def excluded_by(path: str, patterns: Iterable[str]) -> bool:
    """Whether one of some plain patterns (no exceptions) matches a path or a folder above it."""
    words = path.split("/")
    above = ["/".join(words[: number + 1]) for number in range(len(words))]
    return any(_compiled(p).fullmatch(place) for p in patterns for place in above)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    known = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(known.get(part, re.escape(part)) for part in parts))
