"""Running rules over files: what fails is a finding, and the others are linted all the same."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotare.findings import Severity
from gotare.lint.around import Known, Neighbourhood
from gotare.lint.files import MAX_SIZE, Target, find_targets
from gotare.lint.policy import Flags, Policy, make_policy
from gotare.lint.reading import bytes_of, text_of
from gotare.lint.run import Linted, Result, Source, lint, lint_text
from gotare.lint.subjects import Surroundings
from gotare.settings import LintSettings

pytestmark = pytest.mark.usefixtures("fake_rules")


def run(root: Path, policy: Policy | None = None) -> Result:
    targets = find_targets(root, [], {**os.environ, "GIT_CEILING_DIRECTORIES": str(root.parent)})
    return lint(targets, Neighbourhood(root, None).look, policy or Policy(), root)


def said(result: Result) -> list[str]:
    return [f"{f.at.path}:{f.at.line} {f.rule}" for f in result.findings]


def one(text: str, policy: Policy | None = None) -> Linted:
    return lint_text(Source("Dockerfile", "dockerfile", text), Surroundings(), policy or Policy())


def test_findings_are_in_the_order_of_lines() -> None:
    found = one("FROM a:1\nMAINTAINER x!\nFROM b\n").findings
    assert [(f.at.line, f.rule) for f in found] == [
        (2, "maintainer"),
        (2, "shouting"),
        (3, "untagged"),
    ]
    assert found[0].docs == "docs/rules/maintainer.md"
    assert found[1].severity == Severity.INFO


def test_a_severity_that_is_settled_wins_over_the_findings_own() -> None:
    policy = make_policy(LintSettings(), Flags(severity=("shouting=error",)))
    assert [f.severity for f in one("FROM a:1\nRUN x!\n", policy).findings] == [Severity.ERROR]


def test_a_rule_that_fails_is_a_finding_and_others_go_on() -> None:
    linted = one("FROM a # boom\n")
    assert [f.rule for f in linted.findings if f.rule != "syntax"] == ["internal", "untagged"]
    internal = next(f for f in linted.findings if f.rule == "internal")
    assert internal.message == "failing failed on this file: RuntimeError: boom"
    assert linted.failures == ("Dockerfile: failing failed: RuntimeError: boom",)


def test_a_rule_that_is_not_selected_does_not_run() -> None:
    policy = make_policy(LintSettings(), Flags(ignore=("failing",)))
    assert one("FROM a # boom\n", policy).failures == ()


def test_what_cannot_be_read_is_a_finding_for_each_file(tmp_path: Path) -> None:
    for name, data in {
        "Dockerfile": b"FROM a\n",
        "Dockerfile.binary": b"FROM a\0\n",
        "Dockerfile.huge": b"#" * (MAX_SIZE + 1),
        "Dockerfile.utf16": "FROM a\n".encode("utf-16"),
        "Dockerfile.empty": b"",
        "Dockerfile.latin": b"# caf\xe9\nFROM a\n",
    }.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "Dockerfile.folder").mkdir()
    (tmp_path / "Dockerfile.gone").symlink_to("nothing")
    os.mkfifo(tmp_path / "Dockerfile.pipe")
    result = run(tmp_path)
    unreadable = {f.at.path: f.message for f in result.findings if f.rule == "unreadable"}
    assert unreadable == {
        "Dockerfile.binary": "binary: it holds a NUL byte",
        "Dockerfile.gone": "not a file",
        "Dockerfile.huge": "larger than 1 MiB",
        "Dockerfile.pipe": "not a file",
        "Dockerfile.utf16": "UTF-16, which no builder reads",
    }
    assert {"Dockerfile:1 untagged", "Dockerfile.latin:2 untagged"} <= set(said(result))
    assert result.failures == ()


def test_syntax_is_a_finding_and_the_rest_is_linted() -> None:
    found = [(f.at.line, f.rule, f.severity) for f in one("FROM a\nFOO b\n").findings]
    assert (2, "syntax", Severity.ERROR) in found
    assert (1, "untagged", Severity.WARNING) in found


def test_paths_of_the_policy_are_relative_to_its_file(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "Dockerfile").write_text("FROM a\n")
    settings = {"sub/**": ("untagged",)}
    from gotare.lint.policy import PathPolicy

    policy = Policy(
        per_path=tuple(PathPolicy(g, frozenset(ids), {}) for g, ids in settings.items())
    )
    env = {**os.environ, "GIT_CEILING_DIRECTORIES": str(tmp_path.parent)}
    inside = tmp_path / "sub"
    targets = find_targets(inside, [], env)
    look = Neighbourhood(inside, None).look
    assert said(lint(targets, look, policy, tmp_path)) == []
    assert said(lint(targets, look, policy, inside)) == ["Dockerfile:1 untagged"]


def test_an_ignore_of_a_rule_that_lacked_the_project_is_not_idle(tmp_path: Path) -> None:
    text = "# gotare: ignore=asking\n# asks\nFROM a:1\n"
    (tmp_path / "Dockerfile").write_text(text)
    assert said(run(tmp_path)) == []
    (tmp_path / "go.mod").write_text("module example.test/a\n")
    target = Target("Dockerfile", tmp_path / "Dockerfile", "dockerfile")
    problem = Neighbourhood(tmp_path, lambda root: Known(problem="no go"))
    assert said(lint([target], problem.look, Policy())) == []
    assert problem.problems == ("no go",)


@pytest.mark.parametrize(
    ("dockerfile", "ignore", "found"),
    [
        ("# places\n", "bin\n", [".dockerignore:1 placing"]),
        ("# places\n", "# gotare: ignore=placing why\nbin\n", []),
        ("# places\n", "# gotare: ignore=placing why\nx\nbin\n", [".dockerignore:3 placing"]),
        ("# places\n", "x\n# gotare: ignore-file=placing why\nbin\n", []),
        ("# places\n# gotare: ignore-file=placing why\n", "bin\n", []),
        (
            "# places\n# gotare: ignore=placing why\n",
            "\n\nbin\n",
            ["Dockerfile:2 unused-ignore", ".dockerignore:3 placing"],
        ),
    ],
)
def test_a_finding_in_another_file_obeys_the_comments_there(
    tmp_path: Path, dockerfile: str, ignore: str, found: list[str]
) -> None:
    (tmp_path / "Dockerfile").write_text(f"{dockerfile}FROM a:1\n")
    (tmp_path / ".dockerignore").write_text(ignore)
    assert sorted(said(run(tmp_path))) == sorted(found)


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200))
def test_no_text_brings_it_down(text: str) -> None:
    linted = one(text.replace("boom", ""))
    assert linted.failures == ()


@given(st.binary(max_size=100).filter(lambda data: b"\0" not in data))
def test_bytes_survive(data: bytes) -> None:
    if not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        assert bytes_of(text_of(data)) == data
