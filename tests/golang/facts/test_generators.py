"""Code generators that sources ask for, and whether what they write is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from gotare.golang.facts.findings import Generate
from gotare.golang.facts.generators import generators_of, tool_of
from gotare.golang.facts.inventory import take_inventory
from gotare.golang.facts.types import Generator
from tests.golang.sources import write


def found(
    root: Path, *lines: tuple[str, str], makefile: str = "", files: str = ""
) -> list[Generator]:
    write(root, dict.fromkeys(files.split(), ""))
    inventory = take_inventory(root, [root])
    generates = [Generate(path, 3, command) for path, command in lines]
    return list(generators_of(inventory, generates, makefile.encode()))


@pytest.mark.parametrize(
    ("command", "tool"),
    [
        ("stringer -type=Pill", "stringer"),
        ("go run golang.org/x/tools/cmd/stringer -type=Pill", "stringer"),
        ("go run github.com/google/wire/cmd/wire@v0.6.0", "wire"),
        ("go run -mod=mod github.com/99designs/gqlgen generate", "gqlgen"),
        ("go run github.com/vektra/mockery/v2@v2.24.0 --name=Service", "mockery"),
        ("go tool templ generate", "templ"),
        ("go tool github.com/sqlc-dev/sqlc/cmd/sqlc generate", "sqlc"),
        ("go run ./gen", "gen"),
        ("go run .", "go"),
        ("go run gen.go", "gen.go"),
        ("protoc --go_out=. x.proto", "protoc"),
        ("env GOFLAGS=-mod=mod go run x.org/cmd/tool", "tool"),
        ('sh -c "protoc -I . --go_out=. x.proto"', "protoc"),
        ("../../bin/moq -out x.go . Y", "moq"),
        ("npx tailwindcss -o a.css", "tailwindcss"),
        ('unended "quote', "unended"),
    ],
)
def test_tools(tmp_path: Path, command: str, tool: str) -> None:
    (generator,) = found(tmp_path, ("pkg/a.go", command))
    assert (generator.tool, generator.command) == (tool, command)
    assert (str(generator.at), generator.at.what) == ("pkg/a.go:3", "go:generate")


@pytest.mark.parametrize(
    ("command", "files", "committed"),
    [
        ("stringer -type=Pill", "pkg/pill_string.go", True),
        ("stringer -type=Pill", "pill_string.go", False),
        ("mockgen -source=a.go -destination=mocks/a.go", "pkg/mocks/a.go", True),
        ("mockgen -source=a.go -destination mocks/a.go", "pkg/a.go", False),
        ("go run x.org/cmd/oapi-codegen -o ../api/api.gen.go spec.yaml", "api/api.gen.go", True),
        ("go run x.org/cmd/oapi-codegen --config=c.yaml spec.yaml", "pkg/api.gen.go", True),
        ("go run x.org/cmd/oapi-codegen --config=c.yaml spec.yaml", "pkg/a.go", False),
        ("go run -mod=mod entgo.io/ent/cmd/ent generate ./schema", "pkg/client.go", True),
        ("wire ./...", "pkg/wire_gen.go", True),
        ("wire ./...", "pkg/wire.go", False),
        ("go run ./gen", "pkg/a.go", True),
        ("sqlc generate", "db/queries.sql.go", True),
        ("sqlc generate", "db/queries.sql", False),
        ("bpf2go -target amd64 prog prog.c", "pkg/prog_bpfel.go", True),
    ],
)
def test_committed(tmp_path: Path, command: str, files: str, committed: bool) -> None:
    (generator,) = found(tmp_path, ("pkg/a.go", command), files=files)
    assert generator.committed == committed


def test_names_for_commands_are_no_commands(tmp_path: Path) -> None:
    assert found(tmp_path, ("a.go", "-command foo go run ./foo")) == []


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ("buf.gen.yaml proto/v1/a.proto gen/v1/a.pb.go", ("buf", "buf generate", True)),
        ("buf.gen.yaml proto/v1/a.proto", ("buf", "buf generate", False)),
        ("sqlc.yaml db/query.sql internal/db/query.sql.go", ("sqlc", "sqlc generate", True)),
        ("sqlc.yaml db/query.sql", ("sqlc", "sqlc generate", False)),
        ("gqlgen.yml graph/generated.go", ("gqlgen", "gqlgen generate", True)),
        ("views/a.templ views/a_templ.go", ("templ", "templ generate", True)),
        ("views/a.templ views/b.templ views/a_templ.go", ("templ", "templ generate", False)),
        ("proto/a.proto proto/a.pb.go", ("protoc", "protoc", True)),
    ],
)
def test_settings_and_sources(tmp_path: Path, files: str, expected: tuple[str, str, bool]) -> None:
    (generator,) = found(tmp_path, files=files)
    assert (generator.tool, generator.command, generator.committed) == expected


def test_protos_of_somebody_elses_are_no_generator(tmp_path: Path) -> None:
    assert found(tmp_path, files="docs/a.proto vendor/x/b.proto third_party/c.proto") == []


MAKEFILE = """\
GO := go

.PHONY: build proto
build:
	go build ./...

proto: tools
	protoc --go_out=. proto/*.proto

test:
	buf --version
"""


def test_targets_of_a_makefile(tmp_path: Path) -> None:
    (generator,) = found(tmp_path, makefile=MAKEFILE, files="proto/a.proto")
    assert (generator.tool, generator.command) == ("protoc", "make proto")
    assert (str(generator.at), generator.committed) == ("Makefile:7", False)


def test_each_tool_is_asked_for_once(tmp_path: Path) -> None:
    lines = (("db/gen.go", "sqlc generate"),)
    makefile = "sqlc:\n\tsqlc generate\n"
    generators = found(tmp_path, *lines, makefile=makefile, files="sqlc.yaml db/db.go")
    assert [(one.tool, one.at.path) for one in generators] == [("sqlc", "db/gen.go")]


def test_an_empty_command() -> None:
    assert tool_of(["env"]) == "env"
    assert tool_of(["go", "run"]) == "go"
