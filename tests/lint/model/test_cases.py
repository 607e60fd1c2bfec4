"""Every Dockerfile in `cases/` is understood as the case says."""

from __future__ import annotations

import pytest

from gotare.lint.subjects import Surroundings
from tests.lint.model.reading import Case, Model, all_cases

CASES = all_cases()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_model(case: Case) -> None:
    model = Model(case.text, Surroundings(texts=case.texts, files=case.files))
    told = {question: model.answer(question) for question, _ in case.answers}
    assert told == dict(case.answers)


def test_there_are_many_and_all_ask_something() -> None:
    assert len(CASES) > 100
    assert len({case.name for case in CASES}) == len(CASES)
    assert all(case.answers for case in CASES)
