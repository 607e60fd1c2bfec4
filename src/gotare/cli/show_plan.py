"""Shows a plan: what will be in each image, and why."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from gotare.places import CERTIFICATES, PATH
from gotare.plan import ImagePlan, Plan
from gotare.records import to_json
from gotare.workload import Reason

_WIDTH: Final = 24
_OWN_LINES: Final = frozenset({"base", "cgo", "entrypoint", "user", "-X", "revision", "needs"})
_USUAL: Final = (("PATH", PATH), ("SSL_CERT_FILE", CERTIFICATES))
_HASH: Final = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{28}\b")
_CHECKS: Final = ("healthcheck", "live", "health", "ready", "startup", "metrics")


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
        yield _line("generate", step.tool, f"{step.at} ({_cut(step.command)}); {state}")
    for pattern in sources.private:
        yield _line("private", pattern, "needs credentials to download")
    for place in sources.errors:
        yield _line("note", f"{place} does not parse; facts are from the rest", "")


def _line(word: str, value: str, why: str) -> str:
    start = f"{word:<6} {value}"
    return f"  {start:<{_WIDTH}}  {why}".rstrip()


def _image(plan: Plan, image: ImagePlan) -> Iterator[str]:
    reasons = [reason for reason in plan.reasons if reason.image == image.name]
    yield _head(image, reasons, plan.sources.module)
    yield from _decided(reasons)
    yield from _run_lines(image, reasons)
    yield from _workload_lines(image)
    for note in plan.notes:
        if note.image == image.name:
            place = f"{note.at} " if note.at else ""
            yield f"  note   {place}{note.text}"


def _head(image: ImagePlan, reasons: list[Reason], module: str) -> str:
    packages = (_from(module, package) for package in image.packages)
    title = f"{image.name} ({', '.join(packages)})"
    base = next((r for r in reasons if r.decision == "base"), Reason("", "", image.base, ""))
    return f"{title:<{_WIDTH + 2}}  base: {base.value:<10}  why: {base.why}"


def _from(module: str, package: str) -> str:
    """Return a package as it is typed in the module's folder."""
    if module and package == module:
        return "."
    inside = module and package.startswith(f"{module}/")
    return f".{package[len(module) :]}" if inside else package


def _decided(reasons: list[Reason]) -> Iterator[str]:
    """Yield what facts decided; checks stand in one line, and so do needs."""
    found = [reason for reason in reasons if reason.decision in _CHECKS]
    checks = sorted(found, key=lambda reason: _CHECKS.index(reason.decision))
    for reason in reasons:
        if reason in checks:
            if reason is found[0]:
                yield _checks_line(checks)
        elif reason.decision not in _OWN_LINES:
            yield _line(reason.decision, reason.value, _placed(reason.why, reason.at))
    needs = [reason for reason in reasons if reason.decision == "needs"]
    if needs:
        yield "  needs  " + ", ".join(f"{r.value} ({_what(r.why, r.at)})" for r in needs)


def _checks_line(checks: list[Reason]) -> str:
    first, *others = checks
    rest = "".join(f";  {other.decision} {other.value}  {other.at}" for other in others)
    return _line(first.decision, first.value, f"{first.at}{rest}")


def _placed(why: str, at: str) -> str:
    return f"{at} ({why})" if at else why


def _what(what: str, at: str) -> str:
    return ", ".join(filter(None, (what, at)))


def _run_lines(image: ImagePlan, reasons: list[Reason]) -> Iterator[str]:
    run = image.run
    why = {reason.decision: reason for reason in reasons}
    user = why.get("user", Reason("", "", run.user or "", ""))
    yield _line("user", user.value, user.why)
    yield _line("runs", " ".join((*run.entrypoint, *run.args)), f"in {run.working_dir or '/'}")
    for word in ("cgo", "-X", "revision"):
        if word in why and (word, why[word].value) != ("cgo", "off"):
            yield _line(word, _HASH.sub(r"\1", why[word].value), why[word].why)
    if run.health_check and run.health_check.command:
        yield _line("check", " ".join(run.health_check.command), "the image's HEALTHCHECK")
    for word, values in {
        "tags": image.tags,
        "ports": () if "port" in why else run.ports,
        "volumes": run.volumes,
        "sets": tuple(f"{k}={v}" for k, v in run.env.items() if (k, v) not in _USUAL),
        "files": tuple(f"{file.source} -> {file.destination}" for file in image.files),
        "adds": image.add if image.add is not None else ("what the linked binary needs",),
    }.items():
        if values:
            yield f"  {word:<7}{', '.join(values)}"


def _workload_lines(image: ImagePlan) -> Iterator[str]:
    load = image.workload
    variables = [_variable(v.name, v.value, v.required, v.secret) for v in load.variables]
    talks = [f"{backend.kind} ({_short(backend.client)})" for backend in load.backends]
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


def _cut(text: str, length: int = 60) -> str:
    return text if len(text) <= length else f"{text[:length]}…"


def _short(path: str) -> str:
    """Return the last word of an import path that is not a major version."""
    words = [word for word in path.split("/") if not re.fullmatch(r"v\d+", word)]
    return words[-1] if words else path
