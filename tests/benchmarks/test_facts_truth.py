"""The truth about published programs is well formed, and what is found is reported as it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.facts_programs import ALL_KINDS, FOLDER, Known, known_programs, read_known
from benchmarks.facts_report import Row, section, share, with_section
from benchmarks.facts_truth import decisions_of, tallies_of
from benchmarks.facts_words import Tally, Truth, words_of
from gotare.golang.facts.types import Facts
from gotare.workload import Check
from tests.generate.plans import api_image

TRUTH = Truth({"ports": frozenset({"80/http"})}, {})
KNOWN = Known("app", "example.com/app@v1.0.0", ".", (), "a test", TRUTH)
GOOD = Row(KNOWN, {"ports": Tally(("80/http",), ("53/udp",), (("1/tcp", "a.go:2"),))}, ("port",), 1)
"""A program of which one port is found, one is missed and one is false."""


def test_programs_are_pinned_and_many() -> None:
    programs = known_programs()
    assert len({known.module.partition("@")[0] for known in programs}) >= 12
    assert all(known.module.partition("@")[2].startswith("v") for known in programs)
    assert all(known.what and known.truth.must for known in programs)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_what_is_true_is_not_also_what_may_be(path: Path) -> None:
    truth = read_known(path.stem, path.read_text()).truth
    both = {kind: truth.must[kind] & truth.may.get(kind, frozenset()) for kind in truth.must}
    assert not any(both.values()), both


def test_programs_are_chosen_by_words() -> None:
    assert [known.name for known in known_programs(["nats"])] == ["nats-server"]
    assert known_programs(["no such program"]) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("what: nothing", "needs program"),
        ("program: x@v1\nmore: 1", "needs program"),
        ("program: x@v1\nmust: {port: []}", "no such kind of fact: port"),
        ("program: x@v1\nmust: {ports: [80]}", "ports: not a list of words"),
        ("program: x@v1\nmay: {ports: 80/http}", "ports: not a list of words"),
        ("- a list", "needs program"),
    ],
)
def test_a_wrong_file_is_named(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"app: .*{message}"):
        read_known("app", text)


def test_a_file_is_read() -> None:
    known = read_known("app", "program: x@v1\npackage: cmd/x\ntags: [a]\nmust: {ports: [80/http]}")
    assert (known.module, known.package, known.tags) == ("x@v1", "cmd/x", ("a",))
    assert known.truth == TRUTH


def test_decisions_are_words() -> None:
    assert set(decisions_of(api_image())) >= {"kind service", "cgo off"}


def test_only_decisions_that_the_truth_names_count() -> None:
    image = api_image()
    truth = Truth({"decisions": frozenset({"kind cli"}), "ports": frozenset()}, {})
    tallies = tallies_of(truth, words_of(Facts(), "example.com/app"), image)
    assert tallies == {
        "ports": Tally(),
        "decisions": Tally((), ("kind cli",), (("kind service", ""),)),
    }


def test_the_report_names_every_mistake_and_program() -> None:
    failed = Row(
        Known("bad", "example.com/bad@v2.0.0", ".", (), "", TRUTH), failure="no such module"
    )
    text = section([GOOD, failed])
    assert "1 programs read, 1 not; all kinds together: precision 50%, recall 50%." in text
    assert "- app, ports: missed `53/udp`; false `1/tcp` (a.go:2)" in text
    assert "- bad: **not read**: no such module" in text
    rows = [line.replace(" ", "") for line in text.splitlines()]
    assert "|ports|2|1|1|1|50%|50%|" in rows
    assert "|app|v1.0.0|atest|2|1|1|1|50%|50%|1|1.00s|" in rows


@pytest.mark.parametrize(
    ("refused", "failure", "wrong"),
    [
        ("", "", False),
        ("", "x", True),
        ("no dir", "no dir y", False),
        ("no dir", "other", True),
        ("no dir", "", True),
    ],
)
def test_what_go_cannot_load_is_not_wrong(refused: str, failure: str, wrong: bool) -> None:
    known = replace(KNOWN, refused=refused)
    row = Row(known, failure=failure)
    assert row.is_wrong is wrong
    assert ("**not read**" in section([row])) is bool(wrong and failure)


def test_nothing_to_divide_by_is_a_dash() -> None:
    assert (share(None), share(0.0), share(0.995)) == ("-", "0%", "100%")


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("", "## T\n\nnew\n"),
        ("# Page\n", "# Page\n\n## T\n\nnew\n"),
        ("# Page\n\n## T\n\nold\n", "# Page\n\n## T\n\nnew\n"),
        ("## T\n\nold\n\n## Other\n", "## T\n\nnew\n\n## Other\n"),
        (
            "# Page\n\n## T\n\nold\n### Sub\n\n## Other\n\nx\n",
            "# Page\n\n## T\n\nnew\n\n## Other\n\nx\n",
        ),
        ("# Page\n\n## Ts\n\nkept\n", "# Page\n\n## Ts\n\nkept\n\n## T\n\nnew\n"),
    ],
)
def test_a_section_is_replaced_and_nothing_else(page: str, expected: str) -> None:
    assert with_section(page, "## T\n\nnew\n") == expected


def test_every_kind_of_the_truth_has_its_place() -> None:
    used = {kind for known in known_programs() for kind in known.truth.must}
    assert used <= set(ALL_KINDS)
    assert {"ports", "routes", "cgo", "embeds"} <= used


def test_a_check_is_written_with_its_port_and_path() -> None:
    image = api_image()
    probe = replace(image.workload, liveness=Check("http", 8080, "/livez"), readiness=None)
    words = decisions_of(replace(image, workload=probe))
    assert "liveness 8080/livez" in words
    assert not any(word.startswith("readiness") for word in words)
