"""What programs need at run time: one small real program a case."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from gotare.golang.linked import Need, Needs, run_time_needs
from tests.conftest import need
from tests.golang.programs import LINUX, build_programs


def program(imports: str, body: str) -> str:
    """A Go program that imports the packages and runs the body."""
    lines = "\n".join(f'\t"{name}"' for name in imports.split())
    return f"package main\n\nimport (\n{lines}\n)\n\nfunc main() {{\n{body}\n}}\n"


CASES = {
    "plain": program("fmt time", "fmt.Println(time.Now())"),
    "server": program("net/http", 'http.ListenAndServe(":1", nil)'),
    "tlsserver": program("net/http", 'http.ListenAndServeTLS(":1", "c", "k", nil)'),
    "httpclient": program("net/http", 'http.Get("https://example.com")'),
    "tlsclient": program("crypto/tls", 'tls.Dial("tcp", "example.com:1", nil)'),
    "wrapped": program("crypto/tls", "tls.Client(nil, nil).Handshake()"),
    "mail": program("net/smtp", "(&smtp.Client{}).StartTLS(nil)"),
    "pool": program("crypto/x509", "x509.SystemCertPool()"),
    "verify": program("crypto/x509", "(&x509.Certificate{}).Verify(x509.VerifyOptions{})"),
    "parse": program("crypto/x509", "x509.ParseCertificate(nil)"),
    "fallback": program(
        "crypto/x509 net/http",
        'x509.SetFallbackRoots(x509.NewCertPool())\nhttp.Get("https://example.com")',
    ),
    "zone": program(
        "os time", "if _, err := time.LoadLocation(os.Args[1]); err != nil {\npanic(err)\n}"
    ),
    "embedded": program(
        "os time", "if _, err := time.LoadLocation(os.Args[1]); err != nil {\npanic(err)\n}"
    ).replace('"time"', '"time"\n\t_ "time/tzdata"'),
    "current": program("os/user", "user.Current()"),
    "lookup": program("os/user", 'user.Lookup("root")'),
    "lookupid": program("os/user", 'user.LookupId("0")'),
    "group": program("os/user", 'user.LookupGroup("root")'),
    "groupid": program("os/user", 'user.LookupGroupId("0")'),
    "groups": program("os/user", "(&user.User{}).GroupIds()"),
    "file": program("os", 'os.CreateTemp("", "x")'),
    "folder": program("os", 'os.MkdirTemp("", "x")'),
    "tempdir": program("os", "println(os.TempDir())"),
    "old": program("io/ioutil", 'ioutil.TempFile("", "x")'),
    "dial": program("net", 'net.Dial("tcp", "example.com:1")'),
}

NEEDED = {
    "server": {"certificates", "resolver"},
    "tlsserver": {"certificates", "resolver"},
    "httpclient": {"certificates", "resolver"},
    "tlsclient": {"certificates", "resolver"},
    "wrapped": {"certificates"},
    "mail": {"certificates"},
    "pool": {"certificates"},
    "verify": {"certificates"},
    "fallback": {"resolver"},
    "zone": {"zones"},
    "current": {"users"},
    "lookup": {"users"},
    "lookupid": {"users"},
    "group": {"users"},
    "groupid": {"users"},
    "groups": {"users"},
    "file": {"temporary_files"},
    "folder": {"temporary_files"},
    "tempdir": {"temporary_files"},
    "old": {"temporary_files"},
    "dial": {"resolver"},
}
UNCERTAIN = {"server", "tlsserver", "wrapped"}


@pytest.fixture(scope="session")
def binaries(go: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """All cases, stripped, without cgo."""
    return build_programs(go, tmp_path_factory.mktemp("linked"), CASES, **LINUX)


def needed(needs: Needs) -> dict[str, Need]:
    """The needs that hold, by name."""
    found = {name: getattr(needs, name) for name in Needs.__slots__}
    return {name: value for name, value in found.items() if value}


@pytest.mark.parametrize("case", CASES)
def test_needs(binaries: dict[str, Path], case: str) -> None:
    found = needed(run_time_needs(binaries[case]))
    assert set(found) == NEEDED.get(case, set())
    assert all(value.evidence for value in found.values())
    uncertain = {name for name, value in found.items() if not value.certain}
    assert uncertain == ({"certificates"} if case in UNCERTAIN else set())


def test_what_makes_a_need_void_is_told(binaries: dict[str, Path]) -> None:
    zones = run_time_needs(binaries["embedded"]).zones
    assert (bool(zones), zones.evidence) == (False, ("time/tzdata.loadFromEmbeddedTZData",))
    roots = run_time_needs(binaries["fallback"]).certificates
    assert (bool(roots), roots.evidence) == (False, ("crypto/x509.SetFallbackRoots",))


@pytest.mark.parametrize("tags", ["timetzdata"])
def test_zones_by_tag_are_embedded(go: Path, tmp_path: Path, tags: str) -> None:
    sources = {"zone": CASES["zone"]}
    binary = build_programs(go, tmp_path, sources, f"-tags={tags}", **LINUX)["zone"]
    assert not run_time_needs(binary).zones


@pytest.mark.parametrize("architecture", ["arm", "s390x"])
def test_other_platforms_tell_the_same(go: Path, tmp_path: Path, architecture: str) -> None:
    sources = {name: CASES[name] for name in ("zone", "lookup", "file")}
    found = build_programs(go, tmp_path, sources, GOARCH=architecture, **LINUX)
    for name, binary in found.items():
        assert set(needed(run_time_needs(binary))) == NEEDED[name]


def test_without_optimisation_too(go: Path, tmp_path: Path) -> None:
    sources = {name: CASES[name] for name in ("zone", "lookup", "tempdir")}
    found = build_programs(go, tmp_path, sources, "-gcflags=-N -l", **LINUX)
    for name, binary in found.items():
        assert set(needed(run_time_needs(binary))) == NEEDED[name]


@pytest.mark.parametrize(("case", "runs"), [("zone", False), ("embedded", True)])
def test_the_claim_about_zones_holds(binaries: dict[str, Path], case: str, runs: bool) -> None:
    app = str(binaries[case])
    sandbox = [str(need("bwrap")), "--ro-bind", app, "/app", "/app", "Europe/Paris"]
    done = subprocess.run(sandbox, capture_output=True, text=True)
    assert (done.returncode == 0) is runs, done.stderr
    assert ("unknown time zone" in done.stderr) is not runs
