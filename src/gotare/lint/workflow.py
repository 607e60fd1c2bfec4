"""Reads GitHub's workflows and actions, and GitLab's pipelines, into jobs and steps.

Sources: GitHub, "Workflow syntax" and "Metadata syntax"; GitLab, "CI/CD YAML syntax reference".
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal

from gotare.lint.dockerfile.syntax import Span
from gotare.lint.shellwords import Command, commands
from gotare.lint.subjects import Surroundings
from gotare.lint.yaml.nodes import NOTHING, Node
from gotare.lint.yaml.reading import Problem, errors_of, read

System = Literal["github", "gitlab"]

_GITLAB_KEYS: Final = frozenset({
    "stages", "variables", "workflow", "include", "default", "image", "services", "cache",
    "before_script", "after_script", "pages", "spec",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Script:
    """Shell text: `node` holds it, and it begins at `start` in the file."""

    node: Node
    text: str
    start: int

    @property
    def commands(self) -> Iterator[Command]:
        """Yield its commands, with their places."""
        return commands(self.text, self.start)


def script_of(node: Node, text: str) -> Script:
    """Return the shell text of a scalar as it is written, so that places fit."""
    start, end = node.span.start, node.span.end
    if node.style in ("literal", "folded"):
        start = text.find("\n", start, end) + 1 or end
    elif node.style in ("single", "double"):
        start, end = start + 1, end - 1
    return Script(node, text[start:end], start)


@dataclass(frozen=True)
class Step:
    """A step of a job. `action` is what `uses` names without its version."""

    node: Node
    text: str
    job: Job | None = None

    @cached_property
    def uses(self) -> tuple[str, str]:
        """The action and its version."""
        action, _, version = self.node["uses"].text.partition("@")
        return action, version

    @property
    def action(self) -> str:
        """The action, in lower case as GitHub compares it."""
        return self.uses[0].lower()

    @property
    def given(self) -> Node:
        """What it is given: `with`."""
        return self.node["with"]

    @property
    def place(self) -> Span:
        """Where it says what it does."""
        for key in ("uses", "run", "name"):
            if self.node[key]:
                return self.node[key].span if key == "uses" else self.node.place(key)
        return self.node.span

    @cached_property
    def script(self) -> Script | None:
        """What it runs."""
        node = self.node["run"]
        return script_of(node, self.text) if node.kind == "scalar" else None

    @property
    def condition(self) -> str:
        """Its `if` and that of its job."""
        own = self.node["if"].value
        return f"{own} {self.job.node['if'].value}" if self.job else own


@dataclass(frozen=True)
class Job:
    """A job."""

    name: str
    node: Node
    text: str
    place: Span

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Its steps."""
        return tuple(Step(node, self.text, self) for node in self.node["steps"])


@dataclass(frozen=True)
class WorkflowSubject:
    """A workflow, an action, or a pipeline."""

    path: str
    text: str
    root: Node = NOTHING
    problems: tuple[Problem, ...] = ()
    around: Surroundings = field(default_factory=Surroundings)

    @property
    def errors(self) -> tuple[Problem, ...]:
        """Why it cannot be used, or not all of it."""
        return errors_of(self.problems)

    @property
    def system(self) -> System:
        """Whose it is."""
        return "gitlab" if "gitlab-ci" in posixpath.basename(self.path) else "github"

    @property
    def is_action(self) -> bool:
        """Whether it is an action rather than a workflow."""
        return self.system == "github" and bool(self.root["runs"])

    @cached_property
    def jobs(self) -> tuple[Job, ...]:
        """The jobs of a workflow."""
        found = self.root["jobs"].entries.values() if self.system == "github" else ()
        return tuple(
            Job(each.name, each.value, self.text, each.key.span)
            for each in found
            if each.value.kind == "mapping"
        )

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The steps of all jobs, or of a composite action."""
        own = self.root.at("runs", "steps") if self.is_action else NOTHING
        return (
            *(step for job in self.jobs for step in job.steps),
            *(Step(node, self.text) for node in own),
        )

    @cached_property
    def pipeline_jobs(self) -> tuple[Job, ...]:
        """The jobs of a pipeline, templates too, and `default`."""
        if self.system != "gitlab":
            return ()
        return tuple(
            Job(each.name, each.value, self.text, each.key.span)
            for each in self.root.entries.values()
            if each.value.kind == "mapping"
            and (each.name not in _GITLAB_KEYS or each.name == "default")
        )

    @cached_property
    def scripts(self) -> tuple[Script, ...]:
        """All shell text."""
        runs = [step.script for step in self.steps if step.script]
        nodes = [
            node
            for job in self.pipeline_jobs
            for key in ("before_script", "script", "after_script")
            for node in _lines(job.node[key])
        ]
        return (*runs, *(script_of(node, self.text) for node in nodes))

    @cached_property
    def events(self) -> frozenset[str]:
        """What starts a workflow."""
        node = self.root["on"] or self.root["true"]
        return frozenset((*node.entries, *node.strings, *((node.text,) if node.text else ())))

    def conditions(self, step: Step) -> str:
        """Return what must hold for a step to run: its `if`, and those of its job and of all that
        the job needs."""
        known = {job.name: job for job in self.jobs}
        waiting, seen = [step.job] if step.job else [], set[str]()
        found = [step.condition]
        while waiting:
            job = waiting.pop()
            needed = job.node["needs"]
            for name in (*needed.strings, needed.text):
                if name in known and name not in seen:
                    seen.add(name)
                    waiting.append(known[name])
                    found.append(known[name].node["if"].value)
        return "\n".join(found)

    def value(self, text: str, step: Step | None = None) -> str:
        """Put the variables of `env` into a text; what is not known stays."""
        known = self._environment(step)
        pattern = r"\$\{\{\s*env\.(\w+)\s*\}\}"
        return re.sub(pattern, lambda found: known.get(found[1], found[0]), text)

    def _environment(self, step: Step | None) -> Mapping[str, str]:
        nodes = [self.root["env"]]
        if step:
            nodes += [step.job.node["env"]] if step.job else []
            nodes += [step.node["env"]]
        return {e.name: e.value.text for node in nodes for e in node.entries.values()}


def _lines(node: Node) -> Iterator[Node]:
    """Yield the scalars of a script; a sequence may hold sequences (from anchors). What has a tag
    is a reference to another job."""
    if node.kind == "scalar":
        yield node
    for item in node.items if not node.tag else ():
        if not item.tag:
            yield from (item.items if item.kind == "sequence" else (item,))


def workflow_of(path: str, text: str, around: Surroundings) -> WorkflowSubject:
    """Read a workflow or pipeline; what is wrong with its YAML is in `problems`."""
    stream = read(text)
    found = [node for node in stream.documents if node.kind == "mapping"]
    root = next((node for node in found if not node["spec"]), found[0] if found else NOTHING)
    return WorkflowSubject(path, text, root, stream.problems, around)
