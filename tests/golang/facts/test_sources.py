"""The index of sources: what names mean, and which calls there are."""

from __future__ import annotations

import pytest

from gotare.golang.facts.import_names import names_of
from gotare.golang.facts.sources import Sources
from tests.golang.facts.snippets import MODULE, sources_of


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("os", "os"),
        ("net/http", "http"),
        ("gopkg.in/yaml.v3", "yaml"),
        ("github.com/go-redis/redis/v8", "redis"),
        ("github.com/redis/go-redis/v9", "redis"),
        ("github.com/nats-io/nats.go", "nats"),
        ("github.com/mattn/go-sqlite3", "sqlite3"),
        ("github.com/hashicorp/go-multierror", "multierror"),
        ("github.com/segmentio/kafka-go", "kafka"),
        ("github.com/gofiber/fiber/v2", "fiber"),
        ("github.com/minio/minio-go/v7", "minio"),
        ("github.com/eclipse/paho.mqtt.golang", "mqtt"),
        ("gopkg.in/urfave/cli.v1", "cli"),
        ("github.com/sethvargo/go-envconfig", "envconfig"),
        ("github.com/satori/go.uuid", "uuid"),
        ("k8s.io/api/core/v1", "core"),
    ],
)
def test_what_a_package_is_called(path: str, name: str) -> None:
    assert next(iter(names_of(path))) == name


def test_a_version_may_be_the_name_itself() -> None:
    assert {"v1", "corev1"} <= set(names_of("k8s.io/api/core/v1"))


CODE = """package main
import (
    "net/http"
    h "example.com/app/internal/health"
    "example.com/app/internal/gen/v1"
    . "strings"
    _ "embed"
)
var handler = h.New(h.Options{Check: check()})
func check() bool { return true }
func main() {
    mux := http.NewServeMux()
    mux.Handle("/", wrap(http.FileServer(http.Dir("x"))))
    http.ListenAndServe(":80", mux)
    genv1.Register(mux)
    go func() { http.ListenAndServe(":90", nil) }()
}
func other(http *server) { http.ListenAndServe() }
"""


@pytest.fixture
def sources() -> Sources:
    made = sources_of(CODE, health="package health\nfunc New(o Options) {}\ntype Options struct{}")
    gen = sources_of(v1="package genv1\nfunc Register(x any) {}").files[0]
    return Sources([*made.files, type(gen)("gen.go", f"{MODULE}/internal/gen/v1", gen.file)])


def test_calls_by_what_is_called(sources: Sources) -> None:
    found = sources.calling("net/http.ListenAndServe")
    assert [(c.line, c.arguments[0]) for c in found] == [
        (14, ("string", ":80")),
        (16, ("string", ":90")),
    ]
    assert [c.line for c in sources.methods("ListenAndServe")] == [18]
    assert [c.line for c in sources.calling(f"{MODULE}/internal/health.New")] == [9]
    assert [c.line for c in sources.calling(f"{MODULE}/internal/gen/v1.Register")] == [15]
    assert sources.calling("net/http.Serve") == ()


def test_calls_inside_others_and_inside_literals(sources: Sources) -> None:
    assert [c.line for c in sources.calling(f"{MODULE}.check")] == [9]
    assert [c.line for c in sources.calling("net/http.Dir", "net/http.FileServer")] == [13, 13]
    (literal,) = sources.literals
    assert (literal.expr[1], literal.function) == ("h.Options", None)


def test_the_calls_of_one_function(sources: Sources) -> None:
    source = sources.files[0]
    other = source.file.functions[-1]
    assert [c.method for c in sources.calls(source, [other])] == ["ListenAndServe"]
    assert len(list(sources.calls(source))) == 12


def test_imports(sources: Sources) -> None:
    source = sources.files[0]
    assert sources.imported(source, "h") == f"{MODULE}/internal/health"
    assert sources.imported(source, "genv1") == f"{MODULE}/internal/gen/v1"
    assert sources.imported(source, "health") == ""
    assert sources.qualified(source, ("name", "check")) == f"{MODULE}.check"
    assert sources.qualified(source, ("name", "len")) == ""
    assert sources.qualified(source, ("select", ("name", "http"), "Get")) == "net/http.Get"
    assert sources.qualified(source, ("string", "x")) == ""


def test_declarations(sources: Sources) -> None:
    function = sources.function(MODULE, "main")
    assert function and function[1].line == 11
    declared = sources.declared(MODULE, "handler")
    assert declared and declared[1].line == 9
    assert sources.struct(f"{MODULE}/internal/health", "Options")
    assert sources.method(MODULE, "T", "main") is None


def test_what_a_switch_is_over_is_one_call() -> None:
    code = 'func main() { switch os.Getenv("X") { case "a": one(); case "b": two() } }'
    assert len(sources_of(code).calling("os.Getenv")) == 1


def test_evidence_of_a_call(sources: Sources) -> None:
    call = sources.calling("net/http.ListenAndServe")[0]
    assert (str(call.at()), call.at().what) == ("main0.go:14", "http.ListenAndServe")
    method = sources.methods("Handle")[0]
    assert (method.at().what, method.receiver) == ("Handle", ("name", "mux"))
