"""Which questions are put, what is taken when nobody is asked, and what comes into gotare.yaml."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gotare.errors import ReferenceError_, UsageError
from gotare.generate.files import Settled
from gotare.plan import Plan
from gotare.scaffold.answers import Answers, Given, Question, answers_to, take_default
from gotare.scaffold.look import Found
from gotare.scaffold.settle import settled_by
from gotare.settings import Config, Settings
from gotare.workload import Note
from tests.generate import plans

FOUND = Found(("github",), "Makefile", "docs/container.md", "ghcr.io/me")
URL = "http://127.0.0.1:${PORT:-8080}/healthz"


def unchecked(*names: str) -> Plan:
    """A plan of services with a health route and no health check."""
    api = plans.api_image()
    images = [
        replace(api, name=name, run=replace(api.run, health_check=None), probe=False)
        for name in names
    ]
    notes = tuple(Note(name, "healthcheck", "no HEALTHCHECK yet") for name in names)
    sources = replace(plans.api_plan().sources, module="example.com/api")
    return plans.plan(*images, sources=sources, notes=notes)


class Person:
    """Answers by the question's name, and remembers what it was asked."""

    def __init__(self, **answers: str) -> None:
        self.answers, self.questions = answers, list[Question]()

    def __call__(self, question: Question) -> str:
        self.questions.append(question)
        return self.answers.get(question.name, question.default)


def test_without_a_person_the_defaults_are_taken() -> None:
    answers = answers_to(unchecked("api"), None, FOUND, Given(), take_default, False)
    assert answers == Answers(None, "ghcr.io/me", True, ("github",), (("api", URL),))


def test_a_file_that_is_there_says_all_unless_a_person_answers() -> None:
    config = Config(Settings(user="1"))
    answers = answers_to(unchecked("api"), config, FOUND, Given(), take_default, False)
    assert answers == Answers(None, "ghcr.io/me", False, ("github",), ())
    person = Person()
    asked = answers_to(unchecked("api"), config, FOUND, Given(), person, True)
    assert (asked.tags, asked.checks) == (True, (("api", URL),))


def test_the_questions() -> None:
    person = Person(variant="alpine", image="quay.io/us/", ci="both", healthcheck="no")
    answers = answers_to(unchecked("api"), None, FOUND, Given(), person, True)
    assert answers == Answers("alpine", "quay.io/us", True, ("github", "gitlab"), ())
    assert [(q.name, q.default) for q in person.questions] == [
        ("variant", "distroless"),
        ("image", "ghcr.io/me"),
        ("ci", "github"),
        ("healthcheck", "yes"),
    ]
    assert URL in person.questions[-1].text


def test_what_is_given_is_not_asked() -> None:
    person = Person()
    given = Given("scratch", "ghcr.io/us", "none")
    answers = answers_to(plans.api_plan(), None, FOUND, given, person, True)
    assert answers == Answers("scratch", "ghcr.io/us", True, (), ())
    assert person.questions == []


def test_the_repository_that_is_settled_is_the_default() -> None:
    config = Config(Settings(tags=("quay.io/us/{name}:dev",)))
    answers = answers_to(plans.api_plan(), config, FOUND, Given(), take_default, False)
    assert (answers.image, answers.tags) == ("quay.io/us", False)
    given = Given(image="quay.io/us/{name}")
    assert answers_to(plans.api_plan(), config, FOUND, given, take_default, False).tags is False


def test_the_variant_that_is_there_is_not_settled_again() -> None:
    given = Given(variant="distroless")
    assert answers_to(plans.api_plan(), None, FOUND, given, take_default, False).variant is None
    scratch = answers_to(plans.cli_plan(), None, FOUND, given, take_default, False)
    assert scratch.variant == "distroless"


def test_a_base_of_ones_own_is_no_question() -> None:
    person = Person()
    own = plans.plan(plans.image("api", base="registry.example.com/base:1"))
    assert answers_to(own, None, FOUND, Given(), person, True).variant is None
    assert "variant" not in {question.name for question in person.questions}


@pytest.mark.parametrize(
    ("image", "error"), [("Ghcr.IO/Me", ReferenceError_), ("ghcr.io/me@x", UsageError)]
)
def test_what_is_no_repository(image: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        answers_to(plans.api_plan(), None, FOUND, Given(image=image), take_default, False)


def settled(plan: Plan, answers: Answers, config: Config | None = None) -> dict[str, object]:
    found: tuple[Settled, ...] = settled_by(plan, answers, config, {})
    return {".".join(item.keys): item.value for item in found}


def test_what_is_settled() -> None:
    answers = Answers("alpine", "ghcr.io/me", True, (), (("api", URL),))
    assert settled(unchecked("api"), answers) == {
        "base": "alpine:3.24",
        "add": ["zones"],
        "tags": ["ghcr.io/me/{name}:dev"],
        "healthcheck": URL,
    }
    assert settled(unchecked("api"), Answers(None, "ghcr.io/me", False, ())) == {}


def test_one_of_several_images_names_them_all() -> None:
    answers = Answers(None, "", False, (), (("api", URL),))
    both = unchecked("api", "admin")
    assert settled(both, answers) == {
        "images.api.packages": ["./cmd/api"],
        "images.admin.packages": ["./cmd/api"],
        "images.api.healthcheck": URL,
    }
    named = Config(images={"api": Settings(packages=("./x",)), "admin": Settings()})
    assert settled(both, answers, named) == {"images.api.healthcheck": URL}


def test_packages_of_other_modules_keep_their_paths() -> None:
    answers = Answers(None, "", False, (), (("api", URL),))
    both = unchecked("api", "admin")
    other = replace(both, sources=replace(both.sources, module=""))
    assert settled(other, answers)["images.api.packages"] == ["example.com/api/cmd/api"]
