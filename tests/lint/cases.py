"""The cases of rules: folders with files that are bad, good and fixed."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from gotare.cache import open_cache
from gotare.findings import Finding
from gotare.lint.around import Known, Neighbourhood
from gotare.lint.files import find_targets
from gotare.lint.policy import Flags, Policy, make_policy
from gotare.lint.run import Result, lint
from gotare.linting.facts import ProjectLoader
from gotare.linting.policies import Policies
from gotare.oci.transports import Surroundings
from gotare.oci.types import Platform
from gotare.settings import LintSettings

RULES = Path(__file__).parent / "rules"


@dataclass(frozen=True)
class Case:
    """A folder of files for a rule; `word` tells cases of one rule apart, "" or "-something"."""

    rule: str
    state: str
    word: str

    @property
    def folder(self) -> Path:
        return RULES / self.rule / f"{self.state}{self.word}"

    @property
    def expected(self) -> Path:
        return RULES / self.rule / f"{self.state}{self.word}.txt"

    @property
    def fixed(self) -> Path:
        return RULES / self.rule / f"fixed{self.word}"

    @property
    def project(self) -> Path | None:
        own, common = (RULES / self.rule / f"project{w}" for w in (self.word, ""))
        return own if own.is_dir() else common if common.is_dir() else None

    @property
    def facts_from(self) -> Path | None:
        """The Go project that facts are read from: the case itself, if it is one."""
        return self.folder if (self.folder / "go.mod").is_file() else self.project

    def lay_out(self, place: Path) -> Path:
        """Put the project and the files of the case into a folder. Git keeps no folder .git, so
        that it is called dot-git in a case."""
        if self.project:
            shutil.copytree(self.project, place)
        shutil.copytree(self.folder, place, dirs_exist_ok=True)
        if (place / "dot-git").is_dir():
            (place / "dot-git").rename(place / ".git")
        return place


def cases(state: str) -> list[Case]:
    """Return the cases of all rules in a state: "bad", "good"."""
    return [
        Case(folder.name, state, path.name.removeprefix(state))
        for folder in sorted(RULES.iterdir())
        for path in sorted(folder.iterdir())
        if path.is_dir() and path.name.partition("-")[0] == state
    ]


def only(rule: str) -> Policy:
    """Return the policy that selects one rule."""
    return make_policy(LintSettings(), Flags(select=(rule,)))


def look_in(place: Path, case: Case) -> Neighbourhood:
    """Return what is around files below a place: the case's project, read once."""
    project = case.facts_from
    policies = Policies(place, Flags())
    return Neighbourhood(
        place,
        (lambda root: facts_of(project)) if project else None,
        lambda target: policies.of(target.place).policy.allow_registries,
    )


@cache
def facts_of(project: Path) -> Known:
    """Read a project of a case; it must be readable."""
    env = dict(os.environ)
    with open_cache(env, Path(env.get("HOME", "/root"))) as (store, _):
        around = Surroundings(env, Path(env.get("HOME", "/root")), project)
        known = ProjectLoader(store, around, Platform.parse("linux/amd64"))(project)
    assert known.plan is not None, f"{project}: {known.problem}"
    return known


def case_env(place: Path) -> dict[str, str]:
    """Return the environment in which no git repository above is seen."""
    return {**os.environ, "GIT_CEILING_DIRECTORIES": str(place.parent)}


def lint_case(place: Path, case: Case, policy: Policy) -> Result:
    """Lint the files below a place."""
    targets = find_targets(place, [], case_env(place))
    return lint(targets, look_in(place, case).look, policy)


def lines_of(findings: tuple[Finding, ...]) -> str:
    """Return findings as `bad.txt` has them."""
    return "".join(f"{f.at.path}:{f.at.line}:{f.at.column} {f.message}\n" for f in findings)
