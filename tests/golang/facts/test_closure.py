"""What a main package reaches, and by which imports."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotare.golang.facts.closure import Closure, Package, is_listed, packages_of, unversioned
from gotare.golang.packages import Listed
from tests.golang.facts.scopes import MAIN, go_source, scope_of


def listed(path: str, *imports: str, **fields: object) -> Listed:
    return Listed({"ImportPath": path, "Dir": f"/{path}", "Imports": list(imports), **fields})


def test_packages_of_several_platforms_are_merged() -> None:
    linux = [listed("a", "fmt", GoFiles=["a.go", "a_linux.go"]), listed("fmt", Standard=True)]
    arm = [listed("a", "fmt", "b.org/x", GoFiles=["a.go", "a_arm.go"]), listed("b.org/x")]
    found = packages_of([linux, arm], lambda package: package.import_path == "a")
    assert found["a"] == Package(
        "a", "/a", True, False, ("fmt", "b.org/x"), ("a.go", "a_arm.go", "a_linux.go")
    )
    assert found["fmt"] == Package("fmt", standard=True)
    assert found["b.org/x"] == Package("b.org/x", "/b.org/x")


def test_shortest_chain_and_place() -> None:
    files = {
        "main.go": go_source("example.com/app/a example.com/app/b", ""),
        "a/a.go": go_source("x.org/deep", "func A() {}", "a"),
        "b/b.go": go_source("fmt\nx.org/short", "func B() {}", "b"),
    }
    foreign = {
        "x.org/deep": ["x.org/deeper"],
        "x.org/deeper": ["x.org/y"],
        "x.org/short": ["x.org/y"],
    }
    closure = scope_of(files, foreign).closure
    chain = (MAIN, f"{MAIN}/b", "x.org/short", "x.org/y")
    assert closure.chain("x.org/y") == chain
    at = closure.at("x.org/y", "y")
    assert (at.path, at.line, at.what, at.chain) == ("b/b.go", 5, "y", chain)
    assert list(closure.importers("x.org/y")) == ["x.org/short", "x.org/deeper"]
    assert closure.own == {MAIN, f"{MAIN}/a", f"{MAIN}/b"}
    assert closure.foreign == ("x.org/deep", "x.org/short", "x.org/deeper", "x.org/y")
    assert "x.org/y" in closure and "x.org/z" not in closure


def test_nobody_looks_beyond_what_is_cut() -> None:
    foreign = {"x.org/srv/v2": ["x.org/tls"], "x.org/tls": ["crypto/tls"]}
    files = {"main.go": go_source("x.org/srv/v2", "")}
    closure = scope_of(files, foreign).closure
    assert "x.org/tls" in closure
    cut = closure.without(["x.org/srv"])
    assert "x.org/srv/v2" in cut and "x.org/tls" not in cut


def test_a_chain_without_sources_has_no_place() -> None:
    closure = Closure("a", {"a": Package("a", own=True, imports=("b.org/x",))})
    assert str(closure.at("b.org/x")) == "a -> b.org/x"


@pytest.mark.parametrize(
    ("path", "plain"),
    [
        ("github.com/x/y/v2", "github.com/x/y"),
        ("github.com/x/y/v2/z.Open", "github.com/x/y/z.Open"),
        ("github.com/x/y/v2.Open", "github.com/x/y.Open"),
        ("gopkg.in/mgo.v2", "gopkg.in/mgo"),
        ("gopkg.in/mgo.v2/bson", "gopkg.in/mgo/bson"),
        ("github.com/aws/aws-sdk-go-v2/service", "github.com/aws/aws-sdk-go-v2/service"),
        ("k8s.io/api/core/v1", "k8s.io/api/core"),
        ("net/http.Get", "net/http.Get"),
        ("github.com/x/v2ray", "github.com/x/v2ray"),
    ],
)
def test_major_versions(path: str, plain: str) -> None:
    assert unversioned(path) == plain


def test_tables_hold_what_lies_below() -> None:
    table = {"github.com/x/y", "golang.org/x/net"}
    assert is_listed("github.com/x/y/v3/sub/pkg", table)
    assert is_listed("golang.org/x/net", table)
    assert not is_listed("github.com/x/yy", table)
    assert not is_listed("github.com/x", table)


GRAPHS = st.dictionaries(
    st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdef"), unique=True), min_size=1
)


@given(GRAPHS)
def test_every_chain_is_one_of_imports(graph: dict[str, list[str]]) -> None:
    packages = {path: Package(path, own=True, imports=tuple(i)) for path, i in graph.items()}
    closure = Closure("a", packages)
    for path in closure.importer:
        chain = closure.chain(path)
        assert chain[0] == "a" and chain[-1] == path
        assert all(chain[n + 1] in packages[chain[n]].imports for n in range(len(chain) - 1))
