"""Nothing in a Dockerfile makes the model raise, or run for long."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gotare.lint.dockerfile.gobuild import go_builds
from gotare.lint.subjects import Surroundings
from tests.lint.dockerfile.snippets import ACCEPTED, REFUSED
from tests.lint.model.everything import ask_everything
from tests.lint.model.reading import all_cases

WORDS = st.sampled_from(
    """
    go build install test mod -o -ldflags= -tags . ./... main.go /out/app $X ${X:-y} ${ "$X" 'a b'
    && || ; | ( ) { } < > >> << <<EOF EOF $( ` \\ # ! = A=1 export cd .. / /app cp mv rm -rf mkdir
    -p ln install chmod 755 chown a:b useradd -u 1 adduser apk add gcc curl sh -c if then else fi
    for in do done case esac while make -C env sudo exec set -e [ ] [[ ]] echo
    root:x:0:0::/: /etc/passwd é \u2028
    --from=a --from=0 --from=9 --chown=1 --mount=type=cache,target=/x --mount= [" "] ["a","b"]
    """.split()  # noqa: SIM905
)
NAMES = st.sampled_from(
    """
    FROM FROM RUN RUN RUN COPY COPY ADD ENV ARG WORKDIR USER CMD ENTRYPOINT HEALTHCHECK EXPOSE
    LABEL VOLUME SHELL STOPSIGNAL ONBUILD MAINTAINER NONSENSE from #
    """.split()  # noqa: SIM905
)
BASES = st.sampled_from(
    ["golang:1.24", "alpine", "scratch", "a", "a AS b", "$X", "b AS a", ":", "@"]
)
LINES = st.one_of(
    st.builds("FROM {}".format, BASES),
    st.builds(lambda name, words: f"{name} {' '.join(words)}", NAMES, st.lists(WORDS, max_size=9)),
    st.text(max_size=30),
)
DOCKERFILES = st.lists(LINES, max_size=12).map("\n".join)


@settings(max_examples=300, deadline=None)
@given(DOCKERFILES)
def test_what_looks_like_a_dockerfile(text: str) -> None:
    ask_everything("FROM golang:1.24 AS a\n" + text)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_any_text(text: str) -> None:
    ask_everything(text)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(all_cases()), st.data())
def test_a_file_with_a_piece_cut_out(case: object, data: st.DataObject) -> None:
    text = getattr(case, "text", "")
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    ask_everything(text[:start] + text[end:])


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(WORDS, st.sampled_from(["a:", "b: a", "\t", "X=", "$(X)", "%"]))))
def test_any_makefile(words: list[str]) -> None:
    makefile = "a:\n\tgo build\n" + "\n".join(words) + "\n" + " ".join(words)
    around = Surroundings(texts={"Makefile": makefile})
    ask_everything("FROM golang\nCOPY . .\nRUN make\nRUN make a b X=1\n", around)


@pytest.mark.parametrize("name", [*ACCEPTED, *REFUSED])
def test_files_that_are_easily_read_wrongly(name: str) -> None:
    ask_everything({**ACCEPTED, **REFUSED}[name])


BOMBS = {
    "many stages": "".join(
        f"FROM {f's{n - 1}' if n else 'alpine'} AS s{n}\nCOPY --from={max(n - 1, 0)} / /\n"
        for n in range(400)
    ),
    "many variables": "FROM alpine\n" + "".join(f"ENV A{n}=$A{n - 1}x\n" for n in range(900)),
    "doubling": "FROM alpine\nENV A=aaaaaaaaaa\n" + "ENV A=$A$A$A$A\n" * 40,
    "doubling in the shell": "FROM alpine\nRUN A=xxxxxxxx; " + "A=$A$A$A;" * 60 + " go build -o $A",
    "open brackets": "FROM alpine\nRUN " + "(" * 20000,
    "open substitutions": "FROM alpine\nRUN " + "echo $(" * 5000,
    "open expansions": "FROM alpine\nRUN " + "${a:-" * 4000,
    "open branches": "FROM alpine\nRUN " + "if a; then " * 2000,
    "open loops": "FROM alpine\nRUN " + "for i in a b; do " * 2000,
    "closed loops": "FROM alpine\nRUN " + "for i in a b; do " * 150 + "go build; " + "done;" * 150,
    "sh -c in itself": "FROM alpine\nRUN " + 'sh -c "' * 300,
    "many commands": "FROM golang\nRUN " + " && ".join(["go build -o x ."] * 2500),
    "many folders": "FROM golang\nRUN " + "mkdir /a /b && cp -r /a /b/c && cp -r /b /a;" * 400,
    "copies in a ring": "FROM a AS b\nCOPY --from=c / /\nFROM b AS c\nCOPY --from=b / /\n",
    "a long line": "FROM alpine\nRUN " + "x" * 2_000_000,
    "many words": "FROM alpine\nCOPY " + "a " * 20000 + "/\n",
    "operators": "FROM alpine\nRUN " + "&|;<>(){}" * 4000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs(name: str) -> None:
    ask_everything(BOMBS[name])


def test_a_makefile_that_calls_itself_and_doubles() -> None:
    makefile = (
        "x: y\n\tmake x\n\techo $(V0)\ny: t0\n"
        + "".join(f"V{n}=$(V{n + 1})$(V{n + 1})\n" for n in range(60))
        + "".join(f"t{n}: t{n + 1} t{n + 2}\n\tgo build -o x{n} .\n" for n in range(100))
    )
    around = Surroundings(texts={"Makefile": makefile})
    model = ask_everything("FROM golang\nCOPY . .\nRUN make x\n", around)
    assert 1 <= len(go_builds(model.build, around)) < 5000
