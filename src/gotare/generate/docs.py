"""Writes the document about the containers: each choice with its evidence, and how to use them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from gotare.generate.files import Choices, GeneratedFile
from gotare.generate.header import HTML_HEADER
from gotare.generate.identity import project_name, repository
from gotare.generate.pipeline import platforms_of
from gotare.generate.smoke import smoke_of
from gotare.plan import ImagePlan, Plan
from gotare.workload import Reason, Variable

_KINDS: Final = {
    "service": "a service that others call",
    "worker": "a worker that nobody calls",
    "cli": "a command that runs and ends",
}
_OF_THE_COMMIT: Final = ("revision", "created", "-X")


def docs(plan: Plan, choices: Choices) -> GeneratedFile:
    """Return the document."""
    parts = [
        HTML_HEADER,
        f"# {plan.sources.name or project_name(plan)} in containers",
        "What the images are and why, as `gotare plan` finds it in the code.",
        *(part for image in plan.images for part in _image(plan, image)),
        *_building(plan, choices),
        *_running(plan, choices),
        *_debugging(plan, choices),
        *_open_questions(plan),
    ]
    return GeneratedFile(choices.docs, "\n\n".join(parts) + "\n", "docs")


def _image(plan: Plan, image: ImagePlan) -> Iterator[str]:
    yield f"## {image.name}"
    packages = ", ".join(map(code, image.packages))
    yield f"{packages}: {_KINDS[image.workload.kind]}."
    rows = [_row(reason) for reason in plan.reasons if reason.image == image.name]
    rows = [row for row in rows if row]
    if image.stamps:
        rows.append(("-X", code(", ".join(sorted(image.stamps))), "version, commit, date"))
    if rows:
        yield table(("what", "decided", "why"), rows)
    variables = [(code(v.name), _begins_as(v), code(v.at)) for v in image.workload.variables]
    if variables:
        yield table(("variable", "begins as", "read at"), variables)
    facts = list(_facts(image))
    if facts:
        yield "\n".join(f"- {fact}" for fact in facts)


def _row(reason: Reason) -> tuple[str, ...]:
    """Return the cells for a reason; none for what only this commit has."""
    if reason.decision in _OF_THE_COMMIT:
        return ()
    why = f"{plain(reason.why)} ({code(reason.at)})" if reason.at else plain(reason.why)
    return reason.decision, code(reason.value), why


def _begins_as(variable: Variable) -> str:
    if variable.secret:
        return "a secret that you give"
    if variable.value is None:
        return "what you say: the program insists" if variable.required else "unset"
    return code(variable.value)


def _facts(image: ImagePlan) -> Iterator[str]:
    workload = image.workload
    for backend in workload.backends:
        client = f", by {code(backend.client)}" if backend.client else ""
        yield f"talks to {backend.kind} on port {backend.port}{client}{_at(backend.at)}"
    for place in workload.writable:
        lasting = "data that should last" if place.lasting else "nothing that must last"
        yield f"writes to {code(place.path)}, {lasting}{_at(place.at)}"
    for tool in workload.tools:
        yield f"runs {code(tool.name)}, which small bases lack{_at(tool.at)}"
    if workload.handles_stop:
        yield f"stops by itself when told to, within {workload.grace} s"
    if workload.resources.why:
        limit = workload.resources.memory_limit
        yield f"memory limit {limit}: {plain(workload.resources.why)}"


def _at(place: str) -> str:
    return f" ({code(place)})" if place else ""


def _building(plan: Plan, choices: Choices) -> Iterator[str]:
    yield "## Build"
    yield f"Images are made for {', '.join(platforms_of(plan).all)}."
    image = repository(plan.images[0], choices)
    target = f"--target {plan.images[0].name} " if len(plan.images) > 1 else ""
    if choices.builder == "gotare":
        yield "Into `dist/`, which needs no engine, or into the local Docker or Podman engine:"
        yield _shell("gotare build", _load(choices, "dev"))
    else:
        yield _shell(f"docker buildx build {target}--load --tag {image}:dev .")
        yield "`gotare build` makes the same image of the same plan, without an engine."


def _running(plan: Plan, choices: Choices) -> Iterator[str]:
    image = plan.images[0]
    yield "## Run"
    if image.workload.backends:
        first = "cp .env.example .env   # once; then say the secrets there"
        if choices.builder == "gotare":
            yield _shell(first, _load(choices, "local"), "docker compose up")
        else:
            yield _shell(first, "docker compose up --build")
        return
    words = ["docker run --rm"]
    words += [f"-p {p.number}:{p.number}" for p in image.workload.ports if p.public]
    words += [f"{repository(image, choices)}:dev", *smoke_of(image).version]
    yield _shell(" ".join(words))


def _load(choices: Choices, tag: str) -> str:
    prefix = f"{choices.image.rstrip('/')}/" if choices.image else ""
    return f"gotare build --load -t '{prefix}{{name}}:{tag}'"


def _debugging(plan: Plan, choices: Choices) -> Iterator[str]:
    image = plan.images[0]
    yield "## Debug"
    name = image.name
    if not image.is_composed:
        yield "The base may have a shell:"
        yield _shell(f"docker run --rm -it --entrypoint sh {repository(image, choices)}:dev")
        return
    yield "The image has no shell. A container beside it sees its processes and its network:"
    yield _shell(
        f"docker run --rm -it --pid container:{name} --network container:{name} busybox",
        f"kubectl debug -it deploy/{name} --image busybox --target {name}",
    )
    if choices.builder == "docker":
        yield "The Dockerfile has the same image with symbols and a shell, too:"
        yield _shell(f"docker buildx build --target debug --load --tag {name}:debug .")


def _open_questions(plan: Plan) -> Iterator[str]:
    unknown = [note for note in plan.notes if note.topic == "unknown"]
    others = [note for note in plan.notes if note.topic != "unknown"]
    for title, notes in (("Unknown", unknown), ("To know", others)):
        if notes:
            yield f"## {title}"
            yield "\n".join(
                f"- {note.image}: {plain(note.text)}{_at(note.at)}"
                if note.image
                else f"- {plain(note.text)}{_at(note.at)}"
                for note in notes
            )
    if unknown:
        yield "What is unknown is settled in `gotare.yaml`, which wins over the code."


def _shell(*lines: str) -> str:
    return "\n".join(["```sh", *lines, "```"])


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a Markdown table of cells that are Markdown already."""
    titles = list(head)
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def code(text: str) -> str:
    """Return text as code, also in a table; "" stays nothing."""
    if not text:
        return ""
    clean = " ".join(text.split()).replace("|", "\\|")
    longest = max((len(run) for run in _runs(clean)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if clean.startswith("`") or clean.endswith("`") else ""
    return f"{fence}{pad}{clean}{pad}{fence}"


def _runs(text: str) -> list[str]:
    """Return the runs of backticks."""
    return "".join(char if char == "`" else " " for char in text).split()


def plain(text: str) -> str:
    """Return text that Markdown reads as it is."""
    special = "\\`*_<>[]|#"
    return "".join(f"\\{char}" if char in special else char for char in " ".join(text.split()))
