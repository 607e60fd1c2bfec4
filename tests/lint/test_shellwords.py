"""Commands in recipes and scripts, each word with its place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotare.lint.shellwords import commands, image_builds, platforms_of

RECIPE = """\
\t@docker buildx build \\
\t\t--platform=linux/amd64,linux/arm64 \\
\t\t--build-arg DATE=$(shell date -u +'%Y %m') -t "$(REPO)/x:$(V)" --load . # not this
\tdocker push x || true
"""


def test_words_are_joined_over_lines_and_know_their_places() -> None:
    build, push, _ = commands(RECIPE, 100)
    assert build.texts == (
        "@docker", "buildx", "build", "--platform=linux/amd64,linux/arm64", "--build-arg",
        "DATE=$(shell date -u +%Y %m)", "-t", "$(REPO)/x:$(V)", "--load", ".",
    )  # fmt: skip
    span = build.words[7].span
    assert RECIPE[span.start - 100 : span.end - 100] == '"$(REPO)/x:$(V)"'
    assert not build.excused
    assert push.excused


def test_options_are_found_in_either_form() -> None:
    build = next(commands("docker build -t a --tag=b --load=false --push --file x ."))
    assert [word.text for word in build.values("-t", "--tag")] == ["a", "b"]
    assert [word.text for word in build.values("--file")] == ["x"]
    assert build.has("--push")
    assert not build.has("--load")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("docker build .", 1),
        ("sudo docker build .", 1),
        ("DOCKER_BUILDKIT=1 docker image build .", 1),
        ("$(DOCKER) build .", 1),
        ("${CONTAINER_TOOL} buildx build .", 1),
        ("/usr/bin/podman build . && docker --debug build .", 2),
        ("buildah bud .", 1),
        ("docker compose build", 0),
        ("docker run build", 0),
        ("go build ./...", 0),
        ("echo docker build .", 0),
        ("$(GO) build .", 0),
    ],
)
def test_what_builds_images(text: str, number: int) -> None:
    assert len(list(image_builds(commands(text)))) == number


def test_platforms() -> None:
    build = next(commands("docker buildx build --platform linux/amd64,linux/arm64 ."))
    assert [platform for platform, _ in platforms_of(build)] == ["linux/amd64", "linux/arm64"]


@pytest.mark.parametrize(
    ("text", "texts"),
    [
        ("a;b&&c|d||e&f\ng", [["a"], ["b"], ["c"], ["d"], ["e"], ["f"], ["g"]]),
        ("a 'b;c' \"d|e\"", [["a", "b;c", "d|e"]]),
        ("a $(b; c | d) e", [["a", "$(b; c | d)", "e"]]),
        ("a ${{ b || c }} d", [["a", "${{ b || c }}", "d"]]),
        ("a#b # c\nd", [["a#b"], ["d"]]),
        ('a "it\'s" b', [["a", "its", "b"]]),
        ("a 'open", [["a", "open"]]),
        ("a \\\r\n b", [["a", "b"]]),
    ],
)
def test_where_commands_and_words_end(text: str, texts: list[list[str]]) -> None:
    assert [list(command.texts) for command in commands(text)] == texts


PIECES = st.sampled_from([*"ab'\"`$(){}[]\\ \t\r\n#|&;=-", "$(", "${{", "}}", "\\\n", "||"])


@given(st.lists(PIECES, max_size=60).map("".join))
def test_no_text_makes_it_fail_and_words_do_not_overlap(text: str) -> None:
    at = 0
    for command in commands(text):
        for word in command.words:
            assert at <= word.span.start < word.span.end <= len(text)
            at = word.span.end
