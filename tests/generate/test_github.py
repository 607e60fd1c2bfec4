"""The GitHub workflow: against its schema, three linters, and the mistakes of others."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from gotare import __version__
from gotare.actions import ACTIONS
from gotare.cli.app import COMMANDS
from gotare.errors import ProjectError
from gotare.generate.dockerfile import dockerfiles
from gotare.generate.files import Choices, GeneratedFile
from gotare.generate.github import PATH, github
from gotare.generate.pipeline import platforms_of
from gotare.workload import Reason, SourceTree
from tests.generate import plans
from tests.generate.go_tools import go_tool
from tests.generate.golden_files import check_golden
from tests.generate.pipelines import (
    BUILDERS,
    CASES,
    DIFFERENT,
    Builder,
    choices,
    document,
    pipelines,
    steps,
)
from tests.generate.plan_table import PLANS

ACTIONLINT = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12"
BIN = Path(sys.executable).parent


def workflow(name: str, builder: Builder) -> GeneratedFile:
    return next(f for f in pipelines(name, builder) if f.part == "github")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All workflows as files."""
    folder = tmp_path_factory.mktemp("workflows") / ".github" / "workflows"
    folder.mkdir(parents=True)
    for name, builder in CASES:
        (folder / f"{name}-{builder}.yml").write_text(workflow(name, builder).content)
    return folder


def run(*command: str | Path) -> str:
    done = subprocess.run(list(command), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("name", ["api", "workspace", "cli"])
@pytest.mark.parametrize("builder", BUILDERS)
def test_golden(name: str, builder: Builder) -> None:
    check_golden(f"ci/{name}-{builder}", pipelines(name, builder))


def test_the_schema_agrees(folder: Path) -> None:
    schema = ("--builtin-schema", "vendor.github-workflows")
    files = [folder / f"{name}-{builder}.yml" for name, builder in DIFFERENT]
    run(BIN / "check-jsonschema", *schema, *files)


def test_actionlint_and_shellcheck_find_nothing(folder: Path, go: Path) -> None:
    shellcheck = BIN / "shellcheck"
    assert shellcheck.exists()
    lint = go_tool(go, ACTIONLINT)
    run(lint, "-no-color", f"-shellcheck={shellcheck}", "-pyflakes=", *sorted(folder.glob("*.yml")))


def test_zizmor_finds_nothing(folder: Path) -> None:
    out = run(BIN / "zizmor", "--offline", "--no-progress", "--format=json", folder)
    assert json.loads(out) == []


def test_the_linters_would_find_something(folder: Path, tmp_path: Path) -> None:
    """What a guide has: nothing here is checked by a linter that is asleep."""
    place = tmp_path / "bad.yml"
    place.write_text(
        "on: push\njobs:\n  scan:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - uses: actions/checkout@v4\n      - uses: aquasecurity/trivy-action@master\n"
    )
    done = subprocess.run(
        [BIN / "zizmor", "--offline", "--no-progress", "--format=json", place], capture_output=True
    )
    found = {finding["ident"] for finding in json.loads(done.stdout)}
    assert {"artipacked", "excessive-permissions", "unpinned-uses"} <= found


@pytest.mark.parametrize(("name", "builder"), CASES)
def test_actions_are_pinned_to_commits(name: str, builder: Builder) -> None:
    text = workflow(name, builder).content
    used = re.findall(r"uses: (.*)", text)
    assert len(used) > 8
    for line in used:
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line
    assert {line.split()[0] for line in used} <= {str(a).split()[0] for a in ACTIONS.values()}


@pytest.mark.parametrize(("name", "builder"), CASES)
def test_nothing_is_allowed_that_is_not_needed(name: str, builder: Builder) -> None:
    made = document(workflow(name, builder))
    assert made["permissions"] == {}
    uploads = {job for job, step in steps(made) if "upload-sarif" in step.get("uses", "")}
    pushes = {job for job, step in steps(made) if "login-action" in step.get("uses", "")}
    assert (uploads, pushes) == ({"lint", "vulnerabilities", "image"}, {"publish"})
    for job, body in made["jobs"].items():
        permissions = body["permissions"]
        assert permissions["contents"] == "read"
        assert ("security-events" in permissions) == (job in uploads)
        assert ("packages" in permissions) == (job in pushes)
        assert int(body["timeout-minutes"]) <= 45
    for _, step in steps(made):
        if "checkout" in step.get("uses", ""):
            assert step["with"]["persist-credentials"] == "false"


@pytest.mark.parametrize(("name", "builder"), CASES)
def test_only_main_and_tags_push_and_only_what_was_tried(name: str, builder: Builder) -> None:
    made = document(workflow(name, builder))
    assert made["on"]["push"] == {"branches": ["main"], "tags": ["v*"]}
    for job, step in steps(made):
        pushes = step.get("with", {}).get("push") == "true" or "--push" in step.get("run", "")
        assert pushes is False or job == "publish"
    publish = made["jobs"]["publish"]
    assert publish["if"] == "${{ github.event_name == 'push' }}"
    assert set(publish["needs"]) == set(made["jobs"]) - {"publish"}


@pytest.mark.parametrize("name", PLANS)
def test_an_engine_is_never_given_several_platforms(name: str) -> None:
    for _, step in steps(document(workflow(name, "docker"))):
        options = step.get("with", {})
        if options.get("load") == "true":
            assert re.fullmatch(r"linux/\w+", options["platforms"])
            assert options["provenance"] == "false"
        if options.get("push") == "true":
            assert options["platforms"] == "${{ env.PLATFORMS }}"
            assert (options["provenance"], options["sbom"]) == ("mode=max", "true")


@pytest.mark.parametrize(("name", "builder"), CASES)
def test_platforms_are_linux(name: str, builder: Builder) -> None:
    platforms = document(workflow(name, builder))["env"]["PLATFORMS"].split(",")
    assert platforms
    assert all(platform.startswith("linux/") for platform in platforms)


@pytest.mark.parametrize(("name", "builder"), CASES)
def test_a_scan_fails_and_shows_its_findings(name: str, builder: Builder) -> None:
    made = document(workflow(name, builder))
    scans = [step["with"] for _, step in steps(made) if "scan-action" in step.get("uses", "")]
    assert scans
    for scan in scans:
        assert (scan["fail-build"], scan["severity-cutoff"]) == ("true", "high")
        uploaded = [
            step
            for _, step in steps(made)
            if step.get("with", {}).get("sarif_file") == scan["output-file"]
        ]
        assert len(uploaded) == 1
        assert "!cancelled()" in uploaded[0]["if"]  # also after the scan has failed
    runs = [step["run"] for _, step in steps(made) if "run" in step]
    assert any(re.fullmatch(r"govulncheck \S.*", run.strip()) for run in runs)


@pytest.mark.parametrize("name", PLANS)
def test_labels_are_given_what_the_dockerfile_asks_for(name: str) -> None:
    """A label of an ARG that nobody passes is empty."""
    made = PLANS[name]()
    dockerfile = dockerfiles(made, Choices(variants=()))[0]
    asked = set(re.findall(r"^ARG (VERSION|COMMIT|DATE)=", dockerfile.content, re.MULTILINE))
    for _, step in steps(document(workflow(name, "docker"))):
        if "build-push" in step.get("uses", ""):
            given = step["with"].get("build-args", "")
            assert set(re.findall(r"^(\w+)=", given, re.MULTILINE)) == asked
            assert step["with"].get("target") == (
                "${{ matrix.image }}" if len(made.images) > 1 else None
            )


@pytest.mark.parametrize(("name", "builder"), CASES)
def test_commands_of_gotare_exist(name: str, builder: Builder) -> None:
    for file in pipelines(name, builder):
        lines = [line for line in file.content.split("\n") if not line.lstrip().startswith("#")]
        used = set(re.findall(r"(?:\bgotare|\$\(GOTARE\)) (\w+)", "\n".join(lines)))
        assert "lint" in used
        assert ("build" in used) == (builder == "gotare")
        assert used <= set(COMMANDS), file.path


@pytest.mark.parametrize(("name", "builder"), CASES)
def test_the_files_are_linted_by_this_gotare_and_shown_also_where_that_fails(
    name: str, builder: Builder
) -> None:
    lint = [step for job, step in steps(document(workflow(name, builder))) if job == "lint"]
    runs = [step.get("run", "") for step in lint]
    assert f'python -m pip install "gotare=={__version__}"' in runs
    first = runs.index("gotare lint --format sarif --fail-on never > gotare-lint.sarif")
    assert lint[first + 1]["with"]["sarif_file"] == "gotare-lint.sarif"
    assert runs[-1] == "gotare lint"


def test_another_registry_has_its_own_login() -> None:
    text = github(plans.api_plan(), Choices(image="registry.example.com/team/shop")).content
    assert "registry: registry.example.com\n" in text
    assert "secrets.REGISTRY_PASSWORD" in text
    assert "packages: write" not in text
    assert "images: registry.example.com/team/shop/api" in text


def test_without_a_repository_it_is_the_owners() -> None:
    text = github(plans.api_plan(), Choices()).content
    assert "images: ghcr.io/${{ github.repository_owner }}/api" in text


def test_names_cannot_become_expressions() -> None:
    sources = SourceTree(modules=("a/${{ secrets.TOKEN }}",), control=("go.work",), workspace=True)
    with pytest.raises(ProjectError, match="would be read as a command"):
        github(plans.plan(plans.image("api"), sources=sources), Choices())


def test_platforms() -> None:
    one = plans.plan(plans.image("api"), platforms=(plans.AMD64,))
    assert platforms_of(one).all == ("linux/amd64", "linux/arm64")
    asked = plans.plan(
        plans.image("api"),
        platforms=(plans.ARM64,),
        reasons=(Reason("", "platform", "linux/arm64", "as asked"),),
    )
    assert (platforms_of(asked).all, platforms_of(asked).runner) == (
        ("linux/arm64",),
        "ubuntu-24.04-arm",
    )
    assert platforms_of(plans.cgo_plan()).all == ("linux/amd64",)


def test_the_path_is_where_github_looks() -> None:
    assert github(plans.api_plan(), choices("gotare")).path == PATH
    assert PATH.startswith(".github/workflows/")
