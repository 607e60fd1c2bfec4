"""How long `gotare plan` takes on a project of 200 packages, beside the `go list` that it needs."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Final

from benchmarks.contenders import Field
from benchmarks.measure import Contender, race
from benchmarks.projects import Project, committed
from benchmarks.report import Section, at_most, median_of, times
from benchmarks.workshop import Workshop

PLAN: Final = "gotare plan"
PLAN_EDIT: Final = "gotare plan, a file edited"
PLAN_COLD: Final = "gotare plan, nothing read before"
LIST: Final = "go list -deps"
PACKAGES: Final = 200

_TEXT = """A module with 200 packages of its own, 48,000 lines, and one main that imports them all;
Go's cache is warm, and gotare has read the files before. `go list` is asked for the fields that
gotare needs, and shows what cannot be saved."""

_FIELDS = "-json=Dir,ImportPath,Name,Standard,DepOnly,GoFiles,CgoFiles,IgnoredGoFiles,EmbedPatterns,Imports,Module,Error"  # noqa: E501


def wide(workshop: Workshop) -> Project:
    """Make a service whose 200 packages have handlers, settings, stores and clients."""
    folder = workshop.emptied("projects/wide")
    (folder / "go.mod").write_text("module example.com/wide\n\ngo 1.24\n")
    names = [f"part{number:03}" for number in range(PACKAGES)]
    for number, name in enumerate(names):
        package = folder / "internal" / name
        package.mkdir(parents=True)
        for piece in range(4):
            text = _PART.replace("PACKAGE", name).replace("PIECE", f"{number}x{piece}")
            (package / f"piece{piece}.go").write_text(text + _filling(piece))
    main = folder / "main.go"
    imports = "\n".join(f'\t"example.com/wide/internal/{name}"' for name in names)
    calls = "\n".join(f"\t{name}.Register{number}x0(mux)" for number, name in enumerate(names))
    main.write_text(_MAIN.replace("IMPORTS", imports).replace("CALLS", calls))
    return committed(workshop, Project("wide", folder, (".",), main), "main(")


def _filling(piece: int) -> str:
    """Return functions as they make up most of any program."""
    return "".join(_FUNCTION.replace("NAME", f"step{piece}x{number}") for number in range(4))


_MAIN = """package main

import (
	"log"
	"net/http"
	"os"

IMPORTS
)

func main() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {})
CALLS
	port := os.Getenv("PORT")
	if port == "" {
		port = "8080"
	}
	log.Fatal(http.ListenAndServe(":"+port, mux))
}
"""

_PART = """package PACKAGE

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"sort"
	"strings"
)

type ConfigPIECE struct {
	Name  string `json:"name"`
	Limit int    `json:"limit"`
}

func RegisterPIECE(mux *http.ServeMux) {
	mux.HandleFunc("GET /items/PIECE", func(w http.ResponseWriter, r *http.Request) {
		config, err := loadPIECE(r.URL.Query().Get("name"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(config)
	})
}

func loadPIECE(name string) (*ConfigPIECE, error) {
	if name == "" {
		name = os.Getenv("NAME_PIECE")
	}
	if name == "" {
		return nil, errors.New("no name")
	}
	words := strings.Fields(name)
	sort.Strings(words)
	full := fmt.Sprintf("%s-%d", strings.Join(words, "-"), len(words))
	return &ConfigPIECE{Name: full, Limit: 10}, nil
}
"""

_FUNCTION = """
func NAME(values []string) (map[string]int, error) {
	counts := make(map[string]int, len(values))
	for index, value := range values {
		if value == "" {
			return nil, fmt.Errorf("value %d is empty", index)
		}
		counts[strings.ToLower(value)] += index
	}
	return counts, nil
}
"""


def _forget(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def plan(field: Field, project: Project, rounds: int) -> Section:
    """Plan a large project again and again."""
    shop = field.workshop
    listing = shop.step(shop.go, "list", "-deps", _FIELDS, *project.packages, cwd=project.folder)
    planning = shop.step(field.gotare, "plan", "--quiet", *project.packages, cwd=project.folder)
    folder = shop.folder / "plan-cache"
    cold = replace(planning, env={**planning.env, "GOTARE_CACHE": str(folder)})
    series = race(
        [
            Contender(LIST, listing, PLAN),
            Contender(PLAN, planning, PLAN),
            replace(Contender(PLAN_EDIT, planning, PLAN_EDIT), before=project.edit),
            replace(Contender(PLAN_COLD, cold, PLAN_COLD), before=lambda: _forget(folder)),
        ],
        rounds,
    )
    took = median_of(series, PLAN)
    aims = [at_most("plan, 200 packages: under 1000 ms", 1000, took and took * 1000, "ms")]
    return Section("Plan: 200 packages", _TEXT, times(series), aims)
