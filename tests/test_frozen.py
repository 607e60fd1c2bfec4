"""Our frozen dataclasses against those of the standard library: nothing else may differ."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotare import frozen


@frozen.dataclass(frozen=True, slots=True)
class Ours:
    """A value."""

    name: str
    number: int = 3
    words: tuple[str, ...] = ()
    more: dict[str, int] = dataclasses.field(default_factory=dict)

    def __str__(self) -> str:
        return f"<{self.name}>"


@dataclasses.dataclass(frozen=True, slots=True)
class Theirs:
    """A value."""

    name: str
    number: int = 3
    words: tuple[str, ...] = ()
    more: dict[str, int] = dataclasses.field(default_factory=dict)

    def __str__(self) -> str:
        return f"<{self.name}>"


@frozen.dataclass(frozen=True, slots=True)
class Point:
    """A value that can be hashed."""

    x: int
    y: int = 0


@frozen.dataclass(frozen=True, slots=True)
class Single:
    """A value of one field."""

    x: int


@frozen.dataclass(frozen=True, slots=True)
class Empty:
    """A value of no field."""


@frozen.dataclass(frozen=True, slots=True, eq=False)
class Thing:
    """Something that is only equal to itself."""

    x: int


VALUES = {
    "name": st.text(),
    "number": st.integers(),
    "words": st.lists(st.text()).map(tuple),
    "more": st.dictionaries(st.text(), st.integers()),
}
ARGUMENTS = st.fixed_dictionaries(
    {"name": VALUES["name"]}, optional={key: VALUES[key] for key in ("number", "words", "more")}
)


@given(ARGUMENTS)
def test_what_is_made_reads_as_it_would_from_the_standard_library(given: dict[str, Any]) -> None:
    ours, theirs = Ours(**given), Theirs(**given)
    assert repr(ours) == repr(theirs).replace("Theirs", "Ours")
    assert str(ours) == str(theirs)
    assert dataclasses.asdict(ours) == dataclasses.asdict(theirs)
    assert Ours(*dataclasses.astuple(theirs)) == ours


@given(ARGUMENTS, ARGUMENTS)
def test_equality_is_that_of_the_fields(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert (Ours(**one) == Ours(**other)) == (Theirs(**one) == Theirs(**other))
    stranger: object = Theirs(**one)
    assert Ours(**one) != stranger


@given(st.integers(), st.integers())
def test_equal_values_have_one_hash(x: int, y: int) -> None:
    assert hash(Point(x, y)) == hash(Point(y=y, x=x))
    assert len({Point(x, y), Point(x, y), Single(x), Single(x), Empty(), Empty()}) == 3


def test_a_value_with_something_that_changes_has_no_hash() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(Ours("a"))


def test_what_has_no_equality_is_only_itself() -> None:
    thing = Thing(1)
    assert thing == thing
    assert thing != Thing(1)
    assert len({thing, Thing(1)}) == 2


def test_defaults_are_made_anew() -> None:
    one, other = Ours("a"), Ours("b")
    assert one.more == other.more == {}
    assert one.more is not other.more


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Point(),  # type: ignore[call-arg]
        lambda: Point(1, 2, 3),  # type: ignore[call-arg]
        lambda: Point(1, x=2),  # type: ignore[misc]
        lambda: Point(1, z=2),  # type: ignore[call-arg]
        lambda: Empty(1),  # type: ignore[call-arg]
    ],
)
def test_wrong_arguments_are_refused(wrong: Callable[[], object]) -> None:
    with pytest.raises(TypeError, match=r"(Point|Empty)\(\)"):
        wrong()


def test_nothing_can_be_changed() -> None:
    point = Point(1)
    with pytest.raises(dataclasses.FrozenInstanceError, match="'x'"):
        point.x = 2  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError, match="'z'"):
        point.z = 2  # type: ignore[attr-defined]
    with pytest.raises(dataclasses.FrozenInstanceError, match="'x'"):
        del point.x
    assert not hasattr(point, "__dict__")
    assert point == Point(1)


def test_the_standard_library_takes_them_for_its_own() -> None:
    point = Point(1)
    assert dataclasses.is_dataclass(point)
    assert dataclasses.replace(point, y=2) == Point(1, 2)
    assert [field.name for field in dataclasses.fields(Point)] == ["x", "y"]
    match point:
        case Point(x, y):
            assert (x, y) == (1, 0)


def test_they_can_be_copied_and_pickled() -> None:
    point = Point(1, 2)
    assert pickle.loads(pickle.dumps(point)) == copy.copy(point) == copy.deepcopy(point) == point


@pytest.mark.parametrize("asked", [{"frozen": False, "slots": True}, {"frozen": True, "slots": 0}])
def test_no_other_kind_is_made(asked: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="only frozen dataclasses with slots"):
        frozen.dataclass(**asked)
