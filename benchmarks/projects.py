"""The Go projects that are measured, as git repositories with one commit, and edits of one line.

hello   examples/hello: the standard library's HTTP service
large   ko's own source: some 950 packages, a binary of 33 MB
ten     ten small services in one module that share a package
heavy   a program with 96 MB of embedded data
"""

from __future__ import annotations

import itertools
import json
import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import run
from benchmarks.workshop import ROOT, Workshop

_counter: Iterator[int] = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Project:
    """A project: `packages` are its mains, and `edited` is the file whose line changes."""

    name: str
    folder: Path
    packages: tuple[str, ...]
    edited: Path

    def edit(self) -> None:
        """Change one line in the body of a function to something that it never was."""
        self.edited.write_text(with_edit(self.edited.read_text(), next(_counter)))


def with_edit(text: str, number: int) -> str:
    """Return the source with other code in its changing line. Raises ValueError without one.

    Its constant was never there before; constant and machine code are longer or shorter than those
    of the last edit, so that addresses move in the whole program, as they do after most edits.
    """
    head, mark, tail = text.partition(_LINE)
    if not mark:
        raise ValueError("there is no line to change")
    size = number % 3
    line = f'"edit {number}{"." * size}"' + "; measured += measured" * size
    return f"{head}{mark}{line}\n{tail.partition(chr(10))[2]}"


def with_line(text: str, opening: str) -> str:
    """Return the source with a line that changes, first in the function that opens like this.

    The line stores into a variable that the whole program has, so the compiler keeps it.
    """
    head, mark, tail = text.partition(opening)
    if not mark:
        raise ValueError(f"there is no {opening!r}")
    return f'{head}{mark}\n{_LINE}""{tail}\n\nvar measured string\n'


_LINE = "\tmeasured = "


def hello(workshop: Workshop) -> Project:
    """Copy examples/hello."""
    folder = workshop.emptied("projects/hello")
    example = ROOT / "examples" / "hello"
    for path in (*example.glob("*.go"), example / "go.mod", example / "gotare.yaml"):
        shutil.copy(path, folder)
    return committed(workshop, Project("hello", folder, (".",), folder / "server.go"), "serve(")


def large(workshop: Workshop, module: str) -> Project:
    """Take a module's own source, with all modules that it needs in the module cache."""
    answer = run(workshop.step(workshop.go, "mod", "download", "-json", module))
    folder = workshop.emptied("projects/large")
    source = json.loads(answer)["Dir"]
    shutil.copytree(source, folder, copy_function=shutil.copyfile, dirs_exist_ok=True)
    (folder / ".ko.yaml").unlink(missing_ok=True)
    run(workshop.step(workshop.go, "mod", "download", cwd=folder))
    return committed(workshop, Project("large", folder, (".",), folder / "main.go"), "main(")


def ten(workshop: Workshop) -> Project:
    """Make a module with ten services."""
    folder = workshop.emptied("projects/ten")
    (folder / "go.mod").write_text("module example.com/ten\n\ngo 1.24\n")
    shared = folder / "internal" / "greeting"
    shared.mkdir(parents=True)
    (shared / "greeting.go").write_text(_SHARED)
    packages = tuple(f"./cmd/service{number}" for number in range(10))
    for number, package in enumerate(packages):
        (folder / package).mkdir(parents=True)
        (folder / package / "main.go").write_text(_SERVICE.replace("NUMBER", str(number)))
    project = Project("ten", folder, packages, shared / "greeting.go")
    return committed(workshop, project, "Handler(")


_SHARED = """// Package greeting answers for all services.
package greeting

import (
	"encoding/json"
	"net/http"
	"time"
)

func Handler(name string) http.Handler {
	start := time.Now()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		json.NewEncoder(w).Encode(map[string]any{"name": name, "up": time.Since(start).String()})
	})
}
"""

_SERVICE = """package main

import (
	"log"
	"net/http"
	"os"

	"example.com/ten/internal/greeting"
)

func main() {
	log.Fatal(http.ListenAndServe(os.Getenv("ADDR"), greeting.Handler("service NUMBER")))
}
"""


def heavy(workshop: Workshop) -> Project:
    """Make a program that embeds 96 MB, half of which can be compressed."""
    folder = workshop.emptied("projects/heavy")
    (folder / "go.mod").write_text("module example.com/heavy\n\ngo 1.24\n")
    main = folder / "main.go"
    main.write_text(_HEAVY)
    source = random.Random(1)
    with (folder / "data.bin").open("wb") as data:
        for _ in range(48):
            data.write(source.randbytes(1_000_000))
            data.write(source.randbytes(1_000) * 1_000)
    return committed(workshop, Project("heavy", folder, (".",), main), "main(")


_HEAVY = """package main

import (
	_ "embed"
	"fmt"
)

//go:embed data.bin
var data string

func main() {
	fmt.Println(len(data))
}
"""


def committed(workshop: Workshop, project: Project, function: str) -> Project:
    """Add the line that changes, and commit everything to a new repository."""
    text = project.edited.read_text()
    opening = next(line for line in text.splitlines() if line.startswith(f"func {function}"))
    project.edited.write_text(with_line(text, opening))
    folder = project.folder
    (folder / ".gitignore").write_text("/dist\n")
    (folder / ".dockerignore").write_text("/dist\n/.git\n")
    who = ("-c", "user.name=bench", "-c", "user.email=bench@localhost", "-c", "commit.gpgsign=no")
    for args in (("init", "--quiet"), ("add", "--all"), (*who, "commit", "--quiet", "-m", "all")):
        run(workshop.step("git", *args, cwd=folder))
    return project


def packages_of(workshop: Workshop, project: Project) -> int:
    """Return how many packages the project's mains are made of."""
    step = workshop.step(workshop.go, "list", "-deps", *project.packages, cwd=project.folder)
    return len(run(step).splitlines())
