"""Dockerfiles with the structure and the flaws of those in guides, and projects to build them in.

`tests/lint/guides/NAME/` holds a Dockerfile and `expected.txt`:

    alone        what is found in the file by itself, warnings and errors, as `line rule`
    project      the same where it lies in a Go project
    notes        what else is told of there, but for what is told of nearly all
    repair       what makes it pass there: nothing, safe, unsafe, or rewrite
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

from gotare.findings import Finding, Severity
from gotare.lint.around import Known, Load
from gotare.linting.rewrite import rewritten
from gotare.linting.session import LintRequest, Session
from gotare.writing.atomic import write_all
from tests.build.projects import write
from tests.lint.cases import case_env

GUIDES: Final = Path(__file__).parent / "guides"
Repair = Literal["nothing", "safe", "unsafe", "rewrite"]
REPAIRS: Final[tuple[Repair, ...]] = get_args(Repair)

SERVICE: Final = """package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

var (
	Version   = "dev"
	BuildDate = ""
	GitCommit = ""
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "version" {
		fmt.Println("harbour", Version)
		return
	}
	if len(os.Args) > 1 && os.Args[1] == "healthcheck" {
		answer, err := http.Get("http://localhost:PORT/health")
		if err != nil || answer.StatusCode != http.StatusOK {
			os.Exit(1)
		}
		return
	}
	others := &http.Client{Timeout: 5 * time.Second}
	routes := http.NewServeMux()
	routes.HandleFunc("/health", func(w http.ResponseWriter, r *http.Request) {})
	routes.HandleFunc("/tides", func(w http.ResponseWriter, r *http.Request) {
		answer, err := others.Get("https://tides.example.com/today")
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		answer.Body.Close()
	})
	server := &http.Server{
		Addr: ":PORT", Handler: routes, ReadHeaderTimeout: time.Second, IdleTimeout: time.Minute,
	}
	told, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	go func() {
		if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
			log.Fatal(err)
		}
	}()
	<-told.Done()
	end, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = server.Shutdown(end)
}
"""
TOOL: Final = """package main

import "fmt"

var Version = "dev"

func main() {
	fmt.Println("harbour", Version)
}
"""
COMMON: Final = {
    "go.mod": "module example.com/harbour\n\ngo 1.25\n",
    "go.sum": "",
    ".dockerignore": ".git\n.dockerignore\n**/.env\nDockerfile\n",
    "Makefile": "proto:\n\techo generated\n",
}


@dataclass(frozen=True)
class Guide:
    """A Dockerfile with what is expected of it."""

    name: str

    @property
    def text(self) -> str:
        """The Dockerfile."""
        return (GUIDES / self.name / "Dockerfile").read_text()

    @property
    def expected(self) -> Path:
        """The file that says what is expected."""
        return GUIDES / self.name / "expected.txt"

    def section(self, title: str) -> list[str]:
        """Return what is expected under a title."""
        return sections(self.expected.read_text())[title]

    @property
    def repair(self) -> Repair:
        """Return what makes it pass in a project."""
        (found,) = self.section("repair")
        return REPAIRS[REPAIRS.index(found)]

    @property
    def sources(self) -> dict[str, str]:
        """The files of a project that the Dockerfile fits, without itself."""
        package = re.search(r" \./(cmd/\w+)", self.text)
        port = re.search(r"^EXPOSE (\d+)", self.text, re.MULTILINE)
        main = TOOL if self.name == "command-line-tool" else SERVICE
        folder = f"{package[1]}/" if package else ""
        main = main.replace("PORT", port[1] if port else "8080")
        files = {**COMMON, f"{folder}main.go": main}
        if "migrations" in self.text:
            files["migrations/1.sql"] = "CREATE TABLE ships (name text);\n"
        for name in re.findall(r"^COPY (\w+) ", self.text, re.MULTILINE):
            files[name] = "#!/bin/sh\n"
        return files

    def lay_out(self, place: Path) -> Path:
        """Write the project with the Dockerfile into a folder."""
        return write(place, {**self.sources, "Dockerfile": self.text})


def guides() -> list[Guide]:
    """Return all, by name."""
    return [Guide(folder.name) for folder in sorted(GUIDES.iterdir())]


def sections(text: str) -> dict[str, list[str]]:
    """Return the lines under each title; what is expected is indented."""
    found: dict[str, list[str]] = {}
    for line in filter(None, text.split("\n")):
        if line.startswith(" "):
            found[list(found)[-1]].append(line.strip())
        else:
            found[line] = []
    return found


def written(expected: dict[str, list[str]]) -> str:
    """Return sections as they are written down."""
    return "".join(
        f"{title}\n" + "".join(f"    {line}\n" for line in lines)
        for title, lines in expected.items()
    )


USUAL: Final = frozenset({
    "unpinned-base", "no-module-cache-mount", "no-build-cache-mount", "no-trimpath", "no-strip",
    "expose-missing", "healthcheck-missing", "named-user", "shell-in-final-image",
})  # fmt: skip
"""Informations that nearly every Dockerfile of a guide gets; they have cases of their own."""


def notes(findings: tuple[Finding, ...]) -> list[str]:
    """Return informations as `line rule`, without those that are usual."""
    told = (f for f in findings if f.severity == Severity.INFO)
    return [f"{f.at.line} {f.rule}" for f in told if f.rule not in USUAL]


def short(findings: tuple[Finding, ...]) -> list[str]:
    """Return warnings and errors as `line rule`."""
    return [f"{f.at.line} {f.rule}" for f in findings if f.severity > Severity.INFO]


def session_in(place: Path, known: Known) -> Session:
    """Return a session about the Dockerfile in a folder, whose project was read before."""
    load: Load = lambda _: known  # noqa: E731
    return Session(LintRequest(place, ("Dockerfile",), bare=True), case_env(place), load)


def findings_in(place: Path, known: Known) -> tuple[Finding, ...]:
    """Return what is found in the Dockerfile of a folder."""
    outcome = session_in(place, known).lint()
    assert outcome.failures == ()
    return outcome.findings


def found_in(place: Path, known: Known) -> list[str]:
    """Return the warnings and errors in the Dockerfile of a folder."""
    return short(findings_in(place, known))


def fix(place: Path, known: Known, *, unsafe: bool) -> None:
    """Do what `gotare lint --fix` does."""
    session, told = session_in(place, known), list[str]()
    fixing = session.fixing(session.lint(), unsafe)
    fixing.repair(session.targets, told.append)
    assert told == [], "a fix that undoes another"
    write_all(fixing.changes())


def rewrite(place: Path, known: Known) -> None:
    """Do what `gotare lint --rewrite --force` does."""
    write_all([change for change in rewritten(session_in(place, known)) if change.writes])


def repair(place: Path, known: Known, how: Repair) -> None:
    """Repair the Dockerfile of a folder in the way that is expected to make it pass."""
    if how in ("safe", "unsafe"):
        fix(place, known, unsafe=how == "unsafe")
    elif how == "rewrite":
        rewrite(place, known)


def least_repair(place: Path, known: Known) -> Repair:
    """Try one repair after the other; return the first after which nothing is found."""
    for how in REPAIRS:
        repair(place, known, how)
        if not found_in(place, known):
            return how
    raise AssertionError(f"nothing makes {place} pass: {found_in(place, known)}")


def is_writing() -> bool:
    """Whether expectations are to be written anew."""
    return bool(os.environ.get("GOTARE_WRITE_EXPECTED"))
