"""Repairing texts: rounds, conflicts, fixes that do harm or never rest."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from gotare.findings import Edit, Finding, Fix, Location, Severity
from gotare.lint.dockerfile.syntax import Span
from gotare.lint.repair import ROUNDS, Desk, Repaired, apply_edits, compatible, repair


def finding(rule: str, *edits: Edit, safe: bool = True, path: str = "") -> Finding:
    fix = Fix(edits, safe, path=path) if edits else None
    return Finding(rule, Severity.WARNING, rule, Location("f"), fix=fix)


def replacing(rule: str, old: str, new: str, text: str, safe: bool = True) -> list[Finding]:
    """Return a finding for each place where `old` stands, that would put `new` there."""
    found, start = [], text.find(old)
    while start >= 0:
        found.append(finding(rule, Edit(start, start + len(old), new), safe=safe))
        start = text.find(old, start + len(old))
    return found


def repaired(
    text: str, *rules: tuple[str, str], unsafe: bool = False, safe: bool = True
) -> tuple[str, Repaired]:
    def check(path: str, now: str) -> Sequence[Finding]:
        found = [f for old, new in rules for f in replacing(old, old, new, now, safe=safe)]
        broken = [finding("syntax")] if "broken" in now else []
        return found + broken

    desk = Desk(lambda path: text)
    done = repair("f", desk, check, unsafe)
    return desk.text("f"), done


def test_one_round_repairs_what_does_not_touch() -> None:
    text, done = repaired("a b a", ("a", "x"))
    assert (text, len(done.fixed), done.rounds, done.restless) == ("x b x", 2, 1, ())


def test_what_touches_waits_for_the_next_round() -> None:
    text, done = repaired("abc", ("ab", "ac"), ("bc", "d"))
    assert text == "acc" and done.rounds == 1
    text, done = repaired("abc", ("ab", "xb"), ("bc", "d"))
    assert text == "xd" and done.rounds == 2


def test_fixes_that_make_the_same_edit_are_both_done() -> None:
    edit = Edit(0, 1, "x")
    both = [finding("one", edit), finding("two", edit)]
    assert compatible(both) == both


def test_two_insertions_at_one_place_do_not_go_together() -> None:
    one, two = finding("one", Edit(1, 1, "x")), finding("two", Edit(1, 1, "y"))
    assert compatible([one, two]) == [one]
    beside = finding("beside", Edit(1, 2, "z"))
    assert compatible([one, beside]) == [one]
    assert compatible([beside, finding("after", Edit(2, 2, "q"))])[1:] != []


def test_a_fix_is_applied_whole_or_not() -> None:
    wide = finding("wide", Edit(0, 1, "x"), Edit(5, 6, "y"))
    narrow = finding("narrow", Edit(5, 6, "z"))
    assert compatible([narrow, wide]) == [narrow]


def test_an_unsafe_fix_must_be_asked_for() -> None:
    assert repaired("a", ("a", "x"), safe=False)[0] == "a"
    assert repaired("a", ("a", "x"), safe=False, unsafe=True)[0] == "x"


def test_fixes_that_undo_each_other_are_stopped_and_named() -> None:
    text, done = repaired("a", ("a", "b"), ("b", "a"))
    assert done.restless == ("b",)
    assert text in ("a", "b")


def test_a_fix_that_never_rests_is_stopped() -> None:
    text, done = repaired("a", ("a", "aa"))
    assert done.rounds == ROUNDS and done.restless == ("a",)
    assert set(text) == {"a"}


def test_a_fix_that_breaks_the_file_is_left_out() -> None:
    text, done = repaired("a b", ("a", "broken"), ("b", "x"))
    assert text == "a x"
    assert [f.rule for f in done.fixed] == ["b"]
    assert repaired("a", ("a", "broken"))[0] == "a"


def test_a_file_that_is_broken_before_can_be_repaired() -> None:
    assert repaired("broken a", ("a", "x"))[0] == "broken x"
    assert repaired("broken a", ("broken", ""))[0] == " a"


def test_another_file_is_repaired_and_made() -> None:
    texts = {"f": "text", "g": "old"}

    def check(path: str, now: str) -> Sequence[Finding]:
        found = []
        if "new" not in desk.text("g"):
            found.append(finding("g", Edit(0, 0, "new "), path="g"))
        if not desk.text("h"):
            found.append(finding("h", Edit(0, 0, "made"), path="h"))
        return found

    desk = Desk(lambda path: texts.get(path, ""))
    done = repair("f", desk, check)
    assert desk.changed() == {"g": "new old", "h": "made"}
    assert len(done.fixed) == 2 and done.restless == ()


def test_nothing_to_repair() -> None:
    assert repaired("a") == ("a", Repaired())


@given(st.text("abc", max_size=20), st.lists(st.tuples(st.text("abc", min_size=1, max_size=2), st.text("abcx", max_size=2)), max_size=3))  # fmt: skip  # noqa: E501
def test_it_always_ends_and_is_the_same_a_second_time(
    text: str, rules: list[tuple[str, str]]
) -> None:
    new, done = repaired(text, *rules)
    assert done.rounds <= ROUNDS
    if not done.restless:
        assert repaired(new, *rules)[0] == new


@given(st.text(max_size=30), st.data())
def test_edits_replace_exactly_their_places(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=6)))
    edits = [Edit(a, b, "<>") for a, b in zip(cuts[::2], cuts[1::2], strict=False)]
    expected, position = "", 0
    for edit in edits:
        expected += text[position : edit.start] + "<>"
        position = edit.end
    assert apply_edits(text, reversed(edits)) == expected + text[position:]


def test_edits_lead_back_to_where_a_place_was() -> None:
    desk = Desk(lambda path: "one two three")
    desk.edit("f", [Edit(0, 0, "zero "), Edit(4, 7, "2")])
    assert desk.text("f") == "zero one 2 three"
    desk.edit("f", [Edit(0, 5, ""), Edit(9, 10, "II,")])
    assert desk.text("f") == "one II, three"
    assert desk.original("f") == "one two three"
    at = {word: desk.text("f").index(word) for word in ("one", "II", "three")}
    back = {word: desk.origin("f", Span(start, start + len(word))) for word, start in at.items()}
    assert back == {"one": Span(0, 3), "II": Span(4, 7), "three": Span(8, 13)}
    desk.undo("f")
    assert desk.text("f") == "zero one 2 three"
    assert desk.origin("f", Span(0, 4)) == Span(0, 0)
    assert desk.origin("f", Span(0, 16)) == Span(0, 13)


@given(st.text("ab\n", min_size=1, max_size=30), st.data())
def test_what_no_edit_touches_leads_back_to_itself(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), min_size=2, max_size=8)))
    edits = [
        Edit(start, end, data.draw(st.text("xy", max_size=4)))
        for start, end in zip(cuts[::2], cuts[1::2], strict=False)
        if start < end
    ]
    edits = [e for n, e in enumerate(edits) if n == 0 or edits[n - 1].end <= e.start]
    desk = Desk(lambda path: text)
    desk.edit("f", edits)
    now, shift = desk.text("f"), 0
    for edit in (*edits, Edit(len(text), len(text), "")):
        at = edit.start + shift
        shift += len(edit.text) - (edit.end - edit.start)
        if edit.text:
            assert desk.origin("f", Span(at, at + len(edit.text))) == Span(edit.start, edit.end)
    kept = [place for place in range(len(text)) if not any(e.start <= place < e.end for e in edits)]
    moved = [place for place in range(len(now)) if now[place] in "ab\n"]
    assert [desk.origin("f", Span(p, p + 1)) for p in moved] == [Span(p, p + 1) for p in kept]
