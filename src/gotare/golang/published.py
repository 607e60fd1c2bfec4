"""Compiles published programs, `example.com/prog/cmd/prog@v1.2.3`, as `go install` takes them.

`go install` makes the program's module the main one, so the binary tells its true version. It
refuses GOBIN when it compiles for another platform, so it gets a GOPATH of its own, and the module
cache stays the user's.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from gotare.errors import CompileError, ProjectError, ToolError, UsageError
from gotare.frozen import dataclass
from gotare.golang.compile import (
    check_cgo_host,
    compiler_env,
    made,
    run_compiler,
)
from gotare.golang.compile_output import compile_error
from gotare.golang.constraints import Context
from gotare.golang.discover import scan
from gotare.golang.flags import BuildFlags, compile_flags
from gotare.golang.git import normal_url
from gotare.golang.goenv import GoEnv
from gotare.golang.hints import hint_for
from gotare.golang.mains import binary_name
from gotare.golang.modfile import read_modfile
from gotare.golang.platform import GoPlatform
from gotare.golang.process import Command, run
from gotare.golang.toolchain import Go, effective_env, essential_lines, require_version
from gotare.golang.versions import VersionVariable, find_version_variables, package_in
from gotare.progress import Progress

_HOSTS = frozenset({"github.com", "gitlab.com", "bitbucket.org", "codeberg.org"})


@dataclass(frozen=True, slots=True)
class Published:
    """A program in a module that is in the module cache.

    `version` is concrete (v1.2.3 or a pseudo-version), whatever was asked for. `dir` is the
    program's folder and `module_dir` its module's. `revision`, `url` and `time` (RFC 3339) are of
    the commit, where the proxy tells them.
    """

    argument: str
    import_path: str
    name: str
    module: str
    version: str
    dir: str
    module_dir: str
    revision: str = ""
    url: str = ""
    time: str = ""
    version_variables: tuple[VersionVariable, ...] = ()

    def json(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return asdict(self)

    @property
    def query(self) -> str:
        """What `go install` is asked for."""
        return f"{self.import_path}@{self.version}"


def is_published(argument: str) -> bool:
    """Whether an argument of `gotare build` is a published program and not a local package."""
    return "@" in argument


def resolve_published(
    arguments: Sequence[str], go: Go, env: Mapping[str, str], work: Path
) -> tuple[Published, ...]:
    """Find the module, version and folder of each `path@version`, downloading it where needed.

    `work` is a folder outside every module, where go is run. Raises UsageError for what is not of
    that form, ProjectError with Go's own lines when there is no such program.
    """
    goenv = effective_env(go, env)
    outside = {**env, "GOWORK": "off", "GO111MODULE": "on", "GOFLAGS": _own_goflags(goenv)}
    folder = made(work)
    return tuple(_resolve(argument, go, goenv, outside, folder) for argument in arguments)


def _own_goflags(goenv: GoEnv) -> str:
    """Return GOFLAGS without -mod, which is about a module of the user's.

    Never empty: an empty variable does not hide what `go env -w` wrote.
    """
    from gotare.golang.goenv import join_quoted

    kept = [flag for flag in goenv.goflags if not re.match(r"--?mod(file)?=", flag)]
    return join_quoted(tuple(kept), "GOFLAGS") or "-buildvcs=false"


def _resolve(argument: str, go: Go, goenv: GoEnv, env: Mapping[str, str], work: Path) -> Published:
    path, version = _split(argument)
    found = _modules(_prefixes(path), version, go, env, work)
    for module in sorted(found, key=lambda m: len(m["Path"]), reverse=True):
        downloaded = _download(module, go, env, work)
        folder = Path(downloaded["Dir"], path[len(module["Path"]) :].lstrip("/"))
        if folder.is_dir():
            _check(go, goenv, argument, folder, Path(downloaded["Dir"]), module)
            return _describe(argument, path, folder, module, downloaded)
    raise ProjectError(
        f"{argument}: module {found[0]['Path']} {found[0]['Version']} has no package {path}",
        "check the path: it is the module's, then the folder of the main package",
    )


def _split(argument: str) -> tuple[str, str]:
    path, at, version = argument.partition("@")
    wrong = not version or not re.fullmatch(r"[\w.~-]+(/[\w.~+-]+)*", path) or path[0] in "./-"
    if not at or wrong or "." not in path.split("/")[0] or not re.fullmatch(r"[\w.+/-]+", version):
        raise UsageError(
            f"not a published program: {argument!r}",
            "write it as go install takes it: example.com/owner/prog/cmd/prog@v1.2.3 or @latest",
        )
    return path, version


def _prefixes(path: str) -> list[str]:
    """Return the paths that a module of this package may have, longest first.

    On the hosts where a repository is two levels down, nothing shorter is a module.
    """
    parts = path.split("/")
    least = 3 if parts[0] in _HOSTS else 1
    return ["/".join(parts[:count]) for count in range(len(parts), min(least, len(parts)) - 1, -1)]


def _modules(
    prefixes: Sequence[str], version: str, go: Go, env: Mapping[str, str], work: Path
) -> list[dict[str, Any]]:
    """Ask for all prefixes at once; return the modules that exist. Raises ProjectError."""
    args = ("list", "-m", "-e", "-json", *(f"{prefix}@{version}" for prefix in prefixes))
    done = run(Command((str(go.path), *args), work, go.environment(env)))
    answers = _objects(done.stdout)
    found = [answer for answer in answers if not answer.get("Error") and answer.get("Version")]
    if found:
        return found
    errors = {a["Path"]: a["Error"]["Err"] for a in answers if a.get("Error") and a.get("Path")}
    text = _most_telling(errors, prefixes) or "\n".join(essential_lines(done.stderr))
    plain = text.removeprefix(f"{prefixes[0]}@{version}: ")
    raise ProjectError(f"{prefixes[0]}@{version}: {plain}", hint_for(text) or _spelling(version))


def _spelling(version: str) -> str:
    return "check the spelling, or take @latest" if version != "latest" else "check the spelling"


def _most_telling(errors: Mapping[str, str], prefixes: Sequence[str]) -> str:
    """Return the error of a module that exists or should; the other paths are plain 404s.

    On a known host the repository is the shortest path, elsewhere nobody knows.
    """
    known = r"unknown revision|terminal prompts|disabled by GOPROXY"
    telling = (e for e in errors.values() if re.search(known, e))
    likely = prefixes[-1] if prefixes[0].split("/")[0] in _HOSTS else prefixes[0]
    return next(telling, errors.get(likely) or next(iter(errors.values()), ""))


def _objects(output: str) -> list[dict[str, Any]]:
    try:
        return list(json.loads("[" + output.replace("\n}\n{", "\n},{") + "]"))
    except ValueError:
        return []


def _download(
    module: Mapping[str, Any], go: Go, env: Mapping[str, str], work: Path
) -> dict[str, Any]:
    """Put the module into the module cache; return what `go mod download -json` tells."""
    query = f"{module['Path']}@{module['Version']}"
    args = (str(go.path), "mod", "download", "-json", query)
    done = run(Command(args, work, go.environment(env)))
    answer = next(iter(_objects(done.stdout)), {})
    if answer.get("Error") or not answer.get("Dir"):
        text = answer.get("Error") or "\n".join(essential_lines(done.stderr))
        raise ProjectError(f"cannot download {query}: {text}", hint_for(text))
    return answer


def _check(
    go: Go, goenv: GoEnv, argument: str, folder: Path, module_dir: Path, module: Mapping[str, Any]
) -> None:
    """Raise when the folder holds no program, or the module needs a newer go."""
    if folder not in scan(folder).candidates:
        raise ProjectError(
            f"{argument} is not a main package",
            _mains_of(module_dir, module) or "the module has no program",
        )
    go_mod = module_dir / "go.mod"
    if go_mod.is_file():
        said = read_modfile(go_mod)
        require_version(go, said.go, said.toolchain, goenv.lookup("GOTOOLCHAIN"), argument)


def _mains_of(module_dir: Path, module: Mapping[str, Any]) -> str:
    below = (os.path.relpath(path, module_dir) for path in scan(module_dir).candidates[:5])
    paths = [module["Path"] if rest == "." else f"{module['Path']}/{rest}" for rest in below]
    return "its module has " + ", ".join(f"{path}@{module['Version']}" for path in paths) if paths \
        else ""  # fmt: skip


def _describe(
    argument: str,
    path: str,
    folder: Path,
    module: Mapping[str, Any],
    downloaded: Mapping[str, Any],
) -> Published:
    origin = downloaded.get("Origin") or module.get("Origin") or {}
    return Published(
        argument=argument,
        import_path=path,
        name=binary_name(path),
        module=module["Path"],
        version=module["Version"],
        dir=str(folder),
        module_dir=str(downloaded["Dir"]),
        revision=str(origin.get("Hash", "")) or _revision_in(module["Version"]),
        url=normal_url(str(origin.get("URL", ""))) or _url_of(module["Path"]),
        time=str(module.get("Time", "")),
        version_variables=_variables(path, folder, module["Path"], Path(downloaded["Dir"])),
    )


def _revision_in(version: str) -> str:
    """Return the start of the commit in a pseudo-version (v0.0.0-20240102150405-abcdefabcdef)."""
    match = re.search(r"[-.]\d{14}-([0-9a-f]{12})(?:\+|$)", version)
    return match[1] if match else ""


def _url_of(module: str) -> str:
    """Return where a module on a well-known host lives, where the proxy does not tell."""
    parts = module.split("/")
    return "https://" + "/".join(parts[:3]) if parts[0] in _HOSTS and len(parts) >= 3 else ""


def _variables(
    path: str, folder: Path, module: str, module_dir: Path
) -> tuple[VersionVariable, ...]:
    """Find version variables without go list: a symbol that is not linked does no harm to -X."""
    context = Context("linux", "amd64")
    packages = [package_in(folder, path, True, context)]
    for below in scan(module_dir).folders:
        relative = os.path.relpath(below, module_dir)
        import_path = module if relative == "." else f"{module}/{relative}"
        if import_path != path:
            packages.append(package_in(below, import_path, False, context))
    return find_version_variables(packages, module_dir)


def compile_published(
    go: Go,
    programs: Sequence[Published],
    flags: BuildFlags,
    platform: GoPlatform,
    out_dir: Path,
    env: Mapping[str, str],
    progress: Progress,
) -> dict[str, Path]:
    """Compile programs with one `go install` for each module; return the binary of each argument.

    Raises CompileError with Go's own lines: also for a module with `replace`, which go install
    refuses.
    """
    goenv = effective_env(go, env)
    check_cgo_host(go, flags, platform, goenv)
    gopath = made(out_dir)
    compiled: dict[str, Path] = {}
    for batch in _by_module(programs):
        same_platform = (platform.goos, platform.goarch) == go.host
        bin_dir = gopath / "bin" / ("" if same_platform else f"{platform.goos}_{platform.goarch}")
        binaries = {p.argument: made(bin_dir) / f"{p.name}{platform.suffix}" for p in batch}
        env = compiler_env(go, flags, platform, goenv) | _places(gopath, goenv)
        queries = [program.query for program in batch]
        args = ("install", "-v", *compile_flags(flags, goenv.goflags), *queries)
        run_compiler(
            Command((str(go.path), *args), gopath, env),
            str(platform),
            tuple(binaries.values()),
            progress,
            _failure(queries[0]),
        )
        compiled |= binaries
    return compiled


def _by_module(programs: Iterable[Published]) -> list[list[Published]]:
    batches: dict[tuple[str, str], list[Published]] = {}
    for program in programs:
        batches.setdefault((program.module, program.version), []).append(program)
    return list(batches.values())


def _failure(query: str) -> Callable[[list[str]], CompileError]:
    return lambda lines: compile_error(f"go install {query}", lines)


def _places(gopath: Path, goenv: GoEnv) -> dict[str, str]:
    """Return the variables that lead the binaries into gopath, and leave the caches as they are."""
    own = gopath / "pkg"
    with suppress(OSError):  # what go remembers of the checksum database
        own.mkdir(exist_ok=True)
        (own / "sumdb").symlink_to(goenv.gopath / "pkg" / "sumdb")
    places = {
        "GOPATH": str(gopath),
        "GOMODCACHE": str(goenv.modcache),
        "GOBIN": "",
        "GOWORK": "off",
        "GO111MODULE": "on",
        "GOFLAGS": _own_goflags(goenv),
    }
    if goenv.settings.get("GOBIN"):  # an empty variable does not hide what `go env -w` wrote
        places["GOENV"] = str(_without_gobin(gopath, goenv))
    return places


def _without_gobin(gopath: Path, goenv: GoEnv) -> Path:
    kept = (f"{name}={value}\n" for name, value in goenv.settings.items() if name != "GOBIN")
    file = gopath / f"go.env.{os.getpid()}"
    try:
        file.write_text("".join(kept))
    except OSError as error:
        raise ToolError(f"cannot write {file}: {error.strerror}") from error
    return file
