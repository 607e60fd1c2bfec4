"""String literals mean what Go says that they mean, asked in one batch."""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path

from hypothesis import given as given_any
from hypothesis import strategies as st

from gotare.golang.syntax.expressions import unquote
from tests.golang.programs import build_programs

UNQUOTE = """\
package main

import (
	"encoding/json"
	"os"
	"strconv"
)

type answer struct {
	Valid bool
	Bytes []int
}

func main() {
	var literals []string
	if err := json.NewDecoder(os.Stdin).Decode(&literals); err != nil {
		panic(err)
	}
	answers := []answer{}
	for _, literal := range literals {
		text, err := strconv.Unquote(literal)
		one := answer{err == nil, []int{}}
		for _, b := range []byte(text) {
			one.Bytes = append(one.Bytes, int(b))
		}
		answers = append(answers, one)
	}
	json.NewEncoder(os.Stdout).Encode(answers)
}
"""
PIECES = [
    *(
        "a",
        "é",
        "語",
        " ",
        "%d",
        "'",
        "\\\\",
        '\\"',
        "\\n",
        "\\t",
        "\\r",
        "\\a",
        "\\b",
        "\\f",
        "\\v",
    ),
    *("\\x00", "\\x41", "\\xff", "\\xE9", "\\xc3\\xa9", "\\101", "\\377", "\\400", "\\000", "\\x4"),
    *("\\u00e9", "\\u8a9e", "\\ud800", "\\U0001F600", "\\U00110000", "\\q", "\\'", "\\8", "\\u12"),
]


def literals() -> list[str]:
    """Literals of all kinds of pieces, right and wrong, the same in each run."""
    chosen = random.Random(3)
    made = [f'"{piece}"' for piece in PIECES]
    made += [f'"{"".join(chosen.choices(PIECES, k=chosen.randint(0, 5)))}"' for _ in range(3000)]
    return [*made, "`raw \\n é`", "`a\rb`", "``", '""']


def test_strings_mean_what_go_says(go: Path, tmp_path: Path) -> None:
    program = build_programs(go, tmp_path / "programs", {"unquote": UNQUOTE})["unquote"]
    asked = literals()
    done = subprocess.run(
        [program], input=json.dumps(asked).encode(), capture_output=True, check=True
    )
    answers = json.loads(done.stdout)
    valid = [(one, bytes(a["Bytes"])) for one, a in zip(asked, answers, strict=True) if a["Valid"]]
    assert len(valid) > 500 and len(valid) < len(asked)
    assert [(one, unquote(one)) for one, _ in valid] == [
        (one, content.decode("utf-8", "replace")) for one, content in valid
    ]


@given_any(st.text())
def test_any_literal_means_something(text: str) -> None:
    assert isinstance(unquote(text), str)
    plain = text.replace("\\", "").replace('"', "")
    assert unquote(f'"{plain}"') == plain
    assert unquote(json.dumps(text, ensure_ascii=False)) == text
