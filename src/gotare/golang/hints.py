"""What to do about the messages of the go command that people meet most."""

from __future__ import annotations

import re

_HINTS = (
    (
        r"terminal prompts disabled|could not read Username|Authentication failed|"
        r"Permission denied \(publickey|fatal: repository .* not found|401 Unauthorized",
        "a private module: set GOPRIVATE to its prefix and let git reach it (netrc, ssh, or a "
        "credential helper)",
    ),
    (
        r"ambiguous import",
        "two modules provide one package: go mod tidy (a published program may be too old to "
        "build as it is: take another version)",
    ),
    (
        r"not available.*403|403 Forbidden(.|\n)*not available",
        "the module proxy does not serve this version: take another version, or another proxy with "
        "GOPROXY",
    ),
    (
        r"contains one or more replace directives|must not contain (replace|exclude) directives",
        "go install refuses such modules: clone the repository and run gotare build there",
    ),
    (
        r"reading .*(404 Not Found|410 Gone|403 Forbidden)|SECURITY ERROR",
        "check the path and the version; if the module is private, set GOPRIVATE to its prefix, "
        "so that no proxy or checksum database is asked",
    ),
    (
        r"module lookup disabled by GOPROXY=off|dial tcp|no such host|i/o timeout",
        "the module is not in the module cache and cannot be fetched: check the network and "
        "GOPROXY, or vendor it (go mod vendor)",
    ),
    (r"requires go >= |note: module requires Go ", "install a newer Go (go.dev/doc/install)"),
    (
        r"toolchain not available|cannot find \"go\d",
        "install the Go that go.mod asks for (go.dev/doc/install)",
    ),
    (
        r"missing go\.sum entry|updates to go\.mod needed|no required module provides|"
        r"go: updates to go\.(mod|sum|work) needed|is not in your go\.mod file|"
        r"import lookup disabled by -mod",
        "go mod tidy",
    ),
    (r"inconsistent vendoring", "go mod vendor"),
    (
        r"not one of the workspace modules|does not contain modules listed in go\.work|"
        r"not (used|listed) in (the )?go\.work",
        "go work use DIR, or build without the workspace: GOWORK=off",
    ),
    (r"import cycle not allowed", "move what both packages need into a third one"),
    (
        r"pattern .*: no matching files found",
        "make the embedded files first (go generate, npm run build, …)",
    ),
    (r"no space left on device", "free some space, or set GOTMPDIR and GOCACHE to another disk"),
    (
        r"could not determine what C\.|C source files not allowed when not using cgo|"
        r"-race requires cgo|requires external \(cgo\) linking",
        "the program needs cgo: build with --cgo",
    ),
    (
        r"C compiler .* not found|exec: \"(gcc|clang|cc|g\+\+)\"",
        "install a C compiler, or name one with CC",
    ),
    (r"go mod init|cannot find main module", "go mod init NAME"),
)


def hint_for(output: str) -> str | None:
    """Return the remedy for the first known message in go's output."""
    return next((hint for pattern, hint in _HINTS if re.search(pattern, output)), None)
