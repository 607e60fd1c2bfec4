"""What is told about the place under the pointer: the rule that found something there, or what an
instruction of a Dockerfile stands on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gotare.errors import GotareError
from gotare.lint.dockerfile.syntax import Instruction
from gotare.lint.explain import explain
from gotare.lint.lsp.diagnostics import touching
from gotare.lint.lsp.documents import Document
from gotare.lint.lsp.linter import Checked

if TYPE_CHECKING:
    from gotare.lint.dockerfile.model import Base, BaseFacts, Build, Stage


def hover_text(checked: Checked, offset: int) -> str | None:
    """Return what to show, as Markdown, or None for nothing: a base always, other instructions
    where no rule has found anything."""
    rules = dict.fromkeys(finding.rule for finding in touching(checked, offset, offset))
    pages = [page for rule in rules if (page := page_of_rule(rule))]
    told: list[str] = []
    if checked.document.kind == "dockerfile":
        told = list(_in_dockerfile(checked.document, offset, bool(pages)))
    return "\n\n---\n\n".join([*told, *pages]) or None


def page_of_rule(rule: str) -> str | None:
    """Return the page of a rule; None for a name that is none."""
    try:
        return explain(rule)
    except GotareError:
        return None


def _in_dockerfile(document: Document, offset: int, bases_only: bool) -> Iterator[str]:
    from gotare.lint.dockerfile.parse import parse_dockerfile
    from gotare.lint.dockerfile.stages import build_of

    try:
        file = parse_dockerfile(document.text, document.shown)
        build = build_of(file)
    except GotareError:
        return
    for instruction in file.instructions:
        wanted = instruction.name == "FROM" or not bases_only
        if wanted and instruction.span.start <= offset < instruction.span.end:
            yield from _of_instruction(build, instruction)


def _of_instruction(build: Build, instruction: Instruction) -> Iterator[str]:
    stage = build.stage_of(instruction)
    if stage is None:
        return
    if instruction.name == "FROM":
        yield _of_base(stage)
    else:
        yield f"**{instruction.name}** in {_titled(stage)}\n\n{_state(stage, instruction)}"


def _titled(stage: Stage) -> str:
    return f"`{stage.title}`, on `{stage.base.reference or stage.base.text}`"


def _of_base(stage: Stage) -> str:
    base, facts = stage.base, stage.facts
    if base.kind == "stage" and stage.parent is not None:
        below = stage.root.reference or stage.root.text
        head = f"**{base.text}** is an earlier stage, which stands on `{below}`"
    else:
        head = f"**{base.reference or base.text}**"
    if facts is None:
        return f"{head}\n\nThe catalogue does not know what this image holds."
    return "\n".join([head, "", *(f"- {line}" for line in _held(base, facts))])


def _held(base: Base, facts: BaseFacts) -> Iterator[str]:
    yield f"shell: {facts.shell or 'none'}"
    yield f"C library: {facts.libc}"
    yield f"package manager: {facts.package_manager or 'none'}"
    yield f"user: {facts.user or 'root'}"
    yield f"root certificates: {_yes(facts.certificates)}; time zones: {_yes(facts.zones)}"
    if facts.has_go:
        yield f"Go: {facts.go or 'some version'}; C compiler: {_yes(facts.compiler)}"
    if facts.release:
        ends = f", supported until {facts.end_of_life}" if facts.end_of_life else ""
        yield f"release: {facts.release}{ends}"
    if base.kind == "image" and not base.digest:
        yield "not pinned by a digest"


def _yes(there: bool) -> str:
    return "yes" if there else "no"


def _state(stage: Stage, instruction: Instruction) -> str:
    state = stage.state_at(instruction)
    user = "unknown" if state.user is None else state.user or "root"
    lines = [f"- user: {user}", f"- working directory: {state.workdir or 'unknown'}"]
    if instruction.name in ("RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK"):
        lines.append(f"- shell: `{' '.join(state.shell)}`")
    values = [f"`{n}={v}`" if v is not None else f"`{n}`" for n, v in state.values.items()]
    if values:
        lines.append(f"- variables: {', '.join(values[:20])}")
    return "\n".join(lines)
