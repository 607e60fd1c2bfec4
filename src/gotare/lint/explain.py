"""Explains rules and the topics of `gotare plan`'s notes: a page for each."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Final

from gotare.errors import UsageError
from gotare.lint.own import OWN
from gotare.lint.rule import Rule
from gotare.lint.rules import all_rules

TOPICS: Final[Mapping[str, str]] = {
    "any-port": "The program takes any free port.",
    "contradiction": "The code and the settings say different things.",
    "healthcheck": "Nothing can ask the program whether it is well.",
    "log-file": "The program writes its log to a file.",
    "loopback-listener": "The program listens where only its own container can call it.",
    "missing-file": "The program opens a file that the image does not hold.",
    "no-sigterm": "The program does not stop when it is told to.",
    "privileged-port": "The program listens on a port below 1024.",
    "secret-file": "The program opens a file that holds a secret.",
    "shell-out": "The program runs another program.",
    "unknown": "The code does not tell.",
    "writes-workdir": "The program writes into its working directory.",
}
"""The topics of notes, and in a sentence what each means."""

TOOLS: Final = {
    "hadolint": "hadolint", "buildkit": "BuildKit checks", "trivy": "Trivy", "checkov": "Checkov",
    "dockle": "Dockle", "kube-linter": "KubeLinter", "kube-score": "kube-score", "gosec": "gosec",
}  # fmt: skip
"""Other tools as they write themselves."""


def page_of(name: str) -> str:
    """Return the text of the page of a rule or topic, without title. Raises UsageError."""
    page = files("gotare.lint").joinpath("pages", f"{name}.md")
    if "/" in name or not page.is_file():
        raise UsageError(f"there is no page about {name!r}", "gotare explain lists them")
    return page.read_text("utf-8")


def explain(name: str) -> str:
    """Return the whole page of a rule, an id of another tool, or a topic, as Markdown.

    Raises UsageError for a name that is none, with the nearest.
    """
    from gotare.lint.policy import ids_of

    if name in TOPICS:
        return f"# {name}\n\n{TOPICS[name]}\n\n{page_of(name)}"
    if name in OWN:
        return _own_page(name)
    ids = sorted(ids_of(name))
    if not ids:
        raise _unknown(name)
    return "\n\n".join(_rule_page(all_rules()[rule]) for rule in ids if rule in all_rules())


def _unknown(name: str) -> UsageError:
    from difflib import get_close_matches

    near = get_close_matches(name, [*all_rules(), *OWN, *TOPICS], 1)
    hint = f"did you mean {near[0]!r}?" if near else "gotare explain lists them"
    return UsageError(f"neither a rule nor a topic: {name!r}", hint)


def _own_page(name: str) -> str:
    own = OWN[name]
    return f"# {name}\n\n{own.title}\n\nSeverity: {own.severity}.\n\n{page_of(name)}"


def _rule_page(rule: Rule) -> str:
    facts = [f"Severity: {rule.severity}.", f"Looks at: {rule.kind}.", f"Family: {rule.family}."]
    facts.append(f"Fix: {rule.fixes or 'none'}.")
    lines = [f"# {rule.id}", "", rule.title, "", " ".join(facts)]
    if rule.equivalents:
        pairs = (f"{TOOLS.get(t, t)} {', '.join(i)}" for t, i in rule.equivalents.items())
        lines += ["", f"Elsewhere: {'; '.join(pairs)}."]
    return "\n".join([*lines, "", page_of(rule.id)])


def contents() -> str:
    """Return the list of all pages: rules by family, then what the linter says itself, topics."""
    lines: list[str] = []
    families = dict.fromkeys(rule.family for rule in all_rules().values())
    for family in families:
        lines += ["", family]
        lines += [_line(r.id, r.title) for r in all_rules().values() if r.family == family]
    lines += ["", "of the linter itself", *(_line(o.id, o.title) for o in OWN.values())]
    lines += ["", "topics of gotare plan", *(_line(t, title) for t, title in TOPICS.items())]
    return "\n".join(lines[1:])


def _line(name: str, title: str) -> str:
    return f"  {name:<32} {title}"
