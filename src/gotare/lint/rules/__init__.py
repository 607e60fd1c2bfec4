"""The table of rules: which modules hold those of each kind of file.

A module has a tuple `RULES`. It is imported when a file of its kind is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Final, get_args

from gotare.lint.rule import Kind, Rule

MODULES: Final[Mapping[Kind, tuple[str, ...]]] = {
    "dockerfile": (
        "correctness",
        "scope",
        "names",
        "security",
        "registries",
        "secrets",
        "kept_secrets",
        "packages",
        "downloads",
        "permissions",
        "users",
        "final_image",
        "runtime",
        "exec_forms",
        "commands",
        "health",
        "health_commands",
        "failing",
        "lost_commands",
        "copy_targets",
        "build_needs",
        "module_layers",
        "layer_order",
        "cache_mounts",
        "sent_files",
        "doubled_files",
        "go_toolchain",
        "go_tools",
        "go_get",
        "go_modules",
        "go_flags",
        "go_vain_flags",
        "go_stamps",
        "linking",
        "platform",
        "platform_arguments",
    ),
    "dockerignore": ("ignored_secrets", "dockerignore"),
    "compose": ("compose", "compose_security", "registries"),
    "kubernetes": (
        "kubernetes",
        "kubernetes_security",
        "kubernetes_host",
        "kubernetes_probes",
        "kubernetes_resources",
        "kubernetes_secrets",
        "registries",
    ),
    "workflow": ("workflow", "workflow_images", "workflow_security", "gitlab"),
    "makefile": ("makefile",),
    "go": ("go_source",),
}
"""The modules in this package, by kind; a module may hold rules of several kinds."""


@cache
def rules_of(kind: Kind) -> tuple[Rule, ...]:
    """Return the rules for files of a kind, in the order of the table."""
    found: list[Rule] = []
    for name in MODULES[kind]:
        module = import_module(f"gotare.lint.rules.{name}")
        found += [rule for rule in module.RULES if rule.kind == kind]
    return tuple(found)


@cache
def all_rules() -> Mapping[str, Rule]:
    """Return every rule by its id. Raises ValueError where two have the same id."""
    found: dict[str, Rule] = {}
    for kind in get_args(Kind):
        for rule in rules_of(kind):
            if rule.id in found:
                raise ValueError(f"two rules are called {rule.id}")
            found[rule.id] = rule
    return found
