"""JSON, GitHub's annotations, JUnit and GitLab's code quality."""

from __future__ import annotations

import json
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from gotare.findings import Edit, Finding, Fix, Location, Severity
from gotare.report.github import github_report
from gotare.report.gitlab import gitlab_report
from gotare.report.json import json_report
from gotare.report.junit import junit_report

AT = Location("a/Dockerfile", 2, 3, 2, 7)
ERROR = Finding("one", Severity.ERROR, "100% bad: a,b", AT, "try\nthis")
INFO = Finding("two", Severity.INFO, "so", Location("b", 1, 1, 4, 2))


def test_json_counts_and_describes() -> None:
    fix = Fix((Edit(0, 1, "x"),), True, "t", "other")
    fixed = Finding("three", Severity.WARNING, "m", AT, fix=fix)
    document = json_report([ERROR, INFO, fixed], 2, ["broke"], ["note"])
    assert document["summary"] == {"error": 1, "warning": 1, "info": 1}
    assert (document["files"], document["failures"], document["notes"]) == (2, ["broke"], ["note"])
    assert document["findings"][2]["fix"] == {
        "safe": True,
        "edits": [{"start": 0, "end": 1, "text": "x"}],
        "title": "t",
        "path": "other",
    }
    assert document["findings"][1]["end_line"] == 4
    assert json.loads(json.dumps(document)) == document


def test_github_escapes_what_would_end_a_command() -> None:
    error, info = github_report([ERROR, INFO]).split("\n")
    assert error == (
        "::error file=a/Dockerfile,line=2,endLine=2,title=one,col=3,endColumn=7"
        "::100%25 bad: a,b%0Ahint: try%0Athis"
    )
    assert info == "::notice file=b,line=1,endLine=4,title=two::so"
    odd = Finding("r", Severity.WARNING, "m", Location("a,b:c\n", 1, 1))
    assert github_report([odd]).startswith("::warning file=a%2Cb%3Ac%0A,line=1,")


@given(st.text(), st.text())
def test_github_has_a_line_for_each_finding(path: str, message: str) -> None:
    lines = github_report([Finding("r", Severity.INFO, message, Location(path))])
    assert "\n" not in lines and "\r" not in lines
    assert lines.count("::") >= 2


def test_junit_has_a_suite_for_each_file() -> None:
    root = ElementTree.fromstring(junit_report([ERROR, INFO], ["a/Dockerfile", "b", "clean"]))
    assert root.attrib == {"name": "gotare lint", "failures": "2", "tests": "3"}
    names = [(suite.get("name"), suite.get("failures")) for suite in root]
    assert names == [("a/Dockerfile", "1"), ("b", "1"), ("clean", "0")]
    failure = root.find("testsuite/testcase/failure")
    assert failure is not None and failure.text is not None
    assert failure.get("type") == "error"
    assert failure.text == "a/Dockerfile:2:3: 100% bad: a,b\nhint: try\nthis"


@given(st.text(), st.text())
def test_junit_is_always_xml(path: str, message: str) -> None:
    text = junit_report([Finding("r", Severity.INFO, message, Location(path))], [path])
    assert ElementTree.fromstring(text).get("failures") == "1"


def test_gitlab_has_fingerprints() -> None:
    assert gitlab_report([ERROR], ["abc:1"]) == [
        {
            "description": "100% bad: a,b (try\nthis)",
            "check_name": "one",
            "fingerprint": "abc:1",
            "severity": "critical",
            "location": {"path": "a/Dockerfile", "lines": {"begin": 2, "end": 2}},
        }
    ]
