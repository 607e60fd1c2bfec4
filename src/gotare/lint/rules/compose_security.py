"""What may a service of a Compose file do that it need not, and who can reach or read what?"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Final

from gotare.findings import Edit, Fix, Severity
from gotare.lint.compose import ComposeSubject, Mount, Port, Service
from gotare.lint.dockerfile.syntax import Span
from gotare.lint.images import DATABASES, manages_containers, reaches_by_trade
from gotare.lint.plain_secrets import is_plain_secret, is_throwaway
from gotare.lint.programs import plan_of
from gotare.lint.rule import Found
from gotare.lint.rules.declaring import Declaring
from gotare.lint.yaml.edits import add_entry


def _reach(subject: ComposeSubject, service: Service, place: Span) -> Severity | None:
    """A right that a service needs by its trade, or for which a comment beside it gives a reason,
    is only to know about."""
    rest = subject.text[place.end :].partition("\n")[0]
    explained = re.search(r"(?:^|\s)#\s*\w", rest) is not None
    return Severity.INFO if explained or reaches_by_trade(*service.names) else None


def _privileged(subject: ComposeSubject) -> Iterator[Found]:
    for service in subject.services:
        if service.node["privileged"].boolean:
            place = service.node.place("privileged")
            yield Found(
                f"{service.name} is privileged: whoever takes it over has the host",
                place,
                "name the capability or device that it needs: cap_add, devices",
                severity=_reach(subject, service, place),
            )


_SOCKETS: Final = re.compile(r"(?:/var)?/run/(?:docker|podman/podman)\.sock")


def _socket(subject: ComposeSubject) -> Iterator[Found]:
    for service in subject.services:
        for mount in service.mounts:
            if _SOCKETS.fullmatch(mount.source):
                by_trade = manages_containers(*service.names) or reaches_by_trade(*service.names)
                yield Found(
                    f"{service.name} has the engine's socket, and so the host; read-only or not",
                    mount.node.span,
                    "put a proxy between that allows only what is needed",
                    severity=Severity.INFO if by_trade else None,
                )


def _host_namespace(subject: ComposeSubject) -> Iterator[Found]:
    for service in subject.services:
        for key in ("network_mode", "pid", "ipc", "userns_mode"):
            if service.node[key].text == "host":
                place = service.node.place(key)
                yield Found(
                    f"{service.name} shares the host's namespace ({key}: host)",
                    place,
                    "leave it out: networks and ports connect it",
                    severity=_reach(subject, service, place),
                )


_WIDE: Final = frozenset({
    "ALL", "SYS_ADMIN", "SYS_MODULE", "SYS_PTRACE", "SYS_RAWIO", "DAC_READ_SEARCH", "BPF",
    "NET_ADMIN",
})  # fmt: skip


def _capability(subject: ComposeSubject) -> Iterator[Found]:
    for service in subject.services:
        for item in service.node["cap_add"]:
            if item.value.upper().removeprefix("CAP_") in _WIDE:
                yield Found(
                    f"{service.name} has the capability {item.value}, which reaches far",
                    item.span,
                    "leave it out, or name a smaller one",
                    severity=_reach(subject, service, item.span),
                )


_UNCONFINED: Final = re.compile(r"(?:seccomp|apparmor)[:=]unconfined")


def _unconfined(subject: ComposeSubject) -> Iterator[Found]:
    for service in subject.services:
        options = service.node["security_opt"]
        found = [each for each in options if _UNCONFINED.fullmatch(each.value)]
        if not found:
            continue
        key = service.node.entries["security_opt"].key.span
        places = (Span(key.end + 1, key.end + 1), *(each.span for each in found))
        grades = [_reach(subject, service, place) for place in places]
        yield Found(
            f"{service.name} is not confined ({', '.join(each.value for each in found)})",
            found[0].span,
            "leave it out: the engine's profile fits most programs",
            severity=next(filter(None, grades), None),
        )


def _root(subject: ComposeSubject) -> Iterator[Found]:
    for service in subject.services:
        user = service.node["user"]
        is_root = user.text.partition(":")[0] in ("root", "0")
        if is_root and not _prepares(subject, service):
            yield Found(
                f"{service.name} runs as root",
                service.node.place("user"),
                'user: "65532:65532", or the user of the image',
            )


def _prepares(subject: ComposeSubject, service: Service) -> bool:
    """Whether others wait until it has ended, as for the owner of a volume."""
    return any(
        name == service.name and said["condition"].text == "service_completed_successfully"
        for other in subject.services
        for name, _, said in other.dependencies
    )


_HOST_PATHS: Final = frozenset({
    "/", "/etc", "/root", "/boot", "/dev", "/proc", "/sys", "/usr", "/bin", "/sbin", "/lib",
    "/var", "/var/run", "/run", "/var/lib", "/var/lib/docker", "/home",
})  # fmt: skip


def _host_path(subject: ComposeSubject) -> Iterator[Found]:
    for service in subject.services:
        for mount in service.mounts:
            if _clean(mount) in _HOST_PATHS and not mount.read_only:
                yield Found(
                    f"{service.name} can write to {mount.source} of the host",
                    mount.node.span,
                    "mount what it needs, read-only, or a named volume",
                )


def _clean(mount: Mount) -> str:
    return posixpath.normpath(mount.source) if mount.source.startswith("/") else ""


def _secret(subject: ComposeSubject) -> Iterator[Found]:
    for service in subject.services if not subject.is_development else ():
        for setting in service.environment:
            if setting.value is None or not is_plain_secret(setting.name, setting.value):
                continue
            guessed = is_throwaway(setting.value, (setting.name, *_names(service)))
            yield Found(
                f"{setting.name} is a secret that anybody would guess"
                if guessed
                else f"{setting.name} is a secret, and stands here for everybody to read",
                setting.span,
                "take it from .env (${…:?}), or from a secret as a file",
                severity=Severity.INFO if guessed else None,
            )


def _names(service: Service) -> Iterator[str]:
    """Yield what stands beside the secrets of a service, and is none."""
    yield from (service.name, service.image.name if service.image else "")
    for setting in service.environment:
        if setting.value is not None and not is_plain_secret(setting.name, setting.value):
            yield setting.value


def _published(subject: ComposeSubject) -> Iterator[Found]:
    for service in subject.services if not subject.is_development else ():
        if service.image is None or not service.image.is_database or service.is_built:
            continue
        for port in service.ports:
            if _is_open(port, DATABASES[service.image.word]):
                yield Found(
                    f"{service.name} can be reached from other machines: its port is published "
                    "on every address, past the host's firewall",
                    port.node.span,
                    "services reach each other without ports; for yourself: 127.0.0.1:…",
                    _on_loopback(port),
                )


def _is_open(port: Port, usual: int) -> bool:
    has_host = port.host not in ("", "0.0.0.0", "[::]", "::")  # noqa: S104 - what is looked for
    return not has_host and port.target == usual


def _on_loopback(port: Port) -> Fix | None:
    if not port.short or port.host or port.published is None:
        return None
    edit = Edit(port.node.span.start, port.node.span.end, f'"127.0.0.1:{port.node.value}"')
    return Fix((edit,), False, "publish it on this machine only")


# services of the project: what the plan knows that they need


def _own(subject: ComposeSubject) -> Iterator[Service]:
    """Yield services that are built here, for production."""
    for service in subject.services if not subject.is_development else ():
        if service.is_built and service.is_whole and not service.is_development:
            yield service


def _writable_root(subject: ComposeSubject) -> Iterator[Found]:
    for service in _own(subject):
        if service.node["read_only"]:
            continue
        planned = plan_of(subject.around, (service.name, service.target), service.image)
        if planned is None:
            continue
        places = (*service.tmpfs, *(mount.target for mount in service.mounts))
        written = [place.path for place in planned.workload.writable]
        if any(not _is_below(path, places) for path in written):
            continue
        where = "nowhere" if not written else "only to what is mounted"
        yield Found(
            f"{service.name} can write to its image, and the code writes {where}",
            service.key,
            "read_only: true",
            _added(subject, service, "read_only: true", True),
        )


def _is_below(path: str, places: tuple[str, ...]) -> bool:
    return any(path == place or path.startswith(f"{place.rstrip('/')}/") for place in places)


def _capabilities(subject: ComposeSubject) -> Iterator[Found]:
    for service in _own(subject):
        if not service.node["cap_drop"] and not service.node["privileged"].boolean:
            yield Found(
                f"{service.name} keeps the engine's default capabilities",
                service.key,
                'cap_drop: ["ALL"]',
                _added(subject, service, 'cap_drop: ["ALL"]', False),
            )


def _new_privileges(subject: ComposeSubject) -> Iterator[Found]:
    for service in _own(subject):
        options = service.node["security_opt"]
        if any(text.startswith("no-new-privileges") for text in options.strings):
            continue
        line = 'security_opt: ["no-new-privileges:true"]'
        yield Found(
            f"{service.name} may gain privileges through setuid programs",
            service.key,
            line,
            _added(subject, service, line, False) if not options else None,
        )


def _added(subject: ComposeSubject, service: Service, line: str, safe: bool) -> Fix | None:
    edit = add_entry(subject.text, service.node, [line])
    return Fix((edit,), safe, f"add {line.partition(':')[0]}") if edit else None


_OF: Final = Declaring("compose", "compose", "compose")

RULES: Final = (
    _OF.warning("privileged", "A service is privileged.", _privileged),
    _OF.warning("docker-socket", "A service has the engine's socket.", _socket),
    _OF.warning("host-namespace", "A service shares a namespace of the host.", _host_namespace),
    _OF.warning("capability-added", "A service has a capability that reaches far.", _capability),
    _OF.warning("unconfined", "A service runs without seccomp or AppArmor.", _unconfined),
    _OF.warning("root-user", "A service runs as root.", _root),
    _OF.warning("host-path", "A service can write to the host's own folders.", _host_path),
    _OF.warning("plain-secret", "A secret stands in the file.", _secret),
    _OF.warning(
        "database-published",
        "A database can be reached from other machines.",
        _published,
        fixes="unsafe",
    ),
    _OF.info(
        "writable-root",
        "A service can write to its image, though the code need not.",
        _writable_root,
        fixes="safe",
    ),
    _OF.info("capabilities-kept", "A service keeps capabilities.", _capabilities, fixes="unsafe"),
    _OF.info("new-privileges", "A service may gain privileges.", _new_privileges, fixes="unsafe"),
)
