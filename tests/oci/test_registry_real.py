"""A repository against the distribution project's registry, with skopeo as a witness."""

from __future__ import annotations

import io
import json
import random
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from gotare.errors import AuthError, NotFoundError, RegistryError, UsageError
from gotare.oci.auth import Keychain
from gotare.oci.copy import copy, up_to_date
from gotare.oci.reference import parse_reference
from gotare.oci.registry import Repository
from gotare.oci.retry import Patience
from gotare.oci.store import read_all
from gotare.oci.types import OCI_LAYER, describe
from tests.oci.images import FILES, Memory, push_bytes, tiny_image, tiny_index, tiny_referrer
from tests.oci.lies import status
from tests.oci.lying_registry import IMAGE, LyingRegistry, login
from tests.oci.real_registry import start_registry

PIECE = 1 << 20
LARGE = random.Random(1).randbytes(5 * PIECE + 12345)


@contextmanager
def at(host: str, name: str, home: Path, **options: object) -> Iterator[Repository]:
    keychain = options.pop("keychain", Keychain({}, home))
    reference = parse_reference(f"{host}/{name}")
    with Repository(reference, keychain, piece=PIECE, **options) as repository:  # type: ignore[arg-type]
        yield repository


def test_an_image_there_and_back(registry: str, tmp_path: Path) -> None:
    source, back = Memory(), Memory()
    index = tiny_index(source, name="1")
    sbom = tiny_referrer(source, index)
    with at(registry, "round/trip:1", tmp_path) as repository:
        copied = copy(source, index, repository, ["1", "latest"])
        assert repository.resolve().digest == index.digest == copied.descriptor.digest
        assert up_to_date(repository, index, "latest")
        assert {"1", "latest"} <= set(repository.list_tags())
        assert [one.digest for one in repository.referrers(index)] == [sbom.digest]
        copy(repository, repository.resolve("1"), back, ["1"])
        again = copy(source, index, repository, ["1"])
        assert not again.copied
    assert back.blobs == source.blobs


def test_skopeo_sees_what_was_pushed(registry: str, tmp_path: Path) -> None:
    if not shutil.which("skopeo"):
        pytest.skip("skopeo is not installed")
    with at(registry, "for/skopeo:1", tmp_path) as repository:
        image = tiny_image(repository, name="1", layers=[FILES, {"large": LARGE}])
    target = f"docker://{registry}/for/skopeo:1"
    seen = subprocess.run(
        ["skopeo", "inspect", "--tls-verify=false", target], check=True, capture_output=True
    )
    assert json.loads(seen.stdout)["Digest"] == image.digest
    copied = tmp_path / "copied"
    subprocess.run(
        ["skopeo", "copy", "--src-tls-verify=false", target, f"dir:{copied}"],
        check=True,
        capture_output=True,
    )
    assert describe((copied / "manifest.json").read_bytes(), "").digest == image.digest


def test_a_large_blob_there_and_back(registry: str, tmp_path: Path) -> None:
    with at(registry, "large:1", tmp_path) as repository:
        layer = push_bytes(repository, LARGE, OCI_LAYER)
        assert repository.exists(layer)
        assert read_all(repository, layer, 1 << 30) == LARGE


def test_a_blob_is_mounted_from_another_repository(registry: str, tmp_path: Path) -> None:
    with at(registry, "mount/from:1", tmp_path) as source:
        layer = push_bytes(source, b"shared layer", OCI_LAYER)
    with at(registry, "mount/to:1", tmp_path, mounts={layer.digest: "mount/from"}) as target:
        target.push(layer, io.BytesIO(b"must not be read"))
        assert read_all(target, layer) == b"shared layer"


def test_parallel_pushes(registry: str, tmp_path: Path) -> None:
    contents = [LARGE[n : n + n * PIECE // 2 + 1] for n in range(8)]
    with at(registry, "parallel:1", tmp_path) as repository, ThreadPoolExecutor(4) as pool:
        layers = list(pool.map(lambda c: push_bytes(repository, c, OCI_LAYER), contents))
        assert [read_all(repository, layer, 1 << 30) for layer in layers] == contents


def test_what_is_not_there(registry: str, tmp_path: Path) -> None:
    with at(registry, "no/such:1", tmp_path) as repository:
        with pytest.raises(NotFoundError):
            repository.resolve()
        with pytest.raises(NotFoundError):
            repository.list_tags()
        with pytest.raises(NotFoundError), repository.fetch(IMAGE):
            pass
        assert repository.referrers(IMAGE) == ()
        assert not repository.exists(IMAGE)


def test_a_name_that_the_registry_refuses(registry: str, tmp_path: Path) -> None:
    with at(registry, "refused:1", tmp_path) as repository:
        image = tiny_image(repository)
        manifest = read_all(repository, image)
        with pytest.raises(RegistryError):
            repository.tag(image, manifest, "-not a tag-")


@pytest.mark.parametrize("cut", [300_000, 2 * PIECE + 77_777, 4 * PIECE])
def test_a_connection_that_is_cut_in_the_middle(registry: str, tmp_path: Path, cut: int) -> None:
    patience = Patience(sleep=lambda _: None)
    layer = describe(LARGE, OCI_LAYER)
    with (
        cutting_proxy(registry, cut) as proxy,
        at(proxy, f"cut{cut}:1", tmp_path, patience=patience) as repository,
    ):
        repository.push(layer, io.BytesIO(LARGE))
    with at(registry, f"cut{cut}:1", tmp_path) as repository:
        assert read_all(repository, layer, 1 << 30) == LARGE


def test_a_password(tmp_path: Path) -> None:
    with start_registry(tmp_path / "registry", htpasswd=("me", "pass:word")) as host:
        keychain = login(tmp_path, host, pair="me:pass:word")
        with at(host, "me/app:1", tmp_path, keychain=keychain) as repository:
            image = tiny_image(repository, name="1")
            assert repository.resolve().digest == image.digest
        wrong = login(tmp_path / "wrong", host, pair="me:password")
        for keychain in (wrong, Keychain({}, tmp_path / "empty")):
            with (
                at(host, "me/app:1", tmp_path, keychain=keychain) as repository,
                pytest.raises(AuthError, match="401 Unauthorized") as caught,
            ):
                repository.resolve("1")
            assert f"docker login {host}" in (caught.value.hint or "")


# TLS.


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that nobody trusts, and its key."""
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("certificate")
    certificate, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        f"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
        f"-subj /CN=tests -addext subjectAltName=IP:127.0.0.1 "
        f"-keyout {key} -out {certificate}".split(),
        check=True,
        capture_output=True,
    )
    return certificate, key


@pytest.fixture(scope="module")
def encrypted(
    tmp_path_factory: pytest.TempPathFactory, certificate: tuple[Path, Path]
) -> Iterator[str]:
    with start_registry(tmp_path_factory.mktemp("encrypted"), tls=certificate) as host:
        yield host


def test_this_machine_may_speak_tls_too(
    encrypted: str, certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    keychain = Keychain({"SSL_CERT_FILE": str(certificate[0])}, tmp_path)
    with at(encrypted, "tls:1", tmp_path, keychain=keychain) as repository:
        image = tiny_image(repository, name="1")
        assert repository.resolve().digest == image.digest


def test_a_certificate_that_nobody_trusts(encrypted: str, tmp_path: Path) -> None:
    with (
        at(encrypted, "tls:1", tmp_path) as repository,
        pytest.raises(RegistryError, match=r"certificate of .* is not trusted") as caught,
    ):
        repository.resolve()
    assert "--insecure" in (caught.value.hint or "")


def test_insecure_trusts_every_certificate(encrypted: str, tmp_path: Path) -> None:
    with at(encrypted, "insecure:1", tmp_path, insecure=True) as repository:
        tiny_image(repository, name="1")
        assert repository.list_tags() == ("1",)


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_file_of_certificates_that_is_none(
    encrypted: str, tmp_path: Path, content: str | None
) -> None:
    path = tmp_path / "roots.pem"
    if content:
        path.write_text(content)
    keychain = Keychain({"SSL_CERT_FILE": str(path)}, tmp_path)
    with (
        at(encrypted, "tls:1", tmp_path, keychain=keychain) as repository,
        pytest.raises(UsageError, match=r"roots\.pem"),
    ):
        repository.resolve()


def test_a_tls_server_that_hangs_up_on_http(certificate: tuple[Path, Path], tmp_path: Path) -> None:
    with LyingRegistry(tls=certificate) as liar:
        liar.put_manifest("me/app:1", IMAGE.media_type, b"{}")
        keychain = Keychain({"SSL_CERT_FILE": str(certificate[0])}, tmp_path)
        with at(liar.host, "me/app:1", tmp_path, keychain=keychain) as repository:
            assert repository.resolve().size == 2


def test_tls_is_never_left(certificate: tuple[Path, Path], tmp_path: Path) -> None:
    keychain = Keychain({"SSL_CERT_FILE": str(certificate[0])}, tmp_path)
    with LyingRegistry(tls=certificate) as liar, LyingRegistry() as plain:
        for location in (f"http://{liar.host}/x", f"{plain.url}/x"):
            liar.lie("GET", status(307, headers={"Location": location}), times=1)
            with (
                at(liar.host, "me/app:1", tmp_path, keychain=keychain) as repository,
                pytest.raises(RegistryError, match="not safe to follow"),
                repository.fetch(IMAGE),
            ):
                pass
        assert not plain.seen


# A proxy that cuts.


@contextmanager
def cutting_proxy(host: str, cut: int) -> Iterator[str]:
    """Forward connections; cut the one over which byte `cut` goes to the registry, once."""
    address, _, port = host.partition(":")
    left = [cut]

    def pump(source: socket.socket, target: socket.socket, counted: bool) -> None:
        with suppress(OSError):
            while content := source.recv(65536):
                if counted and left[0] > 0:
                    left[0] -= len(content)
                    if left[0] <= 0:
                        break
                target.sendall(content)
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def serve() -> None:
        threads = []
        opened = []
        with suppress(OSError):
            while True:
                client = listener.accept()[0]
                server = socket.create_connection((address, int(port)))
                opened += [client, server]
                for pair in ((client, server, True), (server, client, False)):
                    threads.append(threading.Thread(target=pump, args=pair))
                    threads[-1].start()
        for thread in threads:
            thread.join()
        for one in opened:
            one.close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()
