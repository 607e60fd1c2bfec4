"""What is in an image: the facts that every format of a bill of material tells."""

from __future__ import annotations

import datetime
import hashlib
import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from typing import Literal, TypeAlias

from gotare.golang.buildinfo import BuildInfo, Module
from gotare.oci.types import Platform
from gotare.sbom.purl import package_url

Kind: TypeAlias = Literal["container", "application", "library", "data", "operating-system"]

_DEVEL = "(devel)"
"""What Go writes for a module that has no version: one in the working tree."""


@dataclass(frozen=True, slots=True, order=True)
class Package:
    """One component. `sum` is its go.sum hash, of a module's file tree and not of a file.

    `path` is where it is in the image, for programs. Unknown fields are empty.
    """

    kind: Kind
    name: str
    version: str = ""
    purl: str = ""
    sum: str = ""
    comment: str = ""
    path: str = ""

    @property
    def identifier(self) -> str:
        """A readable name within the document; the hash of all fields makes it unique."""
        name = re.sub(r"[^A-Za-z0-9.-]+", "-", f"{self.kind}-{self.name}")[:100]
        facts = json.dumps(astuple(self)).encode()
        return f"{name}-{hashlib.sha256(facts).hexdigest()[:12]}"


@dataclass(frozen=True, slots=True)
class Program:
    """A Go program at an absolute path in the image."""

    path: str
    info: BuildInfo


@dataclass(frozen=True, slots=True)
class Inventory:
    """One platform image: `name` is `registry/repository` or any name, `digest` its manifest's.

    `base` are the packages of the base image, `components` what else was put in, such as the
    certificates and zones. `created` is in seconds since the epoch.
    """

    name: str
    digest: str
    platform: Platform
    created: int
    programs: tuple[Program, ...] = ()
    base: tuple[Package, ...] = ()
    components: tuple[Package, ...] = ()

    @property
    def image(self) -> Package:
        """The image itself as a package."""
        has_registry = "/" in self.name
        qualifiers = {
            "arch": self.platform.architecture,
            "repository_url": self.name if has_registry else "",
        }
        name = self.name.rpartition("/")[2].lower()
        purl = package_url("oci", name, self.digest, qualifiers)
        return Package("container", self.name, self.digest, purl)

    def depends(self) -> dict[Package, tuple[Package, ...]]:
        """Map each program to its modules; the standard library is one of them."""
        return {program_package(p): tuple(sorted(modules(p.info))) for p in self.programs}

    def contained(self) -> tuple[Package, ...]:
        """Return everything in the image once, in a fixed order."""
        depends = self.depends()
        packages = {*self.base, *self.components, *depends}
        return tuple(sorted(packages.union(*depends.values())))

    @property
    def uuid(self) -> uuid.UUID:
        """An identifier of the document that depends on image and name alone."""
        return uuid.uuid5(uuid.NAMESPACE_URL, f"{self.name}@{self.digest}")


def timestamp(created: int) -> datetime.datetime:
    """Return seconds since the epoch as a time in UTC."""
    return datetime.datetime.fromtimestamp(created, datetime.UTC)


def program_package(program: Program) -> Package:
    """Return a program as a package; its name is the import path of its main package."""
    info = program.info
    module = info.main.path if info.main else info.path
    version = _version(info.main) if info.main else ""
    subpath = info.path.removeprefix(module) if info.path.startswith(module + "/") else ""
    return Package(
        "application",
        info.path or module or program.path,
        version,
        package_url("golang", module, version, subpath=subpath) if module else "",
        comment=_revision(info),
        path=program.path,
    )


def _revision(info: BuildInfo) -> str:
    revision = info.settings.get("vcs.revision", "")
    return f"built from {info.settings.get('vcs', 'revision')} {revision}" if revision else ""


def modules(info: BuildInfo) -> Iterator[Package]:
    """Yield the main module, its dependencies as they were replaced, and the standard library."""
    if info.main:
        yield _module(info.main)
    for module in info.deps:
        yield _module(module)
    version = info.go_version.partition(" ")[0].removeprefix("go")
    yield Package("library", "stdlib", version, package_url("golang", "stdlib", version))


def _module(module: Module) -> Package:
    by = module.replace
    if by is None:
        version = _version(module)
        purl = package_url("golang", module.path, version)
        return Package("library", module.path, version, purl, module.sum)
    if not _version(by):  # a folder: its content is not that of the published version
        purl = package_url("golang", module.path)
        return Package(
            "library", module.path, "", purl, comment=f"replaced by the folder {by.path}"
        )
    purl = package_url("golang", by.path, by.version)
    comment = f"replaces {module.path} {module.version}".rstrip()
    return Package("library", by.path, by.version, purl, by.sum, comment)


def _version(module: Module) -> str:
    return "" if module.version == _DEVEL else module.version
