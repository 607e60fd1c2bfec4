"""The lines of the score card: what guides to Go images ask for, and how each is answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from gotare.frozen import dataclass
from gotare.lint.rule import Kind
from gotare.linting import audit_checks as checks
from gotare.linting.audit_evidence import Evidence, Verdict, met, no_matter, not_met

Answer = Callable[[Evidence], Verdict]

_NAMES: Final[dict[Kind, str]] = {
    "dockerfile": "a Dockerfile", "dockerignore": "a .dockerignore", "compose": "a Compose file",
    "kubernetes": "a Kubernetes manifest", "workflow": "a workflow", "makefile": "a Makefile",
    "go": "a Go program",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Item:
    """A line: where it stands, what it asks for, how it is answered, and the rules it rests on."""

    section: str
    title: str
    answer: Answer
    rules: tuple[str, ...] = ()


def ruled(section: str, title: str, kinds: tuple[Kind, ...], rules: str, well: str) -> Item:
    """Make a line that is met where rules find nothing in files of some kinds. `well` says so."""
    ids = tuple(rules.split())

    def answer(evidence: Evidence) -> Verdict:
        files = evidence.of(*kinds)
        if not files:
            return no_matter(
                f"there is no {' or '.join(_NAMES[k].split(' ', 1)[1] for k in kinds)}"
            )
        found = evidence.found(ids)
        if not found:
            return met(well, ", ".join(file.source.shown for file in files[:2]))
        first = found[0]
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        return not_met(f"{first.message}{more}", f"{first.at.path}:{first.at.line}")

    return Item(section, title, answer, ids)


_BUILD: Final = "build"
_SECURITY: Final = "security"
_PERFORMANCE: Final = "performance"
_PRODUCTION: Final = "production"
_DEPLOYED: Final[tuple[Kind, ...]] = ("compose", "kubernetes")

ITEMS: Final[tuple[Item, ...]] = (
    Item(
        _BUILD, "Use multi-stage builds", checks.several_stages, ("toolchain-in-final-image",)
    ),
    ruled(
        _BUILD, "Optimize layer caching (dependencies first)", ("dockerfile",),
        "copy-before-download arg-before-download go-sum-left-out go-work-left-out "
        "download-without-go-mod",
        "modules are fetched before the sources come",
    ),
    Item(_BUILD, "Use .dockerignore", checks.ignores, checks.IGNORING),
    Item(_BUILD, "Enable BuildKit caching", checks.caches),
    Item(_BUILD, "Build for specific platforms", checks.platforms, checks.PLATFORMS),
    ruled(
        _BUILD, "Strip debug symbols (-ldflags=\"-s -w\")", ("dockerfile",), "no-strip",
        "every go build strips its binary",
    ),
    ruled(
        _BUILD, "Switch cgo off unless it is needed", ("dockerfile",),
        "cgo-left-to-chance cgo-dynamic-in-scratch cgo-without-compiler cgo-needed-but-off "
        "glibc-binary-in-musl musl-binary-in-glibc",
        "cgo is as the program needs it",
    ),
    Item(_BUILD, "Stamp the version into the program", checks.stamped, checks.STAMPING),
    Item(
        _SECURITY, "Use distroless or scratch base images", checks.minimal_base,
        ("shell-in-final-image",),
    ),
    ruled(
        _SECURITY, "Do not ship the toolchain", ("dockerfile",), "toolchain-in-final-image",
        "no final image holds Go",
    ),
    ruled(
        _SECURITY, "Do not ship the source code", ("dockerfile",), "source-in-final-image",
        "no final image holds sources",
    ),
    ruled(
        _SECURITY, "Run as non-root user", ("dockerfile", "compose", "kubernetes"),
        "root-by-default user-root compose-root-user k8s-run-as-root k8s-run-as-non-root",
        "nothing runs as root",
    ),
    Item(_SECURITY, "Scan for vulnerabilities", checks.scans, ("workflow-toothless-scan",)),
    ruled(
        _SECURITY, "Never hardcode secrets",
        ("dockerfile", "compose", "kubernetes", "workflow", "makefile"),
        "secret-in-arg secret-in-env secret-in-run mounted-secret-kept secret-file-copied "
        "compose-plain-secret "
        "k8s-plain-secret k8s-secret-in-config-map k8s-secret-in-file workflow-secret-build-arg "
        "makefile-secret-build-arg secret-default-in-code dockerignore-env dockerignore-keys",
        "no secret was found in any file",
    ),
    ruled(
        _SECURITY, "Use a read-only root filesystem", _DEPLOYED,
        "compose-writable-root k8s-writable-root", "root file systems are read-only",
    ),
    ruled(
        _SECURITY, "Drop all capabilities", _DEPLOYED,
        "compose-capabilities-kept k8s-capabilities-kept compose-capability-added "
        "k8s-capability-added compose-privileged k8s-privileged",
        "all capabilities are dropped",
    ),
    ruled(
        _SECURITY, "Expose no unnecessary ports", ("dockerfile",),
        "foreign-port-exposed expose-disagrees ssh-server", "what is exposed is what listens",
    ),
    ruled(
        _SECURITY, "Limit who may call whom", ("kubernetes",),
        "k8s-no-network-policy k8s-egress-without-dns", "network policies select the pods",
    ),
    ruled(
        _SECURITY, "Install no unnecessary packages", ("dockerfile",), "tools-in-final-image sudo",
        "no final image holds tools that nothing uses",
    ),
    ruled(
        _SECURITY, "Pin base images", ("dockerfile",), "latest-tag invalid-base digest-as-tag",
        "every base has a version",
    ),
    ruled(
        _SECURITY, "Keep Go and base images current", ("dockerfile",),
        "go-end-of-life go-image-too-old base-end-of-life", "all of them are still repaired",
    ),
    Item(_PERFORMANCE, "Minimize image size (below 20 MB)", checks.size),
    ruled(
        _PERFORMANCE, "Use BuildKit cache mounts", ("dockerfile",),
        "no-build-cache-mount no-module-cache-mount cache-mount-on-one-step "
        "cache-mount-wrong-path cache-mount-locked cache-mount-emptied",
        "go's caches are mounted",
    ),
    Item(_PERFORMANCE, "Parallel dependency downloads", checks.downloads),
    Item(_PERFORMANCE, "Multi-architecture builds", checks.architectures),
    ruled(
        _PERFORMANCE, "Optimize Go build flags", ("dockerfile",),
        "no-trimpath no-strip debug-gcflags race-build rebuild-all-installsuffix",
        "-trimpath and -s -w are given, and nothing that slows down",
    ),
    Item(_PRODUCTION, "Add OCI labels (version, source, …)", checks.labels),
    Item(_PRODUCTION, "Implement health check endpoints", checks.health_endpoint),
    Item(_PRODUCTION, "Implement proper health checks", checks.health_checks, checks.HEALTH),
    Item(_PRODUCTION, "Bring certificates, zones and files along", checks.needs, checks.NEEDS),
    ruled(
        _PRODUCTION, "Configure proper resource limits", _DEPLOYED,
        "compose-no-memory-limit k8s-no-memory-limit k8s-no-requests", "memory is limited",
    ),
    Item(_PRODUCTION, "Stop cleanly (exec form, SIGTERM)", checks.stops, checks.STOPPING),
    Item(_PRODUCTION, "Set up monitoring", checks.monitoring),
    Item(_PRODUCTION, "Test in a production-like environment", checks.tested),
    Item(_PRODUCTION, "Document the deployment", checks.documented),
)  # fmt: skip
"""The checklist (build, security, performance, production) and the lists of dos and don'ts."""
