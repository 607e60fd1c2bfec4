"""What a user may settle about a build, in `gotare.yaml` or with flags; None means not said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, fields, replace

from gotare.errors import UsageError
from gotare.frozen import dataclass
from gotare.oci.image import HealthCheck

ADDITIONS = ("certificates", "zones", "users", "tmp")
"""What gotare can add to a base, under the names that `add:` takes."""


@dataclass(frozen=True, slots=True)
class FileMapping:
    """Files of the project that go into the image. `mode` None keeps the executable bit only."""

    source: str
    destination: str
    mode: int | None = None
    owner: str = "0:0"

    @property
    def ids(self) -> tuple[int, int]:
        """The owner as user and group numbers. Raises UsageError."""
        user, _, group = self.owner.partition(":")
        if not user.isdecimal() or (group and not group.isdecimal()):
            raise UsageError(
                f"not an owner: {self.owner!r}", "numbers, as in 65532:65532: names need a passwd"
            )
        return int(user), int(group or user)


@dataclass(frozen=True, slots=True)
class Settings:
    """One layer of settings. Flags lie over an image's own, those over the file's top level."""

    packages: tuple[str, ...] | None = None
    base: str | None = None
    add: tuple[str, ...] | None = None
    platforms: tuple[str, ...] | None = None
    tags: tuple[str, ...] | None = None
    user: str | None = None
    workdir: str | None = None
    env: Mapping[str, str] | None = None
    ports: tuple[str, ...] | None = None
    volumes: tuple[str, ...] | None = None
    stop_signal: str | None = None
    healthcheck: HealthCheck | None = None
    labels: Mapping[str, str] | None = None
    annotations: Mapping[str, str] | None = None
    files: tuple[FileMapping, ...] | None = None
    allow: tuple[str, ...] | None = None
    entrypoint: tuple[str, ...] | None = None
    args: tuple[str, ...] | None = None
    go_tags: tuple[str, ...] | None = None
    go_ldflags: tuple[str, ...] | None = None
    go_flags: tuple[str, ...] | None = None
    go_env: Mapping[str, str] | None = None
    cgo: str | None = None
    symbols: bool | None = None
    compression: str | None = None
    media_types: str | None = None
    sbom: str | None = None

    def under(self, other: Settings) -> Settings:
        """Return these settings with those that `other` says laid over them; maps are merged."""
        changes: dict[str, object] = {}
        for each in fields(other):
            value, mine = getattr(other, each.name), getattr(self, each.name)
            if value is not None:
                both_maps = isinstance(value, Mapping) and isinstance(mine, Mapping)
                changes[each.name] = {**mine, **value} if both_maps else value
        return replace(self, **changes)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Named:
    """A word that names a rule or a group of rules, and where it stands: "gotare.yaml:3:12"."""

    text: str
    at: str


@dataclass(frozen=True, slots=True)
class PathSettings:
    """What holds for the files that a glob matches: rules to leave out, other severities."""

    ignore: tuple[Named, ...] = ()
    severity: tuple[tuple[Named, str], ...] = ()


@dataclass(frozen=True, slots=True)
class LintSettings:
    """What is settled about `gotare lint`. `select` None: all rules. `severity` has error, warning,
    info or off for rules, `fail_on` the least severity that makes the command fail, or never."""

    select: tuple[Named, ...] | None = None
    ignore: tuple[Named, ...] = ()
    severity: tuple[tuple[Named, str], ...] = ()
    per_path: Mapping[str, PathSettings] = field(default_factory=dict)
    fail_on: str | None = None
    allow_registries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Config:
    """A whole `gotare.yaml`: the settings for all images, those of each image by name, and what is
    settled about linting."""

    common: Settings = Settings()
    images: Mapping[str, Settings] | None = None
    lint: LintSettings = field(default_factory=LintSettings)
