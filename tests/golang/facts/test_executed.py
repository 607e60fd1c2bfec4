"""Programs that are run, as real projects write it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotare.golang.facts.executed import executed_of, programs_in
from tests.golang.facts.scopes import snippet


def names(imports: str, text: str) -> list[str | None]:
    return [item.name for item in executed_of(snippet(imports, text))]


@pytest.mark.parametrize(
    ("imports", "text", "expected"),
    [
        ("os/exec", 'exec.Command("git", "rev-parse", "HEAD").Output()', ["git"]),
        ("os/exec", 'cmd := exec.CommandContext(ctx, "ffmpeg", "-i", in)\ncmd.Run()', ["ffmpeg"]),
        ("os/exec", 'exec.Command("/usr/bin/pg_dump", dsn)', ["pg_dump"]),
        ("os/exec", 'if _, err := exec.LookPath("docker"); err != nil {}', ["docker"]),
        ("os/exec", 'exec.Command("sh", "-c", "git pull && make")', ["sh", "git", "make"]),
        ("os/exec", 'exec.Command("bash", "-lc", "cat x | jq .a > y")', ["bash", "cat", "jq"]),
        ("os/exec", 'exec.Command("sh", "-c", "FOO=1 curl -s "+url)', ["sh", "curl"]),
        ("os/exec", 'exec.Command("sh", "-c", script)', ["sh"]),
        ("os/exec", "exec.Command(args[0], args[1:]...)", [None]),
        ("os/exec", 'p, _ := exec.LookPath("git")\nexec.Command(p, "log")', ["git"]),
        ("os/exec", 'exec.Command("./scripts/run.sh")', ["./scripts/run.sh"]),
        ("syscall os", 'syscall.Exec("/bin/sh", os.Args, os.Environ())', ["sh"]),
        ("os", 'os.StartProcess("/usr/bin/env", nil, nil)', ["env"]),
        ("github.com/bitfield/script", 'script.Exec("kubectl get pods")', ["kubectl"]),
        ("os/exec", 'exec.Command("git", "a")\nexec.Command("git", "b")', ["git"]),
        ("os/exec os", "exec.Command(os.Args[0], os.Args[1:]...)", []),
        ("os/exec", 'exec.Command("/proc/self/exe", "child")', []),
        ("example.com/app/exec", 'exec.Command("git")', []),
        ("fmt", 'fmt.Println("exec.Command(git)")', []),
    ],
)
def test_executed(imports: str, text: str, expected: list[str | None]) -> None:
    assert names(imports, text) == expected


def test_the_name_comes_through_constants() -> None:
    text = 'const tool = "wkhtmltopdf"\n\nfunc main() {\n\texec.Command(tool, "-q").Run()\n}'
    found = executed_of(snippet("os/exec", text))
    assert [(item.name, str(item.at)) for item in found] == [("wkhtmltopdf", "main.go:10")]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("cd /x && ls", ["ls"]),
        ("if true; then rsync a b; fi", ["rsync"]),
        ("for f in *; do gzip $f; done", ["gzip"]),
        ("$CMD x", []),
        ("a=1 b=2 env", ["env"]),
        ("/usr/local/bin/tool --x\nother", ["tool", "other"]),
        ('echo "unended', []),
    ],
)
def test_scripts(script: str, expected: list[str]) -> None:
    assert list(programs_in(script)) == expected


@given(st.text())
def test_any_script_is_read(script: str) -> None:
    assert all(isinstance(name, str) and name for name in programs_in(script))
