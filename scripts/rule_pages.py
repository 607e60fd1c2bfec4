"""The pages of docs/rules: one for each rule, from its declaration and its text, and an index."""

from __future__ import annotations

from pathlib import Path

from gotare.lint.explain import TOOLS, TOPICS, explain
from gotare.lint.own import OWN
from gotare.lint.rule import Rule
from gotare.lint.rules import all_rules

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "rules"
_WRITTEN = (
    "Written by `scripts/write_docs.py` from `src/gotare/lint/pages` and the rules themselves."
)


def rule_pages() -> dict[str, str]:
    """Return the text of each file of docs/rules by its name."""
    names = [*all_rules(), *OWN, *TOPICS]
    pages = {f"{name}.md": explain(name).rstrip("\n") + "\n" for name in names}
    return pages | {"README.md": _index()}


def write_rule_pages() -> None:
    """Write the pages, and remove those of rules that are gone."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    pages = rule_pages()
    for path in FOLDER.glob("*.md"):
        if path.name not in pages:
            path.unlink()
    for name, text in pages.items():
        (FOLDER / name).write_text(text)


def _index() -> str:
    rules = list(all_rules().values())
    lines = ["# Rules of gotare lint", "", _WRITTEN, ""]
    lines += [f"{len(rules)} rules. `gotare explain RULE` prints a page.", ""]
    for family in dict.fromkeys(rule.family for rule in rules):
        lines += [f"## {family}", "", "| rule | severity | fix | finds | elsewhere |"]
        lines += ["|---|---|---|---|---|"]
        lines += [_row(rule) for rule in rules if rule.family == family]
        lines.append("")
    lines += ["## What the linter says of itself", "", "| id | severity | says |", "|---|---|---|"]
    lines += [f"| [{o.id}]({o.id}.md) | {o.severity} | {o.title} |" for o in OWN.values()]
    lines += ["", "## Notes of gotare plan", "", "| topic | says |", "|---|---|"]
    lines += [f"| [{topic}]({topic}.md) | {title} |" for topic, title in TOPICS.items()]
    return "\n".join(lines) + "\n"


def _row(rule: Rule) -> str:
    others = "; ".join(
        f"{TOOLS.get(tool, tool)} {', '.join(ids)}" for tool, ids in rule.equivalents.items()
    )
    title = rule.title.replace("|", "\\|")
    cells = (f"[{rule.id}]({rule.id}.md)", str(rule.severity), rule.fixes, title, others)
    return "| " + " | ".join(cells) + " |"
