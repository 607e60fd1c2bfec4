"""Shows a plan: what will be in each image, and why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from gotare.plan import ImagePlan, Plan
from gotare.records import to_json
from gotare.workload import Reason

_WIDTH: Final = 24
_OWN_LINES: Final = frozenset({"base", "cgo", "entrypoint", "user", "-X", "revision"})
_CHECKS: Final = ("healthcheck", "health", "live", "ready", "startup", "metrics")


def plan_json(plan: Plan) -> dict[str, Any]:
    """Return the plan as the command's JSON; `records.from_json(Plan, …)` reads it."""
    document: dict[str, Any] = to_json(plan)
    return document


def plan_lines(plan: Plan) -> str:
    """Return the plan as text: a block for each image, each decision with its reason."""
    blocks = ["\n".join(_image(plan, image)) for image in plan.images]
    return "\n\n".join([*blocks, "\n".join(_common(plan))])


def _common(plan: Plan) -> Iterator[str]:
    yield "all images"
    for reason in plan.reasons:
        if not reason.image:
            yield _line(reason.decision, reason.value, reason.why)
    sources = plan.sources
    if sources.go:
        yield _line("go", sources.go, "the toolchain that builds")
    for step in sources.steps:
        state = "its output is in the project" if step.committed else "its output is missing"
        yield _line("generate", step.tool, f"{step.at} ({step.command}); {state}")
    for pattern in sources.private:
        yield _line("private", pattern, "needs credentials to download")
    for place in sources.errors:
        yield _line("note", f"{place} does not parse; facts are from the rest", "")


def _line(word: str, value: str, why: str) -> str:
    start = f"{word:<6} {value}"
    return f"  {start:<{_WIDTH}}  {why}".rstrip()


def _image(plan: Plan, image: ImagePlan) -> Iterator[str]:
    reasons = [reason for reason in plan.reasons if reason.image == image.name]
    yield _head(image, reasons)
    yield from _decided(reasons)
    yield from _run_lines(image, reasons)
    yield from _workload_lines(image)
    for note in plan.notes:
        if note.image == image.name:
            place = f"{note.at} " if note.at else ""
            yield f"  note   {place}{note.text}"


def _head(image: ImagePlan, reasons: list[Reason]) -> str:
    title = f"{image.name} ({', '.join(image.packages)})"
    base = next((r for r in reasons if r.decision == "base"), Reason("", "", image.base, ""))
    return f"{title:<{_WIDTH + 2}}  base: {base.value:<10}  why: {base.why}"


def _decided(reasons: list[Reason]) -> Iterator[str]:
    """Yield what facts decided; the checks stand in one line each."""
    for reason in reasons:
        if reason.decision not in _OWN_LINES:
            place = f"{reason.at} ({reason.why})" if reason.at else reason.why
            yield _line(reason.decision, reason.value, place)


def _run_lines(image: ImagePlan, reasons: list[Reason]) -> Iterator[str]:
    run = image.run
    why = {reason.decision: reason for reason in reasons}
    user = why.get("user", Reason("", "", run.user or "", ""))
    yield _line("user", user.value, user.why)
    yield _line("runs", " ".join((*run.entrypoint, *run.args)), f"in {run.working_dir or '/'}")
    for word in ("cgo", "-X", "revision"):
        if word in why and (word, why[word].value) != ("cgo", "off"):
            yield _line(word, why[word].value, why[word].why)
    if run.health_check and run.health_check.command:
        yield _line("check", " ".join(run.health_check.command), "the image's HEALTHCHECK")
    for word, values in {
        "tags": image.tags,
        "ports": run.ports,
        "volumes": run.volumes,
        "sets": tuple(f"{name}={value}" for name, value in run.env.items()),
        "files": tuple(f"{file.source} -> {file.destination}" for file in image.files),
        "adds": image.add if image.add is not None else ("what the linked binary needs",),
    }.items():
        if values:
            yield f"  {word:<7}{', '.join(values)}"


def _workload_lines(image: ImagePlan) -> Iterator[str]:
    load = image.workload
    variables = [_variable(v.name, v.value, v.required, v.secret) for v in load.variables]
    talks = [f"{b.kind} ({b.client.rpartition('/')[2] or b.client})" for b in load.backends]
    if load.calls_https:
        talks.append("https")
    writes = [f"{place.path} ({place.at})" for place in load.writable]
    for word, values in {"env": variables, "talks": talks, "writes": writes}.items():
        if values:
            mark = "; " if word == "env" else ", "
            yield f"  {word:<7}{mark.join(values)}"


def _variable(name: str, value: str | None, required: bool, secret: bool) -> str:
    words = [name if value is None else f"{name}={value}"]
    words += ["required"] * required + ["secret"] * secret
    return " ".join(words)
