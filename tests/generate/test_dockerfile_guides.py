"""What guides to Go in containers get wrong is not in generated Dockerfiles."""

from __future__ import annotations

import re

import pytest

from gotare.generate.files import Choices
from tests.generate import plans
from tests.generate.test_dockerfile import DIGEST, PLANS, files, main

EVERYTHING = [
    (f"{name}/{path}", content)
    for name, make in PLANS.items()
    for path, content in files(make()).items()
]


MISTAKES = {
    "HEALTHCHECK CMD [...] || exit 1": r"^HEALTHCHECK(?:.|\\\n)*\|\|",
    "wget or curl in a health check": r"^HEALTHCHECK(?:.|\\\n)*(wget|curl)",
    "a base that is latest": r"^FROM .*:latest\b",
    "nonroot as a part of a digest": r"@sha256:\w*-?nonroot|nonroot-\w+@",
    "WORKDIR /root": r"^WORKDIR /root",
    "-extldflags -static without cgo": r"CGO_ENABLED=0(?:.|\\\n)*-extldflags",
    "-a or -installsuffix cgo": r"go build(?:.|\\\n)* (-a|-installsuffix)\b",
    "a platform written down": r"GO(?:OS|ARCH)=\"?(?:linux|darwin|amd64|arm64)",
    "COPY vendor/": r"^COPY vendor",
    "the whole context before the modules": r"^COPY \. (?:.|\n)*go mod download",
    "a tool at latest": r"go install \S+@latest",
    "air's former path": r"cosmtrek",
    "a secret in an argument": r"^(ARG|ENV) .*(TOKEN|PASSWORD)",
    "a shell in front of the program": r"^(ENTRYPOINT|CMD) [^\[]",
}
OF_GUIDES = r"""
FROM alpine:latest
WORKDIR /root/
FROM gcr.io/distroless/static:nonroot-amd64@sha256:abc123
COPY vendor/ vendor/
COPY . .
RUN go mod download
ARG GITHUB_TOKEN
RUN go install github.com/cosmtrek/air@latest
RUN CGO_ENABLED=0 GOOS=linux go build -a -installsuffix cgo \
    -ldflags='-w -s -extldflags "-static"' -o app
HEALTHCHECK --interval=30s \
  CMD wget --spider http://localhost:8080/health || exit 1
CMD ./myapp
"""


def mistakes(content: str) -> list[str]:
    """Return the mistakes of guides that a Dockerfile has."""
    return [what for what, form in MISTAKES.items() if re.search(form, content, re.MULTILINE)]


def unversioned(content: str) -> list[str]:
    """Return the bases that have neither tag nor digest."""
    names = re.findall(r"^FROM (?:--\S+ )?(\S+)", content, re.MULTILINE)
    known = {"scratch", *re.findall(r"^FROM .* AS (\S+)$", content, re.MULTILINE)}
    return [name for name in names if name not in known and not re.search(r":|@", name)]


@pytest.mark.parametrize(("path", "content"), EVERYTHING, ids=[path for path, _ in EVERYTHING])
def test_no_file_has_a_mistake_of_a_guide(path: str, content: str) -> None:
    assert (mistakes(content), unversioned(content)) == ([], [])


def test_the_mistakes_of_guides_are_found() -> None:
    assert mistakes(OF_GUIDES) == list(MISTAKES)
    assert unversioned("FROM golang AS build\nFROM build\nFROM alpine\n") == ["golang", "alpine"]


@pytest.mark.parametrize("name", PLANS)
def test_an_argument_is_declared_in_the_stage_that_uses_it(name: str) -> None:
    """A guide labels with `${VERSION}` of another stage: such a label is empty."""
    for path, content in files(PLANS[name]()).items():
        if not path.startswith("Dockerfile"):
            continue
        for stage in re.split(r"^(?=FROM )", content, flags=re.MULTILINE)[1:]:
            declared = set(re.findall(r"\w+", " ".join(re.findall(r"^ARG (.*)$", stage, re.M))))
            used = set(re.findall(r"\$\{?(VERSION|COMMIT|DATE|TARGET\w+)", stage))
            assert used <= declared, (path, stage)


def test_a_passwd_is_never_without_its_user() -> None:
    """A guide copies a passwd and says `USER nonroot`: a number needs no passwd at all."""
    for _, content in EVERYTHING:
        assert all(re.fullmatch(r"\d+:\d+|\$\{UID\}:\$\{GID\}", user)
                   for user in re.findall(r"^USER (.*)$", content, re.MULTILINE))  # fmt: skip


def test_a_pinned_nonroot_is_a_tag_and_a_digest() -> None:
    """A guide writes `:nonroot-amd64@sha256:…`, another a digest as a suffix of the tag."""
    name = "gcr.io/distroless/static-debian12:nonroot"
    content = main(plans.api_plan(), Choices(pins={name: DIGEST}))
    assert f"FROM {name}@{DIGEST} AS api-runtime\n" in content


def test_pq_needs_no_cgo() -> None:
    """A guide says that lib/pq does: only the plan's flags decide."""
    assert "CGO_ENABLED=1" not in main(plans.api_plan())
