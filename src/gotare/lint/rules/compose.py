"""Do the services of a Compose file start, find each other, and stay up?"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from typing import Final

from gotare.findings import Edit, Fix, Severity
from gotare.lint.compose import ComposeSubject, Mount, Service
from gotare.lint.dockerfile.syntax import Span
from gotare.lint.images import Image, passes_on
from gotare.lint.kinds import kind_of_name
from gotare.lint.plain_secrets import is_plain_secret, is_throwaway
from gotare.lint.programs import is_own, lacks, near, plan_of, ports_of, stage_of
from gotare.lint.rule import Found
from gotare.lint.rules.declaring import Declaring
from gotare.lint.yaml.edits import quoted, remove_entry
from gotare.lint.yaml.nodes import Entry, Node
from gotare.lint.yaml.reading import read


def _duplicate(subject: ComposeSubject) -> Iterator[Found]:
    for problem in subject.problems:
        if problem.kind == "duplicate":
            yield Found(problem.message, problem.span, "Compose refuses the file: keep one of them")


def _version(subject: ComposeSubject) -> Iterator[Found]:
    entry = subject.root.entries.get("version")
    if entry is None or not subject.root["services"]:
        return
    edit = remove_entry(subject.text, entry)
    yield Found(
        "`version` is obsolete: Compose ignores it, and warns at every call",
        entry.span,
        "remove the line",
        Fix((edit,), True, "remove version") if edit else None,
    )


def _floating(subject: ComposeSubject) -> Iterator[Found]:
    for service in subject.services:
        image = service.image
        if image and image.is_floating and not service.is_built:
            what = "has the tag latest" if image.tag else "has no tag, which means latest"
            yield Found(
                f"the image {image.text} {what}: it is another one tomorrow",
                service.node["image"].span,
                "name a version, or a digest",
                severity=Severity.INFO if _may_float(subject, image) else None,
            )


def _may_float(subject: ComposeSubject, image: Image) -> bool:
    """Whether the file is for development, or for users of a published program, who get the
    program's own newest image: a version would be old with the next release."""
    around = subject.around
    published = any(re.match(r"(?:LICEN[CS]E|COPYING)", each) for each in around.files or ())
    return subject.is_development or (published and is_own(image, around))


# what is waited for


def _unconditioned(subject: ComposeSubject) -> Iterator[Found]:
    for service in subject.services:
        for name, node, said in service.dependencies:
            dependency = subject.service(name)
            if said["condition"] or dependency is None or not _has_check(dependency):
                continue
            yield Found(
                f"{service.name} starts before {name} is healthy: depends_on has no condition",
                node.span,
                "condition: service_healthy",
                _conditions(subject, service),
                severity=Severity.INFO if passes_on(*service.names) else None,
            )


def _has_check(service: Service) -> bool:
    check = service.node["healthcheck"]
    is_off = check["disable"].boolean or check["test"].strings[:1] == ("NONE",)
    return bool(check["test"]) and not is_off


def _conditions(subject: ComposeSubject, service: Service) -> Fix | None:
    """Write the short list in long form."""
    entry = service.node.entries["depends_on"]
    node = entry.value
    if node.kind != "sequence" or entry.alias or entry.merged or _has_comment(subject, entry):
        return None
    indent = " " * (entry.key.column + 2)
    lines = [line for name in node.strings for line in _long(subject, name, indent)]
    edit = Edit(entry.key.span.end, node.span.end, ":" + "".join(f"\n{line}" for line in lines))
    return Fix((edit,), True, "wait until it is healthy")


def _has_comment(subject: ComposeSubject, entry: Entry) -> bool:
    return "#" in subject.text[entry.span.start : entry.span.end]


def _long(subject: ComposeSubject, name: str, indent: str) -> Iterator[str]:
    dependency = subject.service(name)
    healthy = dependency is not None and _has_check(dependency)
    yield f"{indent}{name}:"
    yield f"{indent}  condition: service_{'healthy' if healthy else 'started'}"


def _unchecked(subject: ComposeSubject) -> Iterator[Found]:
    for service in subject.services:
        for name, node, _ in service.dependencies:
            dependency = subject.service(name)
            image = dependency.image if dependency and dependency.is_whole else None
            if dependency and image and image.is_database and not dependency.node["healthcheck"]:
                yield Found(
                    f"{service.name} waits for {name}, which has no health check: it waits for "
                    "the container only, not until connections are taken",
                    node.span,
                    f"add a healthcheck to {name}, and condition: service_healthy here",
                )


def _unknown_dependency(subject: ComposeSubject) -> Iterator[Found]:
    if subject.root["include"] or subject.is_development:
        return
    for service in subject.services:
        for name, node, said in service.dependencies:
            optional = said["required"].boolean is False
            if subject.service(name) is not None or not service.is_whole or optional:
                continue
            if name not in _elsewhere(subject):
                yield Found(
                    f"{service.name} depends on {name}, and there is no such service",
                    node.span,
                    "Compose refuses the file",
                )


def _elsewhere(subject: ComposeSubject) -> frozenset[str]:
    """Return the services of the other Compose files beside this one: `-f a -f b` lays one over
    the other."""
    around = subject.around
    folder, _, own = around.here.rpartition("/")
    found: set[str] = set()
    for path in around.files or ():
        above, _, name = path.rpartition("/")
        if above == folder and name != own and kind_of_name(name) == "compose":
            found.update(read(around.texts.get(path, "")).first["services"].entries)
    return frozenset(found)


# ports


_SEXAGESIMAL: Final = re.compile(r"[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+")
"""A number to the base 60 (YAML 1.1, "Integer Language-Independent Type")."""


def _sexagesimal(subject: ComposeSubject) -> Iterator[Found]:
    for service in subject.services:
        for port in service.ports:
            if port.node.is_plain and _SEXAGESIMAL.fullmatch(port.node.value):
                yield Found(
                    f"YAML 1.1 reads {port.node.value} as a number to the base 60",
                    port.node.span,
                    "quote it",
                    Fix((quoted(port.node),), True, "quote the port"),
                )


def _other_port(subject: ComposeSubject) -> Iterator[Found]:
    for service in subject.services:
        published = [port for port in service.ports if port.target is not None]
        known = _listened(subject, service) if published else frozenset()
        for port in published if known else ():
            if port.target not in known:
                listed = ", ".join(map(str, sorted(known)))
                yield Found(
                    f"port {port.target} is published, and the program listens on {listed}",
                    port.node.span,
                    "publish a port that something listens on",
                )


def _listened(subject: ComposeSubject, service: Service) -> frozenset[int]:
    """Return the ports that the program of a service listens on; nothing where that is open."""
    changed = any(service.node[key] for key in ("command", "entrypoint", "env_file"))
    if changed or not service.is_built or service.is_development:
        return frozenset()
    planned = plan_of(subject.around, (service.name, service.target), service.image)
    said = {setting.name: setting.value for setting in service.environment}
    numbers: set[int] = set()
    for variable, number in ports_of(subject.around, planned):
        value = said.get(variable) if variable in said else str(number or "")
        found = re.fullmatch(r"(?:.*:)?(\d{1,5})", value or "")
        if not found:
            return frozenset()
        numbers.add(int(found[1]))
    return frozenset(numbers)


# health, restarts, memory, files


def _missing_tool(subject: ComposeSubject) -> Iterator[Found]:
    for service in subject.services:
        test = service.node.at("healthcheck", "test")
        tool = _tool_of(test)
        if not tool or not service.is_built:
            continue
        stage = stage_of(subject.around, service.dockerfile, service.target)
        if lacks(tool, stage):
            yield Found(
                f"the health check of {service.name} runs {tool}, which its image does not hold",
                test.span,
                "let the program check itself (a subcommand), or copy a static probe into it",
            )


def _tool_of(test: Node) -> str:
    """Return the program that a check starts: for shell forms the shell."""
    words: Sequence[str] = test.strings
    if test.text or words[:1] == ("CMD-SHELL",):
        return "sh"
    return words[1] if words[:1] == ("CMD",) and len(words) > 1 else ""


def _source_mounted(subject: ComposeSubject) -> Iterator[Found]:
    for service in subject.services if not subject.is_development else ():
        if not service.is_built or service.is_development:
            continue
        for mount in service.mounts:
            is_all = mount.source.rstrip("/") in (".", "$PWD", "${PWD}")
            if is_all and mount.target not in ("", "/") and _may_hold(subject, service, mount):
                yield Found(
                    f"the sources are mounted over {mount.target}, and hide what the image holds",
                    mount.node.span,
                    "mount them in a file of its own for development (compose.override.yaml)",
                )


def _may_hold(subject: ComposeSubject, service: Service, mount: Mount) -> bool:
    """Whether the image of a service may hold the sources. One of tools, built from another folder
    or working where nothing is copied to, is there to be given some."""
    if "$" not in service.context and posixpath.normpath(service.context) != ".":
        return False
    stage = stage_of(subject.around, service.dockerfile, service.target)
    target = mount.target.rstrip("/")
    if stage is None or not f"{stage.state.workdir or ''}/".startswith(f"{target}/"):
        return True
    copies = [i for each in stage.chain for i in each.named("COPY", "ADD") if not i.flag("from")]
    places = [i.words[-1].text.rstrip("/") for i in copies if i.words]
    return any(
        not place.startswith("/") or "$" in place or f"{place}/".startswith(f"{target}/")
        for place in places
    )


def _no_restart(subject: ComposeSubject) -> Iterator[Found]:
    for service in _lasting(subject):
        if not service.node["restart"] and not service.node.at("deploy", "restart_policy"):
            yield Found(
                f"{service.name} stays down when it ends, or when the machine starts anew",
                service.key,
                "restart: unless-stopped",
            )


def _no_memory_limit(subject: ComposeSubject) -> Iterator[Found]:
    for service in _lasting(subject):
        limit = service.node.at("deploy", "resources", "limits", "memory")
        if not limit and not service.node["mem_limit"]:
            yield Found(
                f"{service.name} may take all the memory of the machine",
                service.key,
                "deploy: resources: limits: memory",
            )


def _lasting(subject: ComposeSubject) -> Iterator[Service]:
    """Yield services that run on in production."""
    if subject.is_development:
        return
    for service in subject.services:
        if service.is_whole and not service.node["profiles"] and not service.is_development:
            yield service


def _env_committed(subject: ComposeSubject) -> Iterator[Found]:
    around = subject.around
    env, ignore = near(around, ".env"), {".gitignore", near(around, ".gitignore")}
    if around.files is None or env not in around.files or ignore.isdisjoint(around.files):
        return
    if any(_ignores_env(around.texts.get(path, "")) for path in ignore):
        return
    place = _env_place(subject)
    if place is not None:
        yield Found(
            ".env holds what this file takes from it, and git does not ignore it",
            place,
            "add .env to .gitignore, and keep an .env.example without secrets",
            severity=None if _holds_secrets(around.texts.get(env)) else Severity.INFO,
        )


def _holds_secrets(text: str | None) -> bool:
    """Whether variables hold what nobody should see, and would not guess; also where that cannot be
    read."""
    lines = (line.partition("=") for line in (text or "").splitlines() if line[:1] != "#")
    said = [(name.strip(), re.sub(r"\s+#.*", "", value).strip(" '\"")) for name, _, value in lines]
    return text is None or any(
        is_plain_secret(name, value) and not is_throwaway(value, (name,)) for name, value in said
    )


def _ignores_env(text: str) -> bool:
    lines = {line.strip().lstrip("/") for line in text.splitlines()}
    return bool(lines & {".env", ".env*", "*.env", "**/.env", "**/.env*", ".env.*", ".*", "*"})


def _env_place(subject: ComposeSubject) -> Span | None:
    for service in subject.services:
        node = service.node["env_file"]
        texts = (node.text, *node.strings, *(item["path"].text for item in node))
        if any(text in (".env", "./.env") for text in texts):
            return service.node.place("env_file")
    found = re.search(r"\$\{\w+", subject.text)
    return Span(found.start(), found.end()) if found else None


_OF: Final = Declaring("compose", "compose", "compose")

RULES: Final = (
    _OF.error("duplicate-key", "A key is there twice: Compose refuses the file.", _duplicate),
    _OF.warning("version-obsolete", "`version` has no meaning any more.", _version, fixes="safe"),
    _OF.warning("image-latest", "An image floats: latest, or no tag.", _floating),
    _OF.warning(
        "depends-on-condition",
        "A service does not wait until what it needs is healthy.",
        _unconditioned,
        fixes="safe",
    ),
    _OF.info("dependency-unchecked", "A database that is waited for has no check.", _unchecked),
    _OF.error(
        "unknown-dependency", "A service depends on one that is not there.", _unknown_dependency
    ),
    _OF.warning(
        "port-sexagesimal",
        "A port that YAML 1.1 reads as a number to the base 60.",
        _sexagesimal,
        fixes="safe",
    ),
    _OF.warning("port-mismatch", "A published port that nothing listens on.", _other_port),
    _OF.error("health-tool", "A health check runs what the image lacks.", _missing_tool),
    _OF.warning("source-mounted", "The sources hide what the image holds.", _source_mounted),
    _OF.info("no-restart", "A service without a restart policy.", _no_restart),
    _OF.info("no-memory-limit", "A service without a memory limit.", _no_memory_limit),
    _OF.warning("env-committed", "`.env` is not ignored by git.", _env_committed),
)
