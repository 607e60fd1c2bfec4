"""Which Dockerfiles the files of a repository build, and with which context."""

from __future__ import annotations

import json
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotare.lint.declared_builds import Declared, declared_builds, given_arguments
from gotare.lint.hcl import COMPUTED, blocks


def read(**files: str) -> list[Declared]:
    texts = {path: dedent(text) for path, text in files.items()}
    return list(declared_builds(texts, texts))


def said(path: str, text: str) -> list[tuple[str, str, bool]]:
    return [(each.dockerfile, each.context, each.exact) for each in read(**{path: text})]


def service(build: str) -> str:
    return f"services:\n  app:\n    build:{build}\n"


@pytest.mark.parametrize(
    ("path", "build", "found"),
    [
        ("compose.yaml", " .", ("Dockerfile", ".")),
        ("compose.yaml", " ./app", ("app/Dockerfile", "app")),
        ("deploy/docker-compose.yml", " ..", ("Dockerfile", ".")),
        ("deploy/compose.dev.yaml", "\n      context: ../\n", ("Dockerfile", ".")),
        (
            "compose.yaml",
            "\n      context: .\n      dockerfile: build/package/Dockerfile",
            ("build/package/Dockerfile", "."),
        ),
        ("compose.yaml", "\n      dockerfile: docker/x.Dockerfile", ("docker/x.Dockerfile", ".")),
        ("compose.yaml", " ${APP:-app}", ("app/Dockerfile", "app")),
        ("compose.yaml", " ${APP}", None),
        ("compose.yaml", " https://example.test/x.git", None),
        ("compose.yaml", " ../other", None),
        ("compose.yaml", " /abs", None),
        ("compose.yaml", "\n      dockerfile_inline: |\n        FROM scratch", None),
        ("vendor/x/compose.yaml", " .", None),
    ],
)
def test_compose(path: str, build: str, found: tuple[str, str] | None) -> None:
    assert said(path, service(build)) == ([(*found, True)] if found else [])


def test_what_else_compose_says() -> None:
    text = service(
        "\n      context: .\n      target: dev\n      args: [A=1, B]\n"
        "      additional_contexts:\n        lib: ../lib\n"
    )
    (found,) = read(**{"compose.yaml": text})
    assert (found.target, set(found.args), set(found.contexts)) == ("dev", {"A", "B"}, {"lib"})
    assert found.by == "compose.yaml"


BAKE = """
    // what is built
    variable "TAG" { default = "x" }
    group "default" { targets = ["app", "tool"] }
    target "app" {
      context = "."
      dockerfile = "build/Dockerfile"  # where
      args = { VERSION = "1", GO = TAG }
      contexts = {
        base = "docker-image://alpine"
      }
      target = "final"
      platforms = ["linux/amd64"]
    }
    target "tool" { dockerfile = "tool.Dockerfile" }
    target "other" { inherits = ["app"] }
    target "computed" {
      context = "${DIR}/x"
    }
    target "sum" { dockerfile = "x" + TAG }
"""


def test_bake() -> None:
    app, tool = read(**{"docker-bake.hcl": BAKE})
    assert (app.dockerfile, app.context, app.target) == ("build/Dockerfile", ".", "final")
    assert (set(app.args), set(app.contexts), app.exact) == ({"VERSION", "GO"}, {"base"}, True)
    assert (tool.dockerfile, tool.context) == ("tool.Dockerfile", ".")


def test_bake_in_json() -> None:
    target = {"app": {"context": "svc", "args": {"A": "1"}}, "odd": [], "x": {"context": 1}}
    assert said("ci/docker-bake.json", json.dumps({"target": target})) == [
        ("ci/svc/Dockerfile", "ci/svc", False)
    ]
    assert said("docker-bake.json", "not context") == []


def test_blocks_of_hcl() -> None:
    text = 'target "a" { b = "c\\"d" e = f g = ["h", i] j { k = "l" } m = 1 }'
    assert list(blocks(text, "target")) == [{"b": 'c"d', "e": COMPUTED, "g": ["h"], "m": COMPUTED}]


@given(st.text('target "a" { } = [ ] , \n"\\#/*bc', max_size=60))
def test_no_text_of_hcl_brings_it_down(text: str) -> None:
    for block in blocks(text, "target"):
        assert all(isinstance(name, str) for name in block)


def recipe(*lines: str) -> str:
    return "IMAGE = app\nFILE ?= docker/Dockerfile\nall:\n" + "".join(
        f"\t{line}\n" for line in lines
    )


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("docker build .", ("Dockerfile", ".")),
        ("@docker build -t $(IMAGE) -f $(FILE) .", ("docker/Dockerfile", ".")),
        ("docker build --file=docker/Dockerfile --pull $(CURDIR)", ("docker/Dockerfile", ".")),
        ("docker buildx build --push --platform a,b -f x.Dockerfile ./x", ("x.Dockerfile", "x")),
        ("$(DOCKER) build $(FLAGS) -t a \\\n\t  -f b/Dockerfile b", ("b/Dockerfile", "b")),
        ("cd svc && podman build .", ("svc/Dockerfile", "svc")),
        ("cd svc; docker build -f Dockerfile ..", ("svc/Dockerfile", ".")),
        ("cd $(DIR) && docker build .", None),
        ("docker build $(DIR)", None),
        ("docker build - < Dockerfile", None),
        ("docker build https://example.test/x.git", None),
        ("docker build -f $(OTHER) .", None),
        ("docker build . $(FLAGS)", None),
        ("docker run . .", None),
        ("docker build ../..", None),
    ],
)
def test_makefiles(line: str, found: tuple[str, str] | None) -> None:
    assert said("Makefile", recipe(line)) == ([(*found, False)] if found else [])


def test_each_line_of_a_recipe_is_a_shell() -> None:
    found = said("sub/Makefile", recipe("cd a && docker build .", "docker build b"))
    assert [each[:2] for each in found] == [
        ("sub/a/Dockerfile", "sub/a"),
        ("sub/b/Dockerfile", "sub/b"),
    ]


def test_what_else_commands_say() -> None:
    words = "docker build --target dev --build-arg A=1 --build-arg=B --build-context lib=../lib ."
    (found,) = read(Makefile=recipe(words))
    assert (found.target, set(found.args), set(found.contexts)) == ("dev", {"A", "B"}, {"lib"})


WORKFLOW = """
    on: push
    jobs:
      image:
        runs-on: ubuntu-24.04
        steps:
          - uses: docker/build-push-action@v6
            with:
              {given}
          - run: |
              cd tools
              docker build -t x .
            working-directory: ci
"""


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("push: true", ("Dockerfile", ".")),
        ("context: ./svc", ("svc/Dockerfile", "svc")),
        ("{context: ., file: ./docker/Dockerfile}", ("docker/Dockerfile", ".")),
        ("{context: svc, file: docker/x}", ("docker/x", "svc")),
        ("context: ${{ matrix.x }}", None),
        ('context: "{{defaultContext}}:svc"', None),
    ],
)
def test_workflows(given: str, found: tuple[str, str] | None) -> None:
    found_here = said(".github/workflows/ci.yml", WORKFLOW.replace("{given}", given))
    action = [(*found, True)] if found else []
    assert found_here == [*action, ("ci/tools/Dockerfile", "ci/tools", False)]


def test_what_else_an_action_says() -> None:
    given = '{target: dev, build-args: "A=1\\nB=2", build-contexts: "lib=./lib"}'
    found, _ = read(**{".github/workflows/ci.yml": WORKFLOW.replace("{given}", given)})
    assert (found.target, set(found.args), set(found.contexts)) == ("dev", {"A", "B"}, {"lib"})


def test_pipelines() -> None:
    text = "build:\n  script:\n    - docker build -f build/Dockerfile $CI_PROJECT_DIR\n"
    assert said(".gitlab-ci.yml", text) == [("build/Dockerfile", ".", False)]


@given(st.text(max_size=80), st.sampled_from(["Makefile", "compose.yaml", "docker-bake.json"]))
def test_no_text_brings_it_down(text: str, path: str) -> None:
    assert all(isinstance(each, Declared) for each in read(**{path: f"build context\n{text}"}))


def test_a_makefile_may_hold_the_command_in_a_variable_and_be_run_from_the_top() -> None:
    text = """
        DOCKER = $(shell which docker)
        BUILD = $(DOCKER) build --platform=$(if $(filter arm64,$(ARCH)),linux/arm64,linux/amd64)
        HERE = $(CURDIR)/make/app

        image:
        \t@$(BUILD) --build-arg TARGETARCH=$(ARCH) -f $(HERE)/Dockerfile -t app .

        nothing:
        \t$(OTHER) -f Dockerfile .
        """
    files = {"make/Makefile": text, "make/app/Dockerfile": ""}
    (found,) = read(**files)
    assert (found.dockerfile, found.context, found.exact) == ("make/app/Dockerfile", ".", False)
    assert found.args == {"TARGETARCH"}


def test_what_is_relative_to_a_makefile_stays_so() -> None:
    text = "image:\n\tdocker build -f Dockerfile .\n"
    (found,) = read(**{"make/Makefile": text, "make/Dockerfile": "", "Dockerfile": ""})
    assert (found.dockerfile, found.context) == ("make/Dockerfile", "make")


def test_the_arguments_that_scripts_give_any_build() -> None:
    texts = {
        "Makefile": "x:\n\tdocker build --build-arg A=1 -f $(1)/Dockerfile .\n",
        "hack/build.sh": 'docker build --build-arg="B=$B" --build-arg C .\n',
        "docs/build.md": "docker build --build-arg D=1 .\n",
        "vendor/x/build.sh": "docker build --build-arg E=1 .\n",
    }
    assert given_arguments([*texts, "hack/"], texts) == {"A", "B"}
