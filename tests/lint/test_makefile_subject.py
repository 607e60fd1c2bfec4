"""Variables and recipes of a Makefile."""

from __future__ import annotations

from gotare.lint.makefile import makefile_of
from gotare.lint.subjects import Surroundings

TEXT = """\
IMAGE ?= api
TAG := $(shell git describe)
IMAGE ?= other
FLAGS = --load \\
	--pull # why
FLAGS += --tag $(IMAGE):$(TAG)
export LOOP = $(LOOP)

.PHONY: build
build: ## build it
	@docker build $(FLAGS) \\
		.

	docker push $(IMAGE)
other:
	true
"""


def test_variables() -> None:
    made = makefile_of("Makefile", TEXT, Surroundings())
    assert made.variables["IMAGE"] == "api"
    assert made.variables["FLAGS"] == "--load --pull --tag $(IMAGE):$(TAG)"
    assert made.resolve("$(FLAGS)") == "--load --pull --tag api:$(shell git describe)"
    assert made.resolve("$(LOOP) ${IMAGE} $(NONE)") == "$(LOOP) api $(NONE)"


def test_commands_of_recipes() -> None:
    made = makefile_of("Makefile", TEXT, Surroundings())
    assert [command.texts for command in made.commands] == [
        ("@docker", "build", "$(FLAGS)", "."),
        ("docker", "push", "$(IMAGE)"),
        ("true",),
    ]
    span = made.commands[0].span
    assert TEXT[span.start : span.end].startswith("@docker build")


def test_variables_that_grow_end() -> None:
    text = "A = x\n" + "".join(f"{chr(66 + n)} = {f'$({chr(65 + n)})' * 20}\n" for n in range(20))
    made = makefile_of("Makefile", text, Surroundings())
    assert len(made.resolve("$(U)")) < 100_000
