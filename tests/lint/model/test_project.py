"""What the project's own facts add to the model: names of programs, whether they use C."""

from __future__ import annotations

import pytest

from gotare.golang.cgo_need import CgoNeed
from gotare.golang.facts.types import Evidence, Facts, Listener, ProgramFacts
from gotare.golang.mains import Main
from gotare.golang.project import Project
from gotare.lint.dockerfile.gobuild import go_builds
from gotare.lint.subjects import Surroundings
from tests.lint.model.reading import Model

MAINS = (
    Main("example.com/shop", ".", "shop", "example.com/shop"),
    Main("example.com/shop/cmd/api", "cmd/api", "api", "example.com/shop"),
    Main("example.com/shop/cmd/worker/v2", "cmd/worker/v2", "worker", "example.com/shop"),
)


def project(
    *,
    needs: bool = False,
    tls: bool = False,
    listens: bool = False,
    mains: tuple[Main, ...] = MAINS,
) -> Project:
    need = CgoNeed("github.com/mattn/go-sqlite3", "stub", ("example.com/shop",))
    listener = Listener("http", 8080, Evidence("main.go", 1))
    program = ProgramFacts("example.com/shop", "shop", (listener,) if listens else ())
    return Project(
        root="/nowhere",
        directory=".",
        module="example.com/shop",
        modules=("example.com/shop",),
        go_directive="1.24",
        toolchain_directive="",
        workspace=None,
        vendored=False,
        mains=mains,
        packages=(),
        control_files=("go.mod",),
        absent_files=(),
        scanned_folders=(),
        scanned_files=(),
        cgo_needs=(need,) if needs else (),
        version_variables=(),
        shapes={},
        imports_tls=tls,
        facts=Facts((program,)),
    )


def model(text: str, found: Project) -> Model:
    return Model(text, Surroundings(project=found))


ALPINE = "FROM golang:1.24-alpine AS b\nWORKDIR /src\nCOPY . .\n"


@pytest.mark.parametrize(
    ("command", "outputs"),
    [
        ("go build", "/src/shop"),
        ("go build .", "/src/shop"),
        ("cd cmd/api && go build", "/src/cmd/api/api"),
        ("go build ./cmd/worker/v2", "/src/worker"),
        ("go build -o /out/ ./...", "/out/shop /out/api /out/worker"),
        ("go build -o /out/ ./cmd/...", "/out/api /out/worker"),
        ("go build -o /out ./cmd/...", "/out/api /out/worker"),
        ("go build -o /out/x ./cmd/api/...", "/out/x"),
        ("go build ./...", "-"),
        ("go install ./cmd/...", "/go/bin/api /go/bin/worker"),
        ("go install", "/go/bin/shop"),
        ("cd absent && go build", "?"),
    ],
)
def test_names(command: str, outputs: str) -> None:
    assert model(f"{ALPINE}RUN {command}\n", project()).answer("build0.outputs") == outputs


def test_the_context_may_be_copied_in_parts() -> None:
    text = "FROM golang:1.24-alpine\nWORKDIR /a\nCOPY cmd/api ./here\nRUN cd here && go build\n"
    assert model(text, project()).answer("build0.outputs") == "/a/here/api"


def test_a_name_that_differs_from_what_is_copied() -> None:
    text = f'{ALPINE}RUN go build\nFROM scratch\nCOPY --from=b /src/app /app\nENTRYPOINT ["/app"]\n'
    told = model(text, project())
    assert told.answer("final.program") == "/app yes"
    assert told.answer("b.has(/src/shop)") == "yes"


@pytest.mark.parametrize(
    ("found", "linking"),
    [
        (project(), "glibc"),
        (project(needs=True), "glibc"),
        (project(tls=True), "glibc"),
        (project(listens=True), "glibc"),
    ],
)
def test_cgo_is_on(found: Project, linking: str) -> None:
    told = model("FROM golang:1.24\nCOPY . .\nRUN go build -o /x .\n", found)
    assert told.answer("build0.linking") == linking


@pytest.mark.parametrize(
    ("found", "uses"),
    [(project(), None), (project(needs=True), True), (project(tls=True), True)],
)
def test_whether_c_is_used(found: Project, uses: bool | None) -> None:
    told = model("FROM golang:1.24\nCOPY . .\nRUN go build -o /x .\n", found)
    (made,) = go_builds(told.build, told.around)
    assert made.uses_c is uses


def test_tags_keep_the_standard_library_from_c() -> None:
    text = "FROM golang:1.24\nCOPY . .\nRUN go build -tags netgo,osusergo -o /x .\n"
    assert model(text, project(tls=True)).answer("build0.linking") == "static"
    assert model(text, project(needs=True)).answer("build0.linking") == "glibc"


def test_static_by_the_external_linker() -> None:
    text = "FROM golang:1.24\nCOPY . .\nRUN go build -ldflags '-extldflags -static' -o /x .\n"
    assert model(text, project(tls=True)).answer("build0.linking") == "glibc"
    assert "makes nothing of" in model(text, project(tls=True)).answer("build0.why")
    assert model(text, project(needs=True)).answer("build0.linking") == "static"
