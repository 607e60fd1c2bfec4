"""Go projects to build: the examples, and tiny ones that link in a moment."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path

from tests.conftest import ROOT

MAIN = """package main

import "os"

var version = "dev"

func main() {
	os.Stdout.WriteString("tiny " + version + "\\n")
}
"""

GO_MOD = "module example.com/{name}\n\ngo 1.24\n"


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """Write files below a folder; return the folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return folder


def tiny(folder: Path, files: Mapping[str, str] | None = None, name: str = "tiny") -> Path:
    """Write a module with one small program, and other files."""
    own = {"go.mod": GO_MOD.format(name=name), "main.go": MAIN}
    return write(folder, {**own, **(files or {})})


def many(folder: Path, *names: str) -> Path:
    """Write a module with a small program in cmd/NAME for each name."""
    mains = {f"cmd/{name}/main.go": MAIN.replace("tiny", name) for name in names}
    return write(folder, {"go.mod": GO_MOD.format(name="many"), **mains})


def example(name: str, folder: Path) -> Path:
    """Copy an example project."""
    ignored = shutil.ignore_patterns("dist", "*_test.go")
    shutil.copytree(ROOT / "examples" / name, folder, ignore=ignored)
    return folder


CGO_MAIN = """package main

// #include <stdlib.h>
// #include <unistd.h>
// int doubled(int n) { return abs(n) * 2; }
import "C"
import "fmt"

func main() {
	fmt.Println("cgo says", C.doubled(-21), "as", C.getuid())
}
"""


def cgo(folder: Path) -> Path:
    """Write a program that needs a C library."""
    return write(folder, {"go.mod": GO_MOD.format(name="native"), "main.go": CGO_MAIN})


def publish(proxy: Path, module: str, version: str, files: Mapping[str, str]) -> str:
    """Put a module into a folder that GOPROXY can name; return the URL of the folder.

    Source: go.dev/ref/mod#goproxy-protocol.
    """
    folder = proxy / module / "@v"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "list").open("a") as listing:
        listing.write(f"{version}\n")
    told = {"Version": version, "Time": "2024-01-02T03:04:05Z"}
    (folder / f"{version}.info").write_text(json.dumps(told))
    (folder / f"{version}.mod").write_text(files["go.mod"])
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(f"{module}@{version}/{name}", content)
    (folder / f"{version}.zip").write_bytes(packed.getvalue())
    return proxy.as_uri()
