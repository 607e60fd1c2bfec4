"""What is settled stands in gotare.yaml and is read back; what the user wrote there stays."""

from __future__ import annotations

import string
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gotare.config import parse_config
from gotare.errors import ConfigError
from gotare.generate.config_document import duration, to_document
from gotare.generate.config_text import config_file, edited, on_base, where_to
from gotare.generate.files import Choices, Settled
from gotare.generate.yaml_text import to_yaml
from gotare.oci.image import HealthCheck
from gotare.places import PROBE
from gotare.settings import ADDITIONS, Config, FileMapping, Settings
from gotare.workload import Note
from tests.generate.plans import api_plan, plan
from tests.generate.plans import image as image_plan

TEXT = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=12)
TEXTS = st.lists(TEXT, max_size=3).map(tuple)
PAIRS = st.dictionaries(TEXT, TEXT, max_size=3)
SECONDS = st.one_of(
    st.integers(0, 9000).map(float), st.integers(1, 9999).map(lambda ms: ms * 0.001)
)
URLS = st.sampled_from(
    ["http://127.0.0.1:8080/healthz", "tcp://127.0.0.1:5432", "http://[::1]:9/a#b"]
)
TIMES: dict[str, Any] = {
    "interval": st.none() | SECONDS,
    "timeout": st.none() | SECONDS,
    "start_period": st.none() | SECONDS,
    "retries": st.none() | st.integers(0, 9),
}
CHECKS = st.one_of(
    st.just(HealthCheck(())),
    st.builds(HealthCheck, command=st.lists(TEXT, min_size=1, max_size=3).map(tuple), **TIMES),
    st.builds(lambda url: HealthCheck((PROBE, url), 30.0, 3.0, 5.0, 3), URLS),
    st.builds(lambda url: HealthCheck((PROBE, url), 10.0, 1.5, 2.0, 1), URLS),
)
FILES = st.builds(
    FileMapping,
    TEXT,
    TEXT,
    st.none() | st.integers(0, 0o7777),
    st.sampled_from(["0:0", "65532:65532", "65532"]),
)
ONE: dict[str, Any] = {
    "base": TEXT,
    "add": st.lists(st.sampled_from(ADDITIONS), max_size=2).map(tuple),
    "tags": TEXTS,
    "user": TEXT,
    "workdir": TEXT,
    "env": PAIRS,
    "ports": TEXTS,
    "volumes": TEXTS,
    "stop_signal": TEXT,
    "healthcheck": CHECKS,
    "labels": PAIRS,
    "annotations": PAIRS,
    "files": st.lists(FILES, max_size=2).map(tuple),
    "allow": TEXTS,
    "entrypoint": TEXTS,
    "args": TEXTS,
    "go_tags": TEXTS,
    "go_ldflags": TEXTS,
    "go_flags": TEXTS,
    "go_env": PAIRS,
    "cgo": st.sampled_from(["off", "dynamic", "static"]),
    "symbols": st.booleans(),
    "platforms": TEXTS,
    "compression": TEXT,
    "media_types": st.sampled_from(["oci", "docker"]),
    "sbom": st.sampled_from(["none", "spdx", "cyclonedx"]),
}
SETTINGS = st.fixed_dictionaries({}, optional=ONE).map(lambda values: Settings(**values))


def test_every_setting_is_tried() -> None:
    assert set(ONE) | {"packages"} == set(Settings.__dataclass_fields__)


@given(SETTINGS)
def test_settings_are_read_back_equal(said: Settings) -> None:
    document = to_document(said)
    text = to_yaml(document) if document else ""
    assert parse_config(text, "gotare.yaml") == Config(said)


@settings(max_examples=40)  # the editor takes some 20 ms
@given(SETTINGS, SETTINGS)
def test_editing_adds_and_replaces(before: Settings, after: Settings) -> None:
    """What is settled is there, everything else is as before, and so are the comments."""
    old, new = to_document(before), to_document(after)
    text = "# mine\n" + (to_yaml(old, below="at the end") if old else "")
    result = edited(text, [Settled((key,), value, "because") for key, value in new.items()])
    assert parse_config(result, "gotare.yaml") == parse_config(
        to_yaml({**old, **new}) if old or new else "", "gotare.yaml"
    )
    assert result.startswith("# mine\n")
    assert ("# at the end" in result) == bool(old)


@settings(max_examples=40)
@given(SETTINGS, st.sampled_from([2, 4]), st.booleans())
def test_what_is_right_already_is_not_touched(said: Settings, indent: int, crowded: bool) -> None:
    document = to_document(said)
    assume(document)
    text = to_yaml(document).replace("  ", " " * indent)
    text = text.replace(": ", ":  ", 1) if crowded else text
    try:
        assume(parse_config(text, "gotare.yaml") == Config(said))
    except ConfigError:  # the spaces were in a value
        assume(False)
    assert edited(text, [Settled((key,), value, "") for key, value in document.items()]) == text


EXISTING = """\
# Our image.

base: debian:12-slim   # because of libvips
files:
    - source: templates   # opened at run time
      destination: /srv

images:
    api:
        package: ./cmd/api   # the public one
# the end
"""


def test_comments_indents_and_quotes_stay() -> None:
    settled = (
        *on_base("alpine"),
        where_to("ghcr.io/me/"),
        Settled(("images", "api", "healthcheck"), "http://127.0.0.1:8080/healthz", "By a probe."),
    )
    text = edited(EXISTING, settled)
    for line in ("# because of libvips", "# opened at run time", "# the public one", "# the end"):
        assert line in text
    assert "\n    - source: templates   # opened" in text
    assert "\n        # By a probe.\n        healthcheck: http://127.0.0.1:8080/healthz\n" in text
    assert '\ntags:\n    - "ghcr.io/me/{name}:dev"\n' in text
    assert edited(text, settled) == text


@pytest.mark.parametrize("text", ["", "# only a comment\n", "\n\n# mine\n\n"])
def test_a_file_without_keys_keeps_its_comments(text: str) -> None:
    result = edited(text, [Settled(("base",), "scratch", "Small.")])
    assert result.startswith(text.rstrip("\n"))
    assert parse_config(result, "") == Config(Settings(base="scratch"))


def test_a_wrong_file_is_an_error_with_its_line() -> None:
    with pytest.raises(ConfigError, match=r"gotare\.yaml:2:\d+: unknown key 'prots'"):
        edited("base: scratch\nprots: [80]\n", [Settled(("user",), "1", "")])


def test_a_new_file_names_what_is_unknown() -> None:
    note = Note("api", "unknown", "a port is unknown: computed from cfg.Listen", "main.go:9")
    made = plan(image_plan("api"), notes=(note, Note("api", "no-sigterm", "no", "")))
    text = config_file(made, Choices()).content
    assert "#   api: a port is unknown: computed from cfg.Listen (main.go:9)" in text
    assert "sigterm" not in text
    assert parse_config(text, "") == Config()


def test_a_file_that_is_there_is_edited() -> None:
    choices = Choices(config="user: root # for now\n", settled=(where_to("ghcr.io/me"),))
    text = config_file(api_plan(), choices).content
    assert text.startswith("user: root # for now\n")
    assert parse_config(text, "").common == Settings(user="root", tags=("ghcr.io/me/{name}:dev",))


def test_a_variant_is_pinned() -> None:
    digest = "sha256:" + "0" * 64
    base, add = on_base("alpine", {"alpine:3.24": digest})
    assert (base.value, add.value) == (f"alpine:3.24@{digest}", ["zones"])
    assert [item.value for item in on_base("distroless")] == ["static"]


@given(SECONDS)
def test_durations(seconds: float) -> None:
    text = f"healthcheck: {{command: [a], interval: {duration(seconds)}}}"
    check = parse_config(text, "").common.healthcheck
    assert check is not None
    assert check.interval == seconds


def test_names_are_plain() -> None:
    assert set("".join(to_document(Settings(cgo="off", symbols=True))["go"])) <= set(
        string.ascii_lowercase
    )
