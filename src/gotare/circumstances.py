"""What is true of one run: the host, the date asked for, and what git and the user say."""

from __future__ import annotations

from dataclasses import field

from gotare.frozen import dataclass
from gotare.golang.git import GitFacts
from gotare.oci.types import Platform
from gotare.settings import Settings


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is true of this run: the host, the date asked for, and what git and the user say."""

    host: Platform
    source_date_epoch: int | None = None
    git: GitFacts | None = None
    version: str = ""
    revision: str = ""
    patterns_given: bool = False
    overrides: Settings = field(default_factory=Settings)

    @property
    def described_version(self) -> str:
        """The version that was given, else git's, marked when files of the build are changed."""
        return self.version or self._marked(self.git.version if self.git else "")

    @property
    def described_revision(self) -> str:
        """The revision that was given, else git's, marked when files of the build are changed."""
        return self.revision or self._marked(self.git.revision if self.git else "")

    def _marked(self, word: str) -> str:
        return f"{word}-dirty" if word and self.git and self.git.dirty else word
