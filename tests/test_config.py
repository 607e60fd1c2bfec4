"""gotare.yaml: every key is read, and everything wrong is named with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotare.config import load_config, parse_config
from gotare.errors import ConfigError, UsageError
from gotare.oci.image import HealthCheck
from gotare.places import PROBE
from gotare.settings import Config, FileMapping, Settings

WHOLE = """
base: debian:12-slim
add: [certificates]
platforms: [linux/amd64, linux/arm64]
tags: ["registry.test/{name}:1.0"]
user: "1000:1000"
workdir: /app
env: {LEVEL: info, PORT: 8080, DEBUG: false}
ports: [8080, 9090/udp]
volumes: [/data]
stop-signal: SIGINT
healthcheck:
  command: [/usr/local/bin/app, healthcheck]
  interval: 30s
  timeout: 1m30s
  start-period: 500ms
  retries: 3
labels: {team: a}
annotations: {note: b}
allow: [../shared]
files:
  - {source: templates, destination: /app/templates}
  - {source: run.sh, destination: /app/, mode: "0755", owner: "1000:1000"}
entrypoint: [/usr/local/bin/app]
args: [serve]
go:
  tags: [prod]
  ldflags: -X 'main.a=b c' -extldflags=-static
  flags: [-mod=vendor]
  env: {GOAMD64: v3}
  cgo: static
  symbols: true
compression: zstd:9
media-types: oci
sbom: cyclonedx
images:
  api: {package: ./cmd/api, ports: [1]}
  tools: {packages: [./cmd/a, ./cmd/b]}
  bare:
"""


def test_every_key_is_read() -> None:
    config = parse_config(WHOLE, "gotare.yaml")
    assert config.common == Settings(
        base="debian:12-slim",
        add=("certificates",),
        platforms=("linux/amd64", "linux/arm64"),
        tags=("registry.test/{name}:1.0",),
        user="1000:1000",
        workdir="/app",
        env={"LEVEL": "info", "PORT": "8080", "DEBUG": "false"},
        ports=("8080", "9090/udp"),
        volumes=("/data",),
        stop_signal="SIGINT",
        healthcheck=HealthCheck(("/usr/local/bin/app", "healthcheck"), 30.0, 90.0, 0.5, 3),
        labels={"team": "a"},
        annotations={"note": "b"},
        allow=("../shared",),
        files=(
            FileMapping("templates", "/app/templates"),
            FileMapping("run.sh", "/app/", 0o755, "1000:1000"),
        ),
        entrypoint=("/usr/local/bin/app",),
        args=("serve",),
        go_tags=("prod",),
        go_ldflags=("-X", "main.a=b c", "-extldflags=-static"),
        go_flags=("-mod=vendor",),
        go_env={"GOAMD64": "v3"},
        cgo="static",
        symbols=True,
        compression="zstd:9",
        media_types="oci",
        sbom="cyclonedx",
    )
    assert config.images == {
        "api": Settings(packages=("./cmd/api",), ports=("1",)),
        "tools": Settings(packages=("./cmd/a", "./cmd/b")),
        "bare": Settings(),
    }


@pytest.mark.parametrize("content", ["", "# nothing\n", "base:\n", "---\n{}\n"])
def test_nothing_said_is_nothing_settled(content: str) -> None:
    assert parse_config(content, "x").common == Settings()


@pytest.mark.parametrize(
    ("content", "message", "hint"),
    [
        ("xyz: 1\nprots: [1]", "gotare.yaml:1:6: unknown key 'xyz'", "keys: base"),
        ("prots: [1]", "gotare.yaml:1:8: unknown key 'prots'", "did you mean 'ports'?"),
        ("go: {ldflag: x}", "unknown key 'ldflag'", "did you mean 'ldflags'?"),
        ("ports: {a: b}", "ports must be a text, not a mapping", None),
        ("ports: [[1]]", r"ports\[0\] must be a text, not a list", None),
        ("base: [a]", "base must be a text, not a list", None),
        ("base: true", "base must be a text, not 'true'", None),
        ("user: ~\nworkdir: {}", "workdir must be a text, not a mapping", None),
        ("env: [a]", "env must be a mapping, not a list", None),
        ("env: {A: [1]}", "env.A must be a text, not a list", None),
        ("env: {A: }", "env.A must be a text, not empty", None),
        ("go: {cgo: maybe}", "go.cgo must be true, false, dynamic or static", None),
        ("go: {symbols: 1}", "go.symbols must be true or false, not '1'", None),
        ('go: {ldflags: "\'"}', "go.ldflags cannot be split", None),
        ("entrypoint: /app run", "entrypoint must be a list of words", None),
        ("healthcheck: {interval: 3s}", "healthcheck has no command and no url", None),
        ("healthcheck: {command: [a], url: http://x/}", "both a command and a url", None),
        ("healthcheck: https://localhost/health", "none, http://HOST:PORT/PATH", None),
        ("healthcheck: {url: 'http://a b/'}", "none, http://HOST:PORT/PATH", None),
        ("healthcheck: {command: [a], interval: 3}", "a duration such as 30s", None),
        ("healthcheck: {command: [a], retries: -1}", "not negative", None),
        ("files: [{source: a}]", "an item of files has no destination", None),
        ("files: [{source: a, destination: b, mode: 9}]", "octal mode", None),
        ("media-types: both", "media-types must be one of oci, docker, not 'both'", None),
        ("sbom: true", "sbom must be a text", None),
        ("add: [ca]", r"add\[0\] must be one of certificates, zones, users, tmp", None),
        ("images: {Api: {}}", "not an image name: 'Api'", "lower case"),
        ("images: {a: {package: x, packages: [y]}}", "both package and packages", None),
        ("images: {a: {platforms: [x]}}", "unknown key 'platforms'", None),
        ("images: [a]", "images must be a mapping", None),
        ("base: a\nbase: b", "gotare.yaml:2:1: base stands twice", None),
        ("- a", "must be a mapping", None),
        ("a: [", "gotare.yaml:2:1: not YAML|gotare.yaml:1:5: not YAML", None),
        ("\t", "not YAML", None),
        ("a: b: c", "not YAML", None),
        ("base: !!python/object:os.system x", "base must be a text", None),
    ],
)
def test_everything_wrong_is_named(content: str, message: str, hint: str | None) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        parse_config(content, "gotare.yaml")
    assert caught.value.exit_code == 2
    if hint:
        assert hint in str(caught.value.hint)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(content: str) -> None:
    try:
        assert isinstance(parse_config(content, "x"), Config)
    except ConfigError as error:
        assert error.message.startswith("x")


def test_aliases_that_multiply_are_harmless() -> None:
    lines = ["a0: &a0 [x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    with pytest.raises(ConfigError, match="unknown key 'a0'"):
        parse_config("\n".join(lines), "x")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    assert load_config(tmp_path) == Config()
    path = tmp_path / "gotare.yaml"
    path.write_bytes(b"base: \xff")
    with pytest.raises(ConfigError, match="not UTF-8"):
        load_config(tmp_path)
    path.write_bytes(b"#" * (1 << 21))
    with pytest.raises(ConfigError, match="larger than"):
        load_config(tmp_path)
    path.unlink()
    path.mkdir()
    with pytest.raises(ConfigError, match="Is a directory"):
        load_config(tmp_path)


def test_flags_lie_over_the_file_and_maps_are_merged() -> None:
    low = Settings(base="a", env={"A": "1", "B": "1"}, ports=("1",))
    high = Settings(env={"B": "2"}, ports=("2",))
    assert low.under(high) == Settings(base="a", env={"A": "1", "B": "2"}, ports=("2",))


@pytest.mark.parametrize(("owner", "ids"), [("1:2", (1, 2)), ("7", (7, 7)), ("0:0", (0, 0))])
def test_owners_are_numbers(owner: str, ids: tuple[int, int]) -> None:
    assert FileMapping("a", "/a", None, owner).ids == ids
    with pytest.raises(UsageError, match="not an owner"):
        _ = FileMapping("a", "/a", None, "root:root").ids


@pytest.mark.parametrize("text", ["healthcheck: {}", "healthcheck:\n  url: {}\n  retries: 5"])
@pytest.mark.parametrize("url", ["http://127.0.0.1:8080/healthz", "tcp://localhost:5432"])
def test_an_address_is_asked_by_the_probe(text: str, url: str) -> None:
    check = parse_config(text.format(url), "gotare.yaml").common.healthcheck
    assert check == HealthCheck((PROBE, url), 30, 3, 5, 5 if "retries" in text else 3)
