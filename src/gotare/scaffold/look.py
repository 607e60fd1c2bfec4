"""What is in a project already that decides which files it gets, and where?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

from gotare.generate.files import Part

_DOCUMENTS: Final = ("docs", "doc", "documentation")
_MAKEFILES: Final = ("GNUmakefile", "makefile", "Makefile")
"""In the order in which GNU make looks."""

_OURS: Final = "Written by `gotare init"
_REGISTRIES: Final = {"github.com": "ghcr.io", "gitlab.com": "registry.gitlab.com"}


@dataclass(frozen=True, slots=True)
class Found:
    """What was found. `pipelines` are the parts of the CI in use; `image` is the repository that
    goes with the remote, "" where nothing tells; `below` is the folder of the git repository when
    it is not the project's."""

    pipelines: tuple[Part, ...]
    makefile: Literal["Makefile", "container.mk"]
    docs: str
    image: str
    below: Path | None = None
    builder: Literal["docker", "gotare"] = "docker"
    """What makes images in the files that `gotare init` wrote before."""
    ignores_env: bool = True
    """Whether git leaves `.env` alone, where Compose keeps its secrets."""


def look(root: Path, remote: str) -> Found:
    """Look at a project's folder; `remote` is the https address of its git remote, or ""."""
    top = next((path for path in (root, *root.parents) if (path / ".git").exists()), root)
    folder = next((name for name in _DOCUMENTS if (root / name).is_dir()), _DOCUMENTS[0])
    return Found(
        pipelines=_pipelines(top, remote),
        makefile="container.mk" if _has_own_makefile(root) else "Makefile",
        docs=f"{folder}/container.md",
        image=image_of(remote),
        below=top if top != root else None,
        builder=_builder(root, top),
        ignores_env=_ignores_env({root, top}),
    )


def _builder(root: Path, top: Path) -> Literal["docker", "gotare"]:
    """Return what makes images in pipelines and Makefiles of ours that are there."""
    for path in (*_pipeline_files(top), root / "Makefile", root / "container.mk"):
        text = _beginning(path)
        if _OURS in text:
            return "gotare" if "gotare build" in text else "docker"
    return "docker"


def _pipeline_files(top: Path) -> tuple[Path, ...]:
    return top / ".github" / "workflows" / "container.yml", top / ".gitlab-ci.yml"


def _ignores_env(folders: Collection[Path]) -> bool:
    """Whether an ignore file of git names .env; without a repository nothing is committed."""
    if not any((folder / ".git").exists() for folder in folders):
        return True
    lines = {line.strip() for path in folders for line in _beginning(path / ".gitignore").split()}
    return not lines.isdisjoint({".env", "/.env", "*.env", ".env*", "**/.env", ".env.*", ".*"})


def _beginning(path: Path) -> str:
    """Return the first 64 KiB of a file, "" where there is none."""
    try:
        with path.open("rb") as file:
            return file.read(1 << 16).decode("utf-8", "replace")
    except OSError:
        return ""


def _pipelines(top: Path, remote: str) -> tuple[Part, ...]:
    """Return the CI whose files are there, else that of the remote's host."""
    there: dict[Part, bool] = {
        "github": (top / ".github").is_dir(),
        "gitlab": (top / ".gitlab-ci.yml").is_file(),
    }
    if not any(there.values()):
        host = urlsplit(remote).hostname or ""
        there = {"github": "github" in host, "gitlab": "gitlab" in host}
    return tuple(part for part, is_there in there.items() if is_there)


def _has_own_makefile(root: Path) -> bool:
    """Whether make finds a file that gotare has not written."""
    written = (_beginning(root / name) for name in _MAKEFILES if (root / name).is_file())
    return any(_OURS not in text for text in written)


def image_of(remote: str) -> str:
    """Return the repository of images that belongs to a remote: ghcr.io/OWNER."""
    parts = urlsplit(remote)
    registry = _REGISTRIES.get(parts.hostname or "")
    words = parts.path.strip("/").removesuffix(".git").lower().split("/")
    if not registry or not words[0]:
        return ""
    owner = words[:1] if registry == "ghcr.io" else words
    return "/".join([registry, *owner])
