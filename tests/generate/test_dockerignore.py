"""The ignore file: read by BuildKit's own library, pattern by pattern, for paths that matter."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gotare.generate.dockerignore import dockerignore
from gotare.generate.files import Choices
from gotare.plan import Plan
from gotare.settings import FileMapping
from gotare.workload import SourceTree
from tests.generate import plans
from tests.generate.bases import compile_buildkit

Sees = Callable[[str, Iterable[str]], set[str]]


@pytest.fixture(scope="session")
def sees(go: Path, tmp_path_factory: pytest.TempPathFactory) -> Sees:
    """Return which of some paths a build sees under an ignore file."""
    program = tmp_path_factory.mktemp("ignored") / "ignored"
    program.write_bytes(compile_buildkit(go, "ignored"))
    program.chmod(0o755)

    def answer(content: str, paths: Iterable[str]) -> set[str]:
        text = content + "\0" + "\0".join(paths)
        done = subprocess.run([program], input=text.encode(), capture_output=True)
        assert done.returncode == 0, done.stderr
        return set(filter(None, done.stdout.decode().split("\0")))

    return answer


def ignore(plan: Plan) -> str:
    """Return the file's content."""
    return dockerignore(plan, Choices()).content


def plan_with(*kept: str, vendored: bool = False) -> Plan:
    """Return a plan whose build or image needs some paths."""
    control = ("go.mod", "go.sum")
    sources = SourceTree(
        name="x", module="example.com/x", control=control, kept=kept, vendored=vendored
    )
    return plans.plan(plans.image("x"), sources=sources)


NEVER = [
    ".git/HEAD",
    ".git/config",
    "sub/.git/config",
    ".env",
    "conf/.env",
    ".env.production",
    "server.key",
    "tls/server.pem",
    "deploy/id_rsa",
    "home/.ssh/config",
    ".netrc",
    "a/.aws/credentials",
    ".github/workflows/ci.yml",
    "Dockerfile",
    "Dockerfile.alpine",
    "compose.yaml",
    "k8s/base/a.yaml",
    "node_modules/a/b.js",
    "web/node_modules/a/b.js",
    "dist/api",
    "bin/api",
    ".air/api",
    "main_test.go",
    "internal/a_test.go",
    "internal/testdata/x",
    "coverage.out",
    ".idea/a",
    "README.md",
    "secrets/password.txt",
]
ALWAYS = [
    "main.go",
    "go.mod",
    "go.sum",
    "go.work",
    "cmd/api/main.go",
    "internal/a.go",
    "a.s",
    "b.c",
    "c.h",
    "cmd/api/default.pgo",
    "api.proto",
    "sqlc.yaml",
    "internal/coverage/coverage.go",
    "secrets/a.go",
    "internal/bin/a.go",
    "internal/dist/a.go",
    "docs/docs.go",
    "testing/a.go",
    "build/a.go",
    "lib/x.so",
    "internal/log/log.go",
    "k8s/client.go",
    "env/env.go",
    "vendor/modules.txt",
    "VERSION",
]


def test_secrets_and_the_rest_are_not_seen_and_code_is(sees: Sees) -> None:
    content = ignore(plan_with())
    assert sees(content, NEVER) == set()
    assert sees(content, ALWAYS) == set(ALWAYS)


KEPT = ("internal/web/dist", "README.md", "certs/ca.pem", "testdata/seed.sql", "bin/tool.sh", "k8s")


def test_what_is_kept_is_seen_whatever_it_is(sees: Sees) -> None:
    content = ignore(plan_with(*KEPT))
    below = ("internal/web/dist/a/node_modules/b.js", "k8s/base/a.yaml")
    inside = (*below, "certs/ca.pem", "README.md", "testdata/seed.sql", "bin/tool.sh")
    assert sees(content, inside) == set(inside)
    others = ("certs/server.pem", "docs/README.md", "bin/other", "testdata/other.sql")
    assert sees(content, others) == set()


def test_version_control_and_environments_are_not_seen_even_there(sees: Sees) -> None:
    content = ignore(plan_with("web", "web/.env.example", ".env.defaults"))
    paths = ("web/.env", "web/.git/config", "web/a.css", ".env.defaults", "web/.env.example")
    assert sees(content, paths) == {"web/a.css", ".env.defaults"}
    assert "# The code or the plan names these" in content


def test_vendor_is_seen_when_it_is_used(sees: Sees) -> None:
    """A guide leaves vendor/ out and copies it."""
    content = ignore(plan_with(vendored=True))
    paths = ("vendor/modules.txt", "vendor/a/README.md", "vendor/a/testdata/x", "vendor/a/b/a.pem")
    assert sees(content, paths) == set(paths)


def test_files_of_images_are_seen(sees: Sees) -> None:
    plan = plan_with()
    image = replace(plan.images[0], files=(FileMapping("./docs/help.md", "/help.md"),))
    content = ignore(replace(plan, images=(image,)))
    assert sees(content, ["docs/help.md", "docs/other.md"]) == {"docs/help.md"}


def test_a_program_in_a_folder_for_output_is_seen(sees: Sees) -> None:
    image = replace(plans.image("tool"), packages=("example.com/x/bin/tool",))
    sources = SourceTree(name="x", module="example.com/x", modules=(".", "dist/sdk"))
    content = ignore(plans.plan(image, sources=sources))
    paths = ("bin/tool/main.go", "bin/tool/data.bin", "dist/sdk/go.mod")
    assert sees(content, paths) == set(paths)


@pytest.mark.parametrize("path", ["a[1].pem", "what?.key", "star*.md", "b{c}.pem", "sp ace.md"])
def test_names_that_look_like_patterns(sees: Sees, path: str) -> None:
    content = ignore(plan_with(path))
    assert sees(content, [path]) == {path}
    assert sees(content, ["a1.pem", "whatx.key", "starry.md", "space.md"]) == set()


_NAME = st.text("ab.[]*?-_ ", min_size=1, max_size=6).filter(
    lambda name: name == name.strip() and name not in (".", "..")
)
_PATH = st.lists(_NAME, min_size=1, max_size=3).map("/".join)
_SUFFIX = st.sampled_from(["", ".pem", ".md", "_test.go", "/testdata/x.key", ".env", ".exe"])


@example(kept=["a.d", "a.d/testdata/x.key"])
@given(kept=st.lists(st.builds(str.__add__, _PATH, _SUFFIX), min_size=1, max_size=4))
def test_whatever_is_kept_is_seen(sees: Sees, kept: list[str]) -> None:
    assert sees(ignore(plan_with(*kept)), kept) == set(kept)


def test_the_plans_of_all_tests_are_written(sees: Sees) -> None:
    for name in ("api_plan", "grpc_plan", "cli_plan", "workspace_plan", "cgo_plan"):
        plan = getattr(plans, name)()
        needed = {*plan.sources.control, *plan.sources.kept}
        assert sees(ignore(plan), needed) == needed
