"""What a build of the sources needs: embedded files, private modules, folders elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotare.golang.facts.embedded import embedded_paths
from gotare.golang.facts.inventory import take_inventory
from gotare.golang.facts.private import matches, private_modules
from gotare.golang.goenv import GoEnv
from tests.golang.sources import write


@pytest.mark.parametrize(
    ("folder", "patterns", "files", "expected"),
    [
        ("web", ["static"], ["static/a.css", "static/b/c.js"], ["web/static"]),
        (
            ".",
            ["static", "templates/*.html"],
            ["static/a", "templates/x.html"],
            ["static", "templates"],
        ),
        (".", ["*.sql"], ["a.sql", "b.sql"], ["a.sql", "b.sql"]),
        ("db", ["migrations/*.sql"], ["migrations/1.sql"], ["db/migrations"]),
        ("ui", ["all:dist"], ["dist/index.html"], ["ui/dist"]),
        (".", ["version.txt"], ["version.txt"], ["version.txt"]),
        (".", ["a", "a/b.txt"], ["a/b.txt"], ["a"]),
        ("x", ["a[0-9].txt"], ["a1.txt"], ["x/a1.txt"]),
        ("x", [], [], []),
    ],
)
def test_embedded(folder: str, patterns: list[str], files: list[str], expected: list[str]) -> None:
    assert list(embedded_paths([(folder, patterns, files)])) == expected


NAMES = st.lists(st.sampled_from(["a", "b", "a/b", "a/c/d", "*.txt", "a/*"]), max_size=4)


@given(NAMES, NAMES)
def test_nothing_embedded_lies_below_another(patterns: list[str], files: list[str]) -> None:
    found = embedded_paths([("p", patterns, files), (".", patterns, files)])
    assert not any(one.startswith(f"{other}/") for one in found for other in found)


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("github.com/acme", "github.com/acme/lib", True),
        ("github.com/acme/*", "github.com/acme/lib/v2", True),
        ("*.corp.example.com", "git.corp.example.com/team/x", True),
        ("*.corp.example.com", "example.com/x", False),
        ("github.com/acme", "github.com/acmes/lib", False),
        ("github.com/acme/lib/sub", "github.com/acme/lib", False),
        ("git*.example.com/", "gitlab.example.com/x", True),
    ],
)
def test_patterns(pattern: str, path: str, expected: bool) -> None:
    assert matches(pattern, path) == expected


def test_private_modules_that_the_build_takes(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"go.mod": "module m\n\nrequire (\n\tgithub.com/acme/lib v1.0.0\n\tx.org/y v1.0.0\n)\n"},
    )
    env = GoEnv({"GOPRIVATE": "github.com/acme, *.corp.example.com"}, {"GONOSUMDB": "x.org"}, ())
    found = private_modules(env, ["x.org/y", "github.com/acme/lib"], tmp_path / "go.mod")
    assert [(one.path, str(one.at), one.at.what) for one in found] == [
        ("github.com/acme", "go.mod:4", "GOPRIVATE=github.com/acme"),
        ("x.org", "go.mod:5", "GONOSUMDB=x.org"),
    ]
    assert private_modules(GoEnv({}, {}, ()), ["x.org/y"], tmp_path / "go.mod") == ()
    assert private_modules(env, ["x.org/y"], tmp_path / "gone")[0].at.line == 0


def test_inventory(tmp_path: Path) -> None:
    names = (
        "a.go b/c.proto b/d/e.go .git/config vendor/x/y.go node_modules/z/w.js testdata/t.go "
        "_old/o.go other/go.mod other/p.go own/go.mod own/q.go"
    )
    write(tmp_path, dict.fromkeys(names.split(), ""))
    (tmp_path / "loop").symlink_to(tmp_path)
    inventory = take_inventory(tmp_path, [tmp_path, tmp_path / "own"])
    assert list(inventory.files(".go")) == ["a.go", "own/q.go", "b/d/e.go"]
    assert inventory.has("b") and inventory.has("./b/c.proto") and inventory.has("a.go")
    assert not inventory.has("b/x") and not inventory.has("vendor/x/y.go")
    assert take_inventory(tmp_path / "gone", []).folders == {".": frozenset()}


def test_an_inventory_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gotare.golang.facts.inventory.MOST", 5)
    write(tmp_path, {f"{folder}/{name}.go": "" for folder in "abc" for name in "xyz"})
    assert len(list(take_inventory(tmp_path, []).files(".go"))) < 9
