"""Facts of whole projects, as `go list` and the files tell: platforms, tags, bad input, edits."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from gotare.golang.facts.closure import Package
from gotare.golang.facts.findings import findings_of
from gotare.golang.facts.material import Material
from gotare.golang.facts.reading import Reader
from gotare.golang.facts.store import Store
from gotare.golang.facts.types import Facts, ProgramFacts, SourceFacts
from gotare.golang.project import Project, load_project, with_facts_after_edits
from gotare.golang.toolchain import Go
from tests.golang.sources import MAIN, OFFLINE, load, write

USES = """\
package main

import (
	"fmt"
	"net/http"
	"os"
	"time"

	"example.com/m/store"
)

//go:generate stringer -type=Pill
func main() {
	fmt.Println(os.Getenv("NAME"), os.TempDir())
	time.LoadLocation("Europe/Berlin")
	os.ReadDir("templates")
	store.Open()
	http.ListenAndServe(":8080", nil)
}
"""
STORE = 'package store\n\nimport "os"\n\nfunc Open() { os.WriteFile("state.json", nil, 0o600) }\n'


def project(folder: Path) -> Path:
    return write(folder, {"go.mod": "example.com/m", "main.go": USES, "store/store.go": STORE})


def kinds(facts: ProgramFacts) -> tuple[list[str], list[str | None]]:
    return [need.kind for need in facts.needs], [use.path for use in facts.files]


def load_with(go: Go, folder: Path, store: Path, **options: object) -> Project:
    platforms = [("linux", "amd64")]
    return load_project(folder, [], go, OFFLINE, platforms=platforms, store=store, **options)  # type: ignore[arg-type]


def test_facts_of_a_project(gocmd: Go, tmp_path: Path) -> None:
    write(
        project(tmp_path),
        {"templates/a.html": "", "default.pgo": "", "pill_string.go": "package main\n"},
    )
    found = load(gocmd, tmp_path)
    (program,) = found.facts.programs
    assert (program.package, program.name) == ("example.com/m", "m")
    assert kinds(program) == (["zones"], ["templates", None, "state.json"])
    assert [use.present for use in program.files] == [True, False, False]
    assert [variable.name for variable in program.variables] == ["NAME"]
    assert program.https is None
    assert found.facts.of("example.com/m") is program
    assert found.facts.sources.profiles == ("default.pgo",)
    (generator,) = found.facts.sources.generators
    assert (generator.tool, str(generator.at), generator.committed) == (
        "stringer",
        "main.go:12",
        True,
    )
    assert Project.from_json(json.loads(json.dumps(found.json()))) == found


def test_only_what_a_main_reaches_counts_for_it(gocmd: Go, tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "go.mod": "example.com/m",
            "cmd/a/main.go": USES.replace("NAME", "A"),
            "cmd/b/main.go": MAIN,
            "store/store.go": STORE,
            "unused/unused.go": 'package unused\n\nimport "os"\n\nvar X = os.Getenv("UNUSED")\n',
        },
    )
    a, b = load(gocmd, tmp_path).facts.programs
    assert [variable.name for variable in a.variables] == ["A"]
    assert replace(b, package="", name="") == ProgramFacts("", "")


def test_files_of_other_platforms_and_tags_and_tests_do_not_count(
    gocmd: Go, tmp_path: Path
) -> None:
    read = 'package main\n\nimport "os"\n\nvar _ = os.Getenv("%s")\n'
    write(
        tmp_path,
        {
            "go.mod": "example.com/m",
            "main.go": MAIN,
            "x_windows.go": read % "WINDOWS",
            "x_linux.go": read % "LINUX",
            "x_arm64.go": read % "ARM",
            "x_test.go": read % "TEST",
            "x_tagged.go": "//go:build extra\n\n" + read % "EXTRA",
        },
    )

    def names(*platforms: str, tags: tuple[str, ...] = ()) -> list[str]:
        wanted = [("linux", arch) for arch in platforms]
        loaded = load_project(tmp_path, [], gocmd, OFFLINE, platforms=wanted, tags=tags)
        return [variable.name for variable in loaded.facts.programs[0].variables]

    assert names("amd64") == ["LINUX"]
    assert names("amd64", "arm64") == ["ARM", "LINUX"]
    assert names("amd64", tags=("extra",)) == ["EXTRA", "LINUX"]


def test_vendored_code_is_not_ours(gocmd: Go, tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "go.mod": "module example.com/m\n\ngo 1.21\n\nrequire example.com/dep v1.0.0\n",
            "main.go": 'package main\n\nimport _ "example.com/dep"\n\nfunc main() {}\n',
            "vendor/modules.txt": "# example.com/dep v1.0.0\n## explicit\nexample.com/dep\n",
            "vendor/example.com/dep/dep.go": 'package dep\n\nimport (\n"crypto/tls"\n"os"\n)\n'
            'var _, X = tls.Config{}, os.Getenv("DEP")\n',
        },
    )
    found = load(gocmd, tmp_path, env={**OFFLINE, "GOFLAGS": "", "GOPRIVATE": "example.org"})
    (program,) = found.facts.programs
    assert program.variables == ()
    (need,) = program.needs
    assert (need.kind, str(need.at)) == ("roots", "main.go:3")
    assert need.at.chain == ("example.com/m", "example.com/dep")
    assert found.facts.sources.private == ()


def test_workspace_with_a_module_outside(gocmd: Go, tmp_path: Path) -> None:
    root = (
        write(
            tmp_path,
            {
                "w/go.work": "go 1.21\n\nuse (\n\t./api\n\t../lib\n)\n",
                "w/api/go.mod": "module example.com/api\nreplace example.com/z => ../../z\n",
                "w/api/main.go": 'package main\n\nimport _ "example.com/lib"\n\nfunc main() {}\n',
                "lib/go.mod": "example.com/lib",
                "lib/lib.go": 'package lib\n\nimport "os"\n\nfunc X() { os.Getenv("LIB") }\n',
                "z/go.mod": "example.com/z",
            },
        )
        / "w"
    )
    found = load(gocmd, root, env={**OFFLINE, "GOFLAGS": ""}).facts
    (variable,) = found.programs[0].variables
    assert (variable.name, variable.at.line) == ("LIB", 5)
    assert variable.at.path == str(tmp_path / "lib" / "lib.go")
    assert found.sources.outside == ("../lib", "../z")


def test_files_that_are_not_as_they_should_be(gocmd: Go, tmp_path: Path) -> None:
    write(
        project(tmp_path), {"broken.go": "package main\n\nfunc a() {\n\tx := )\n}\n\nfunc b() {}\n"}
    )
    (tmp_path / "latin.go").write_bytes(b'package main\n\nvar s = "caf\xe9" // \xff\xfe\n')
    (tmp_path / "giant.go").write_text(f"package main\n\nvar giant = `{'x' * (4 << 20)}`\n")
    (tmp_path / "empty.go").write_text("package main\n")
    (tmp_path / "loop").symlink_to(tmp_path)
    found = load(gocmd, tmp_path).facts
    assert {(str(e), e.what) for e in found.sources.errors} == {
        ("broken.go:4", "does not parse"),
        ("giant.go", "is too large to be read"),
        ("latin.go:3", "is not UTF-8"),
    }
    assert kinds(found.programs[0])[0] == ["zones"]


def test_a_file_that_vanished_after_the_listing(tmp_path: Path) -> None:
    packages = {"m": Package("m", str(tmp_path), own=True, files=("gone.go",))}
    material = Material(tmp_path, tmp_path, packages, (("m", "m"),))
    found = findings_of(material, "name", Reader(Store(None)))
    assert [(str(e), e.what) for e in found.errors] == [("gone.go", "cannot be read")]
    assert found.programs == (ProgramFacts("m", "m"),)


def test_five_thousand_files(gocmd: Go, tmp_path: Path) -> None:
    part = 'package p%d\n\nimport "os"\n\nfunc F%d() string { return os.Getenv("V%d") }\n'
    files = {"go.mod": "example.com/m"}
    for number in range(100):
        for piece in range(50):
            files[f"p{number}/f{piece}.go"] = part % (number, piece, number)
    imports = "".join(f'\t_ "example.com/m/p{number}"\n' for number in range(100))
    files["main.go"] = f"package main\n\nimport (\n{imports})\n\nfunc main() {{}}\n"
    write(tmp_path, files)
    (program,) = load(gocmd, tmp_path).facts.programs
    assert len(program.variables) == 100


# kept between runs


def test_a_store_changes_nothing(gocmd: Go, tmp_path: Path) -> None:
    root, store = project(tmp_path / "m"), tmp_path / "store"
    cold = load_with(gocmd, root, store)
    warm = load_with(gocmd, root, store)
    (path,) = store.iterdir()
    path.write_bytes(b"gotare sources 1\nnonsense")
    damaged = load_with(gocmd, root, store)
    assert cold == warm == damaged == load_with(gocmd, root, tmp_path / "other")


def test_files_that_come_and_go_are_seen_in_spite_of_the_store(gocmd: Go, tmp_path: Path) -> None:
    root, store = project(tmp_path / "m"), tmp_path / "store"

    def present() -> bool:
        return load_with(gocmd, root, store).facts.programs[0].files[0].present

    assert not present()
    write(root, {"templates/a.html": ""})
    assert present()
    (root / "templates" / "a.html").unlink()
    (root / "templates").rmdir()
    assert not present()


@pytest.mark.parametrize(
    ("old", "new", "names"),
    [
        ("NAME", "NAME", ["NAME"]),
        ("NAME", "OTHER", ["OTHER"]),
        ('os.Getenv("NAME")', '"x"', []),
        ("func main() {", "// more\nfunc main() {\n\t// lines\n", ["NAME"]),
        ("os.ReadDir", 'os.Getenv("MORE")\n\tos.ReadDir', ["MORE", "NAME"]),
    ],
)
def test_after_an_edit(gocmd: Go, tmp_path: Path, old: str, new: str, names: list[str]) -> None:
    root, store = project(tmp_path / "m"), tmp_path / "store"
    before = load_with(gocmd, root, store)
    write(root, {"main.go": USES.replace(old, new)})
    after = with_facts_after_edits(before, store)
    assert after
    assert [variable.name for variable in after.facts.programs[0].variables] == names
    anew = load_with(gocmd, root, store)
    if "lines" not in new:  # edits of comments alone leave the lines of facts behind
        assert after == anew
    assert after.shapes == anew.shapes
    again = with_facts_after_edits(after, store)
    assert again == after


def test_facts_are_found_anew_from_scratch_when_the_store_is_gone(
    gocmd: Go, tmp_path: Path
) -> None:
    root, store = project(tmp_path / "m"), tmp_path / "store"
    before = load_with(gocmd, root, store)
    assert with_facts_after_edits(before, tmp_path / "other") == before, "nothing was edited"
    write(root, {"main.go": USES.replace("NAME", "OTHER")})
    assert with_facts_after_edits(before, tmp_path / "other") is None


def test_no_facts() -> None:
    assert Facts().of("example.com/x/cmd/tool") == ProgramFacts("example.com/x/cmd/tool", "tool")
    assert Facts().sources == SourceFacts()


def test_private_modules_are_read_like_the_projects_own(gocmd: Go, tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "go.mod": "module git.corp.test/a\n\ngo 1.21\n\nrequire git.corp.test/kit v1.0.0\n",
            "main.go": 'package main\n\nimport "git.corp.test/kit"\n\nfunc main() { kit.Run() }\n',
            "vendor/modules.txt": "# git.corp.test/kit v1.0.0\n## explicit\ngit.corp.test/kit\n",
            "vendor/git.corp.test/kit/kit.go": 'package kit\n\nimport "os"\n\n'
            'func Run() { os.Getenv("KIT") }\n',
        },
    )

    def variables(private: str) -> list[tuple[str, str]]:
        env = {**OFFLINE, "GOFLAGS": "", "GOPRIVATE": private}
        (program,) = load(gocmd, tmp_path, env=env).facts.programs
        return [(variable.name, str(variable.at)) for variable in program.variables]

    assert variables("git.corp.test/*") == [("KIT", "vendor/git.corp.test/kit/kit.go:5")]
    assert variables("*.other.test") == []
    assert variables("*") == [], "turns the proxy off, and tells nothing of who wrote what"
