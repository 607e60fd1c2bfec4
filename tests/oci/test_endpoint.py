"""Where the engine is: the environment, Docker's contexts, the usual sockets."""

from __future__ import annotations

import hashlib
import json
import socket
from pathlib import Path

import pytest

from gotare.errors import EngineError
from gotare.oci.endpoint import DOCKER_SOCKET, Endpoint, find_endpoint, parse_endpoint
from tests.oci.engines import short_folder


def _context(folder: Path, name: str, document: object) -> None:
    where = folder / "contexts/meta" / hashlib.sha256(name.encode()).hexdigest()
    where.mkdir(parents=True)
    (where / "meta.json").write_text(json.dumps(document))


def test_the_environment_wins(tmp_path: Path) -> None:
    (tmp_path / ".docker").mkdir()
    (tmp_path / ".docker/config.json").write_text('{"currentContext":"remote"}')
    env = {"DOCKER_HOST": "unix:///run/other.sock"}
    assert find_endpoint(env, tmp_path) == Endpoint("DOCKER_HOST", "/run/other.sock")
    tcp = find_endpoint({"DOCKER_HOST": "tcp://[::1]:2375"}, tmp_path)
    assert (tcp.host, tcp.port, str(tcp)) == ("::1", 2375, "tcp://::1:2375")


def test_contexts_are_followed(tmp_path: Path) -> None:
    folder = tmp_path / ".docker"
    _context(folder, "rootless", {"Endpoints": {"docker": {"Host": "unix:///run/me.sock"}}})
    (folder / "config.json").write_text('{"currentContext":"rootless"}')
    assert find_endpoint({}, tmp_path).path == "/run/me.sock"
    assert find_endpoint({"DOCKER_CONTEXT": "default"}, tmp_path).path == DOCKER_SOCKET
    with pytest.raises(EngineError, match="'absent'") as caught:
        find_endpoint({"DOCKER_CONTEXT": "absent"}, tmp_path)
    assert "docker context ls" in str(caught.value.hint)
    elsewhere = {"DOCKER_CONFIG": str(folder)}
    assert find_endpoint(elsewhere, Path("/nonexistent")).path == "/run/me.sock"


@pytest.mark.parametrize("document", ["[]", "{", '{"currentContext":1}', '{"currentContext":""}'])
def test_a_broken_docker_configuration_is_passed_over(tmp_path: Path, document: str) -> None:
    (tmp_path / ".docker").mkdir()
    (tmp_path / ".docker/config.json").write_text(document)
    assert find_endpoint({}, tmp_path).origin == "the usual place"


@pytest.mark.parametrize(
    "document", [[], {"Endpoints": []}, {"Endpoints": {"docker": {"Host": 1}}}]
)
def test_a_broken_context_is_told(tmp_path: Path, document: object) -> None:
    _context(tmp_path / ".docker", "bad", document)
    with pytest.raises(EngineError, match="no endpoint"):
        find_endpoint({"DOCKER_CONTEXT": "bad"}, tmp_path)


def test_podman_is_found_where_docker_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    with short_folder() as short:
        _find_podman(short, monkeypatch)


def _find_podman(short: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gotare.oci.endpoint.DOCKER_SOCKET", str(short / "absent"))
    monkeypatch.setattr("gotare.oci.endpoint._PODMAN_SYSTEM", str(short / "absent too"))
    env = {"XDG_RUNTIME_DIR": str(short)}
    assert find_endpoint(env, short).path == str(short / "absent")
    (short / "podman").mkdir()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(short / "podman/podman.sock"))
        assert find_endpoint(env, short).path == str(short / "podman/podman.sock")


@pytest.mark.parametrize(
    ("host", "hint"),
    [
        ("ssh://me@host", "ssh -L"),
        ("https://host:2376", "TLS"),
        ("npipe:////./pipe/docker_engine", "unix:///PATH"),
        ("nonsense", "unix:///PATH"),
        ("tcp://host", "tcp://HOST:PORT"),
        ("tcp://host:port", "tcp://HOST:PORT"),
        ("tcp://host:99999", "tcp://HOST:PORT"),
    ],
)
def test_endpoints_that_cannot_be_used_are_refused(host: str, hint: str) -> None:
    with pytest.raises(EngineError) as caught:
        parse_endpoint(host, "DOCKER_HOST")
    assert hint in str(caught.value.hint)
    assert host in caught.value.message


def test_tls_is_refused() -> None:
    with pytest.raises(EngineError, match="DOCKER_TLS_VERIFY"):
        find_endpoint({"DOCKER_HOST": "tcp://h:2376", "DOCKER_TLS_VERIFY": "1"}, Path("/"))
