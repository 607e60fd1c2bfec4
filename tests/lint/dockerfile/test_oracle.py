"""gotare reads Dockerfiles as BuildKit does: lines, flags, forms, words, heredocs, errors."""

from __future__ import annotations

import random
from collections.abc import Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gotare.lint.dockerfile.parse import encode_dockerfile
from tests.lint.dockerfile.agreement import differences
from tests.lint.dockerfile.buildkit import Oracle
from tests.lint.dockerfile.made_files import damaged, mixed, scraps
from tests.lint.dockerfile.snippets import ACCEPTED, ALL, REFUSED
from tests.lint.dockerfile.test_parse import REAL, corpus

FEW = settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
EACH = 250
"""Files that one process of the oracle gets."""


def disagreements(oracle: Oracle, texts: Mapping[str, str]) -> dict[str, list[str]]:
    """Return what differs, for each file where something does."""
    contents = [encode_dockerfile(text) for text in texts.values()]
    found = {
        name: differences(content, answer)
        for name, content, answer in zip(texts, contents, oracle.files(contents), strict=True)
    }
    return {name: lines for name, lines in found.items() if lines}


def test_there_are_enough_snippets() -> None:
    assert len(ALL) > 140


def test_snippets(oracle: Oracle) -> None:
    assert disagreements(oracle, ALL) == {}


def test_buildkit_takes_and_refuses_what_the_table_says(oracle: Oracle) -> None:
    for texts, refused in ((ACCEPTED, False), (REFUSED, True)):
        answers = oracle.files(map(encode_dockerfile, texts.values()))
        said = {name: bool(answer["Error"]) for name, answer in zip(texts, answers, strict=True)}
        assert said == dict.fromkeys(texts, refused)


def numbered(texts: list[str]) -> dict[str, str]:
    """Name each text by itself, so that a failure shows it."""
    return {repr(text): text for text in texts}


@FEW
@given(seed=st.integers(0, 2**32))
def test_made_files(oracle: Oracle, seed: int) -> None:
    chance = random.Random(seed)
    made = [mixed(chance) for _ in range(EACH)] + [scraps(chance) for _ in range(EACH)]
    assert disagreements(oracle, numbered(made)) == {}


@FEW
@given(seed=st.integers(0, 2**32))
def test_damaged_real_files(oracle: Oracle, seed: int) -> None:
    chance = random.Random(seed)
    made = [damaged(chance.choice(REAL), chance) for _ in range(EACH // 3)]
    assert disagreements(oracle, numbered(made)) == {}


def test_bytes_that_are_no_text(oracle: Oracle) -> None:
    contents = [
        b"FROM a\nLABEL b=\xe9\n# \xff\n",
        b"FROM a\nRUN <<EOF\n\xc3\x28\nEOF\n",
        b'FROM a\nCMD ["\xe9"]\n',
        b"\xef\xbb\xbfFROM a\nRUN \xf0\x9f\x98\x80 \\\n \xed\xa0\x80\n",
    ]
    answers = oracle.files(contents)
    assert [differences(*pair) for pair in zip(contents, answers, strict=True)] == [[]] * 4


def test_a_difference_would_be_seen(oracle: Oracle) -> None:
    (answer,) = oracle.files([b"FROM a\nRUN b\n"])
    assert differences(b"FROM a\nRUN c\n", answer)
    assert differences(b"FROM a\n\nRUN b\n", answer)
    assert differences(b"FROM a\nRUN --network=none b\n", answer)
    assert differences(b'FROM a\nRUN ["b"]\n', answer)
    assert differences(b"FROM a\n", answer)
    assert differences(b"FROM a\nBAD b\n", answer)
    assert differences(b"FROM a\nRUN b\n", answer) == []


def test_the_corpus(oracle: Oracle) -> None:
    texts = {str(path): path.read_bytes() for path in corpus()}
    if not texts:
        pytest.skip("not in the repository: benchmarks/lint_corpus.py makes the corpus")
    answers = oracle.files(texts.values())
    found = {
        name: differences(content, answer)
        for (name, content), answer in zip(texts.items(), answers, strict=True)
    }
    assert {name: lines for name, lines in found.items() if lines} == {}
