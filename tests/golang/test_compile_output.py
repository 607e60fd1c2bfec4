"""Only Go's own lines of an error are shown, each once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotare.golang.compile_output import (
    compile_error,
    error_lines,
    merged,
    module_downloaded,
    package_named,
)
from gotare.golang.hints import hint_for

OUTPUT = """\
go: downloading example.com/x v1.0.0
example.com/x/y
internal/goarch
# example.com/m/a [example.com/m/cmd/one]
a/a.go:3:2: undefined: x
a/a.go:4:2: undefined: y
# example.com/m/a [example.com/m/cmd/two]
a/a.go:3:2: undefined: x
a/a.go:4:2: undefined: y

# example.com/m/b
b/b.go:3:2: undefined: x
"""


def test_noise_and_repetitions_go() -> None:
    assert error_lines(OUTPUT.splitlines()) == [
        "# example.com/m/a [example.com/m/cmd/one]",
        "a/a.go:3:2: undefined: x",
        "a/a.go:4:2: undefined: y",
        "# example.com/m/b",
        "b/b.go:3:2: undefined: x",
    ]


def test_platforms_are_merged() -> None:
    errors = [compile_error("go build", OUTPUT.splitlines()) for _ in range(2)]
    error = merged([*errors, compile_error("go build", ["c.go:1:1: requires go >= 1.99"])])
    assert error.output.splitlines().count("a/a.go:3:2: undefined: x") == 1
    assert error.output.endswith("c.go:1:1: requires go >= 1.99")
    assert error.message == "go build failed"
    assert error.hint and "newer Go" in error.hint


def test_progress_lines() -> None:
    assert package_named("golang.org/x/text/unicode/norm") == "golang.org/x/text/unicode/norm"
    assert package_named("# example.com/m") is None
    assert package_named("a.go:1:2: too many errors") is None
    assert module_downloaded("go: downloading example.com/x v1.0.0") == "example.com/x v1.0.0"
    assert module_downloaded("go: other") is None


@given(st.lists(st.text(alphabet="#ab: \t", max_size=6)))
def test_nothing_is_invented(lines: list[str]) -> None:
    kept = error_lines(lines)
    assert set(kept) <= set(lines)
    assert error_lines(kept) == kept


@pytest.mark.parametrize(
    ("output", "hint"),
    [
        ("fatal: could not read Username for 'https://x': terminal prompts disabled", "GOPRIVATE"),
        ("reading https://p/x/@v/v1.info: 404 Not Found", "GOPRIVATE"),
        ("module lookup disabled by GOPROXY=off", "GOPROXY"),
        ("go: x@v1 requires go >= 1.99 (running go 1.22)", "newer Go"),
        ("missing go.sum entry for module", "go mod tidy"),
        ("go: inconsistent vendoring in /x:", "go mod vendor"),
        ("current directory is not one of the workspace modules listed in go.work", "go work use"),
        ("write /tmp/x: no space left on device", "space"),
        ("could not determine what C.foo refers to", "--cgo"),
        ("ambiguous import: found package x in multiple modules", "another version"),
    ],
)
def test_hints(output: str, hint: str) -> None:
    assert hint in (hint_for(output) or "")


def test_no_hint_for_plain_errors() -> None:
    assert hint_for("main.go:3:2: undefined: x") is None
