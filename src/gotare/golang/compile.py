"""Compiles the mains of a project: one `go build` per platform for all of them.

The folder for the binaries is kept between builds, for go does not link again what is up to date.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from gotare.errors import PlatformError, StoreError, ToolchainError
from gotare.golang.cgo_need import CgoNeed
from gotare.golang.compile_output import compile_error, module_downloaded, package_named
from gotare.golang.finished import drop_unfinished, finished, note_finished, state
from gotare.golang.flags import BuildFlags, build_args, build_env
from gotare.golang.goenv import GoEnv
from gotare.golang.mains import Main
from gotare.golang.platform import GoPlatform, check_platform
from gotare.golang.process import Command, is_ahead, stream
from gotare.golang.toolchain import Go, effective_env
from gotare.progress import Progress


def compile_mains(
    go: Go,
    directory: Path,
    mains: Sequence[Main],
    flags: BuildFlags,
    platform: GoPlatform,
    out_dir: Path,
    env: Mapping[str, str],
    progress: Progress,
    cgo_needs: Sequence[CgoNeed] = (),
    note: Callable[[Command, tuple[Path, ...]], None] | None = None,
) -> dict[str, Path]:
    """Compile the mains into out_dir; return the binary of each import path.

    `directory` is where go is run (`Project.directory`). Mains whose binaries have one name go into
    folders of their own. `note` is told each command and its binaries. Raises CompileError with
    Go's own lines, PlatformError, ToolchainError, StoreError.
    """
    goenv = effective_env(go, env)
    check_cgo_host(go, flags, platform, goenv)
    compiled: dict[str, Path] = {}
    for number, batch in enumerate(_batches(mains)):
        folder = made(out_dir / str(number) if number else out_dir)
        binaries = {m.import_path: folder / f"{m.name}{platform.suffix}" for m in batch}
        packages = [main.import_path for main in batch]
        args = build_args(flags, goenv.goflags, str(folder), packages)
        command = Command(
            (str(go.path), *args), directory, compiler_env(go, flags, platform, goenv)
        )
        if note is not None:
            note(command, tuple(binaries.values()))
        run_compiler(
            command,
            str(platform),
            tuple(binaries.values()),
            progress,
            lambda lines: _failure(go, platform, lines, cgo_needs),
        )
        compiled |= binaries
    return compiled


def compiler_env(go: Go, flags: BuildFlags, platform: GoPlatform, goenv: GoEnv) -> dict[str, str]:
    """Return the whole environment of the compiler."""
    return go.environment(build_env(flags, platform, goenv))


def _batches(mains: Sequence[Main]) -> list[list[Main]]:
    """Split mains so that no two binaries of a batch have one name; usually there is one batch."""
    batches: list[list[Main]] = []
    for main in mains:
        free = (b for b in batches if all(other.name != main.name for other in b))
        batch = next(free, None)
        if batch is None:
            batches.append([main])
        else:
            batch.append(main)
    return batches


def made(folder: Path) -> Path:
    """Make a folder for binaries. Raises StoreError when it cannot be made."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"cannot make the folder {folder}: {error.strerror}", "check its permissions and space"
        ) from error
    return folder.resolve()


def run_compiler(
    command: Command,
    subject: str,
    binaries: Sequence[Path],
    progress: Progress,
    failure: Callable[[list[str]], Exception],
) -> None:
    """Run go build or go install, which makes the binaries, all in one folder.

    Progress counts packages compiled in `done`. Raises what `failure` makes of go's lines.
    """
    lines: list[str] = []
    compiled = 0
    folder = binaries[0].parent
    before = finished(folder)
    if not is_ahead(command):
        drop_unfinished(binaries)

    def hear(line: str) -> None:
        nonlocal compiled
        module = module_downloaded(line)
        if module:
            progress.step("download", module)
        elif package_named(line):
            compiled += 1
            progress.step("compile", subject, compiled)
        else:
            lines.append(line)

    progress.step("compile", subject)
    if stream(command, hear):
        raise failure(lines)
    note_finished(folder, binaries)
    linked = any(_inode(before.get(b.name)) != _inode(state(b)) for b in binaries)
    progress.end("compile", subject, "" if linked else "up to date")


def _inode(seen: list[int] | None) -> int | None:
    """Return what a newly linked binary has another of; go sets the time of old ones, too."""
    return seen[2] if seen else None


def _failure(go: Go, platform: GoPlatform, lines: list[str], needs: Sequence[CgoNeed]) -> Exception:
    """Return the error of a failed build: an unknown platform, or Go's own lines."""
    if any("unsupported GOOS/GOARCH pair" in line for line in lines):
        check_platform(go, platform)
    hint = None
    if any("undefined: " in line for line in lines):
        named = [n.package for n in needs if any(line == f"# {n.package}" for line in lines)]
        hint = f"{named[0]} needs cgo: build with --cgo" if named else None
    return compile_error("go build", lines, hint)


def check_cgo_host(go: Go, flags: BuildFlags, platform: GoPlatform, goenv: GoEnv) -> None:
    """Raise an error when cgo is on and there is no C compiler for the platform.

    The host's compiler makes code for the host; a cross compiler is one that CC names.
    """
    if flags.cgo == "off":
        return
    named = goenv.lookup("CC").split()
    if (platform.goos, platform.goarch) != go.host and not named:
        raise PlatformError(
            f"cgo builds only for this machine ({'/'.join(go.host)}), not for {platform}",
            f"build for {'/'.join(go.host)}, or set CC to a C compiler for {platform}",
        )
    compiler = named[0] if named else ("clang" if go.host[0] == "darwin" else "gcc")
    if not shutil.which(compiler, path=goenv.variables.get("PATH", "")):
        raise ToolchainError(
            f"cgo needs a C compiler, and there is no {compiler} in PATH",
            "install one (apt install gcc libc6-dev), or name one with CC",
        )
