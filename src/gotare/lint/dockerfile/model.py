"""What a Dockerfile means: stages, what they stand on, what holds at an instruction.

Three answers everywhere: known and so, known and not so, unknown. A rule that is told "unknown"
says nothing.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from functools import cached_property
from typing import Any, Literal, TypeVar

from gotare.frozen import dataclass
from gotare.lint.dockerfile.syntax import Dockerfile, Instruction, Span, Word

Answer = Literal["yes", "no", "unknown"]
Libc = Literal["glibc", "musl", "none", "unknown"]
PackageManager = Literal["apk", "apt", "dnf", "microdnf", "yum", "tdnf", ""]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class BaseFacts:
    """What an image of the catalogue holds."""

    family: str
    """golang, alpine, debian, ubuntu, busybox, distroless, scratch, wolfi, ubi, … in lower case."""
    shell: str | None = "/bin/sh"
    """The path of the POSIX shell (`cmd` on Windows); None where there is none."""
    libc: Libc = "glibc"
    """The C library that dynamic programs find. "none": there is no dynamic loader."""
    package_manager: PackageManager = ""
    certificates: bool = False
    """CA roots lie where Go looks for them."""
    zones: bool = False
    """/usr/share/zoneinfo is there. (Where `has_go`, Go's own lib/time/zoneinfo.zip is too.)"""
    user: str = ""
    """The config's User as it is written there; "" is root."""
    users: Mapping[str, int] = field(default_factory=dict)
    """Names in /etc/passwd that are worth naming, with their ids; root only where it is there."""
    groups: Mapping[str, int] = field(default_factory=dict)
    """Names in /etc/group, as far as they are worth naming."""
    tools: frozenset[str] = frozenset()
    """Programs in PATH beyond what every shell environment has: curl, wget, nc, git, gcc, bash."""
    tmp: bool = True
    """There is a /tmp that all may write to."""
    compiler: bool = False
    """There is a C compiler in PATH (gcc, cc or clang)."""
    go: str = ""
    """The version of Go in it, as the tag says: "1.24", "1.24.5"; "" no Go or not said."""
    has_go: bool = False
    """The `go` command is in PATH."""
    workdir: str = "/"
    env: Mapping[str, str] = field(default_factory=dict)
    """The config's Env, as far as rules ask for it: PATH, GOPATH, GOTOOLCHAIN, SSL_CERT_FILE."""
    entrypoint: tuple[str, ...] = ()
    cmd: tuple[str, ...] = ()
    release: str = ""
    """The distribution and its release: "alpine 3.19", "debian 12", "ubuntu 24.04"; "" unknown."""
    end_of_life: str = ""
    """The day on which the release's (standard) support ends, YYYY-MM-DD; "" none or not known."""
    system: Literal["linux", "windows"] = "linux"
    minimal: bool = False
    """Meant for running one program: scratch, static, distroless; no shell, no package manager."""
    paths: frozenset[str] = frozenset()
    """Files and folders beyond a distribution's usual ones that are known to be in it."""


@dataclass(frozen=True, slots=True)
class Base:
    """What a stage stands on, or what `COPY --from` takes from.

    kind: "scratch"; "image" (a reference); "stage" (an earlier stage); "context" (a build context
    passed with --build-context, only where it is known); "unknown" (an ARG without a value, or a
    cycle).
    """

    kind: Literal["scratch", "image", "stage", "context", "unknown"]
    text: str
    """As it is written."""
    span: Span
    """Where it is written."""
    reference: str | None = None
    """After the ARGs are expanded; None where one of them has no value."""
    registry: str = ""
    """"docker.io" where none is named."""
    repository: str = ""
    """Without the registry, and without `library/` of Docker Hub: "golang", "distroless/static"."""
    tag: str = ""
    """"" where none is written (`latest` is meant then, unless there is a digest)."""
    digest: str = ""
    """`sha256:…` or ""."""
    known: BaseFacts | None = None
    """The catalogue's entry; None where it is not known what the image holds."""
    variables: tuple[str, ...] = ()
    """The names of the ARGs in the text."""

    @property
    def name(self) -> str:
        """The repository with its registry, but for Docker Hub's: "golang", "gcr.io/x/y"."""
        return (
            self.repository
            if self.registry in ("", "docker.io")
            else f"{self.registry}/{self.repository}"
        )


@dataclass(frozen=True, slots=True)
class Variable:
    """An ENV or ARG in scope. `value` None: an ARG without default, or a value that cannot be
    known. `default` is an ARG's default as it is written."""

    name: str
    value: str | None
    kind: Literal["env", "arg"]
    at: Instruction | None = None
    """The instruction that says so; None: the base or the builder does."""
    span: Span | None = None
    default: str | None = None
    from_global: bool = False
    """An ARG without default of its own whose value is that of the ARG before the first FROM."""
    inherited: bool = False
    """It comes from the base or the parent stage."""


@dataclass(frozen=True, slots=True)
class Exec:
    """ENTRYPOINT, CMD or the command of HEALTHCHECK. `words` are the strings of the JSON form, or
    one string: the command of the shell form. `at` None: the base says so; for HEALTHCHECK it is
    the CMD in it."""

    form: Literal["json", "shell"]
    words: tuple[str, ...]
    at: Instruction | None = None


@dataclass(frozen=True, slots=True)
class Healthcheck:
    """HEALTHCHECK. `command` None: NONE switches the base's off."""

    command: Exec | None
    at: Instruction
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Exposed:
    """A port of EXPOSE: the first and last number (the same but for ranges)."""

    first: int
    last: int
    protocol: str
    word: Word
    at: Instruction


@dataclass(frozen=True, slots=True)
class State:
    """What holds at an instruction. What the parent stage or the base says is in it.

    Where the base is not known: `user` and `workdir` are None until an instruction says them, and
    variables that are not in `variables` may still be set (`complete` False).
    """

    user: str | None = ""
    """USER after expansion: "" (root, nobody said otherwise), "app", "1000:1000"; None unknown."""
    user_at: Instruction | None = None
    """The USER instruction; None: the base's user."""
    workdir: str | None = "/"
    """Absolute; None unknown."""
    workdir_at: Instruction | None = None
    variables: Mapping[str, Variable] = field(default_factory=dict)
    """What $NAME means here: ENV before ARG."""
    shadowed: Mapping[str, Variable] = field(default_factory=dict)
    """ARGs that an ENV of the same name hides."""
    shell: tuple[str, ...] = ("/bin/sh", "-c")
    shell_at: Instruction | None = None
    entrypoint: Exec | None = None
    cmd: Exec | None = None
    healthcheck: Healthcheck | None = None
    stop_signal: str | None = None
    stop_signal_at: Instruction | None = None
    ports: tuple[Exposed, ...] = ()
    volumes: tuple[str, ...] = ()
    """Absolute where they are written so; after expansion."""
    labels: Mapping[str, str] = field(default_factory=dict)
    complete: bool = True
    """The base is known, so what is not here is not there."""

    @property
    def env(self) -> Mapping[str, str | None]:
        """The environment variables that the image keeps, with their values (None unknown)."""
        return {n: v.value for n, v in self.variables.items() if v.kind == "env"}

    @property
    def args(self) -> Mapping[str, Variable]:
        """The ARGs in scope, those that an ENV hides too."""
        own = {name: v for name, v in self.variables.items() if v.kind == "arg"}
        return {**self.shadowed, **own}

    @property
    def values(self) -> Mapping[str, str | None]:
        """Every variable in scope, with its value (None unknown)."""
        return {name: variable.value for name, variable in self.variables.items()}

    @property
    def user_name(self) -> str | None:
        """The user without the group; "" is root; None unknown."""
        return None if self.user is None else self.user.partition(":")[0]

    @property
    def is_root(self) -> bool | None:
        """Whether commands run as root; None unknown."""
        name = self.user_name
        return None if name is None else name in ("", "root", "0")


@dataclasses.dataclass(frozen=True, eq=False)
class Stage:
    """A stage: FROM and what follows. A stage equals only itself."""

    index: int
    name: str
    """The name after AS, in lower case as BuildKit compares it; "" without one."""
    source: Instruction
    """Its FROM."""
    base: Base
    platform: str | None
    """The value of --platform as written (`$BUILDPLATFORM`); None without the flag."""
    instructions: tuple[Instruction, ...]
    """What follows FROM, in order; ONBUILD too."""
    parent: Stage | None = None
    """The stage that FROM names."""
    name_word: Word | None = None
    """The name after AS as written."""
    states: tuple[State, ...] = field(default=(), repr=False, compare=False)
    """What holds before each instruction, and at the end: one more than there are instructions."""
    uses: frozenset[int] = frozenset()
    """The indexes of the stages that it needs directly: FROM, COPY --from, mounts' from."""

    @property
    def state(self) -> State:
        """What holds at the end: the config of its image."""
        return self.states[-1]

    def state_at(self, instruction: Instruction) -> State:
        """Return what holds just before an instruction of this stage takes effect."""
        return self.states[self._places.get(id(instruction), len(self.instructions))]

    @cached_property
    def _places(self) -> dict[int, int]:
        return {id(instruction): n for n, instruction in enumerate(self.instructions)}

    @cached_property
    def chain(self) -> tuple[Stage, ...]:
        """The stages that it is built from by FROM, the lowest first, and itself at the end."""
        return (*(self.parent.chain if self.parent else ()), self)

    @property
    def root(self) -> Base:
        """What the lowest stage of the chain stands on: scratch, an image, or unknown."""
        return self.chain[0].base

    @property
    def facts(self) -> BaseFacts | None:
        """What the catalogue knows of `root`."""
        return self.root.known

    def named(self, *names: str) -> tuple[Instruction, ...]:
        """Return its own instructions of some names ("RUN", "COPY")."""
        return tuple(i for i in self.instructions if i.name in names)

    @property
    def title(self) -> str:
        """What a message calls it: its name as written, or its number."""
        return self.name_word.text if self.name_word else f"stage {self.index}"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that BuildKit refuses. kinds: "no-from" (an instruction before the first FROM),
    "cycle", "forward-reference" (a stage that comes later), "unknown-stage" (an index too large),
    "duplicate-name", "empty-base" (an ARG without a value), "bad-reference"."""

    kind: str
    message: str
    span: Span
    stage: int | None = None


@dataclasses.dataclass(frozen=True, eq=False)
class Build:
    """What a Dockerfile means."""

    file: Dockerfile
    stages: tuple[Stage, ...]
    global_args: Mapping[str, Variable]
    """The ARGs before the first FROM, with their values (None without one)."""
    targets: tuple[Stage, ...]
    """The stages whose images somebody wants: those that no other stage needs, and the last."""
    final: Stage | None
    """The last stage, or the one asked for; None in a file without FROM."""
    unreachable: tuple[Stage, ...]
    """The stages that `final` does not need."""
    problems: tuple[Problem, ...] = ()
    memo: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)
    """What was computed of it and is asked for again (see `once`)."""

    def stage_named(self, name: str) -> Stage | None:
        """Return the last stage of a name (any case)."""
        lower = name.lower()
        return next((stage for stage in reversed(self.stages) if stage.name == lower), None)

    def stage_of(self, instruction: Instruction) -> Stage | None:
        """Return the stage that an instruction (or a FROM) belongs to."""
        start = instruction.span.start
        return next((s for s in reversed(self.stages) if s.source.span.start <= start), None)

    def needed_by(self, stage: Stage) -> tuple[Stage, ...]:
        """Return the stages that one needs, directly or not, and itself; in the file's order."""
        found: set[int] = set()
        waiting = [stage.index]
        while waiting:
            index = waiting.pop()
            if index not in found:
                found.add(index)
                waiting.extend(self.stages[index].uses)
        return tuple(self.stages[index] for index in sorted(found))

    def walk(self) -> Iterator[tuple[Stage, Instruction]]:
        """Yield every instruction of every stage, with its stage; FROM is not among them."""
        for stage in self.stages:
            for instruction in stage.instructions:
                yield stage, instruction

    def once(self, key: str, about: object, compute: Callable[[], T]) -> T:
        """Return what `compute` returns, computed once for each key and object `about`."""
        slot = (key, id(about))
        if slot not in self.memo:
            self.memo[slot] = (about, compute())
        result: T = self.memo[slot][1]
        return result
