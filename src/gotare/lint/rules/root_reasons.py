"""Is it on purpose that an image runs as root?"""

from __future__ import annotations

import posixpath
import re
from typing import Final

from gotare.lint.dockerfile.copies import copies_in
from gotare.lint.dockerfile.model import Build, Stage
from gotare.lint.dockerfile.run_programs import Image
from gotare.lint.dockerfile.shipping import command_of, words_of
from gotare.lint.images import manages_containers, reaches_by_trade
from gotare.lint.rules.entry_script import entry_script
from gotare.lint.rules.go_steps import commands_in
from gotare.lint.subjects import DockerfileSubject

_WITHOUT_ROOT: Final = r"(?:non-?root|rootless|unprivileged)"
_HARDENED: Final = re.compile(rf"{_WITHOUT_ROOT}|hardened")
_CLIENTS: Final = re.compile(r"docker(?:-ce)?-cli|docker(?:\.io|-ce)?|podman|buildah|nerdctl")

_PLUGIN: Final = re.compile(r"docker-(?:\w+-)*(?:driver|plugin)")
_PLUGIN_TYPE: Final = re.compile(r'"docker\.\w+/\d')
_OF_HOST: Final = re.compile(
    r"iptables(?:-legacy)?|ip6tables|nftables|ipset|conntrack(?:-tools)?|wireguard(?:-tools)?|lvm2"
    r"|device-mapper|thin-provisioning-tools|zfs(?:utils-linux)?|btrfs-(?:progs|tools)"
)
"""Packages that change the network or the disks of a machine, for which they must be root."""
_PRIVILEGED: Final = re.compile(r"^[ \t]*#.*\brun\b.*\s--privileged\b", re.MULTILINE)

_INTERPRETERS: Final = re.compile(
    r"python|node|ruby|perl|php|openjdk|eclipse-temurin|amazoncorretto|maven|gradle|rust|elixir"
)
_SERVERS: Final = frozenset({
    "nginx", "httpd", "postgres", "mysql", "mariadb", "redis", "valkey/valkey", "mongo", "php",
    "wordpress", "rabbitmq", "cassandra", "elasticsearch", "ghost", "nextcloud",
})  # fmt: skip
"""Docker's official images that begin as root and give that up."""
_SERVER_COMMANDS: Final = frozenset({
    "nginx", "httpd-foreground", "apache2-foreground", "php-fpm", "docker-entrypoint.sh",
    "docker-php-entrypoint", "postgres", "mysqld", "mariadbd", "redis-server", "valkey-server",
    "mongod", "rabbitmq-server", "cassandra",
})  # fmt: skip
STEP_DOWN: Final = re.compile(
    r"\b(?:gosu|su-exec|setpriv|runuser|chpst|setuidgid|s6-setuidgid)\b|chroot\s+--userspec"
)
"""What entrypoints become another user with."""
_FOR_PROGRAMS: Final = frozenset({"bin", "sbin"})
_FRONTEND: Final = "moby.buildkit.frontend."
_NEAR: Final = 3
"""Folders of a Dockerfile's path that may name its image."""


def never_runs(stage: Stage) -> bool:
    """Whether an image only carries files, for `docker build --output` or other stages: there is
    neither a command nor a shell for one, or it names what no kernel starts."""
    words = words_of(command_of(stage))
    foreign = bool(words) and words[0].endswith((".apk", ".wasm"))
    return stage.root.kind == "scratch" and (foreign or command_of(stage) is None)


def has_reason(subject: DockerfileSubject, image: Image) -> bool:
    """Whether something says why an image is root's: the file names root, makes another image for
    other users, keeps the tools of root's home, serves or talks to the engine of containers, or
    waits for commands, or works with Go; it changes the host's network or disks, or is said to run
    privileged; a server gives root up itself; or manifests run it as another user."""
    return (
        _names_root(image.stage)
        or _has_sibling(subject.build, image.stage)
        or _works_at_home(image)
        or _waits_for_commands(image.stage)
        or _works_with_go(subject, image)
        or _is_collection(image)
        or _holds_client(image)
        or _changes_host(image)
        or _is_of_host(image)
        or _is_frontend(image.stage)
        or _is_said_privileged(subject)
        or _is_plugin(subject, image)
        or _gives_up_root(image.stage)
        or _steps_down_later(subject, image)
        or _is_run_without_root(subject)
    )


def _names_root(stage: Stage) -> bool:
    user = stage.state.variables.get("USER")
    return user is not None and user.kind == "env" and user.value == "root"


def _has_sibling(build: Build, stage: Stage) -> bool:
    """Whether another stage is named as the same image without root, or as one without root that
    runs the same."""
    name, runs = re.escape(stage.name), words_of(command_of(stage))
    same = re.compile(rf"{name}[-_.]{_WITHOUT_ROOT}|{_WITHOUT_ROOT}[-_.]{name}" if name else "-")
    return any(
        same.fullmatch(other.name)
        or (_HARDENED.fullmatch(other.name) and runs and words_of(command_of(other)) == runs)
        for other in build.stages
        if other.state.is_root is False
    )


def _works_at_home(image: Image) -> bool:
    """Whether nothing is run by itself, and files lie in /root for commands that people give."""
    return command_of(image.stage) is None and any(
        held.copy is not None and held.path.startswith("/root/") for held in image.contents.held
    )


def _is_collection(image: Image) -> bool:
    """Whether nothing is run by itself, and several programs lie there to choose from."""
    copied = [posixpath.dirname(h.path) for h in image.contents.held if h.copy is not None]
    programs = [folder for folder in copied if posixpath.basename(folder) in _FOR_PROGRAMS]
    return command_of(image.stage) is None and len(programs) > 1


def _holds_client(image: Image) -> bool:
    """Whether there is a client of an engine, whose socket is root's."""
    packages = image.contents.packages
    return image.contents.tool("docker") == "yes" or any(
        _CLIENTS.fullmatch(package.name) for package in packages
    )


def _is_plugin(subject: DockerfileSubject, image: Image) -> bool:
    """Whether the program serves the engine itself: logs, volumes or networks of containers. The
    config.json of a plugin lies beside its Dockerfile."""
    program, around = image.program, subject.around
    if program is not None and _PLUGIN.fullmatch(posixpath.basename(program.name)):
        return True
    beside = posixpath.join(posixpath.dirname(around.here), "config.json")
    return bool(_PLUGIN_TYPE.search(around.texts.get(beside) or ""))


def _changes_host(image: Image) -> bool:
    return any(_OF_HOST.fullmatch(package.name) for package in image.contents.packages)


def _is_of_host(image: Image) -> bool:
    """Whether the program is known to watch its host or to manage containers."""
    words = words_of(command_of(image.stage))
    name = posixpath.basename(words[0]) if words else ""
    return bool(name) and (manages_containers(name) or reaches_by_trade(name))


def _is_frontend(stage: Stage) -> bool:
    """Whether BuildKit runs the image to read Dockerfiles; it takes no user from it."""
    return any(
        pair.key.text.startswith(_FRONTEND)
        for link in stage.chain
        for label in link.named("LABEL")
        for pair in label.pairs
    )


def _is_said_privileged(subject: DockerfileSubject) -> bool:
    """Whether a comment of the file runs the image with all rights."""
    return bool(_PRIVILEGED.search(subject.file.text))


def _waits_for_commands(stage: Stage) -> bool:
    """Whether nothing is run by itself but the interpreter of the base."""
    return command_of(stage) is None and bool(_INTERPRETERS.fullmatch(stage.root.repository))


def _works_with_go(subject: DockerfileSubject, image: Image) -> bool:
    """Whether a program that is ready lies on an image of Go, which the file itself does not use:
    the program needs it when it runs."""
    stage, words = image.stage, words_of(command_of(image.stage))
    if stage.facts is None or stage.facts.family != "golang" or not words:
        return False
    copies = [copy for link in stage.chain for copy in copies_in(subject.build, link)]
    is_ready = any(
        copy.origin is None and path == words[0] for copy in copies for _, path in copy.placed()
    )
    return is_ready and not any(commands_in(subject, link) for link in stage.chain)


def _gives_up_root(stage: Stage) -> bool:
    """Whether an image runs the server of a base that begins as root and makes its workers, or
    itself, another user."""
    if stage.root.registry != "docker.io" or stage.root.repository not in _SERVERS:
        return False
    command = command_of(stage)
    words = words_of(command)
    return command is None or (bool(words) and posixpath.basename(words[0]) in _SERVER_COMMANDS)


def _steps_down_later(subject: DockerfileSubject, image: Image) -> bool:
    """Whether the script that is run first becomes another user."""
    return STEP_DOWN.search(entry_script(subject, image)) is not None


def _is_run_without_root(subject: DockerfileSubject) -> bool:
    """Whether manifests run an image of the name that the Dockerfile's folder has."""
    folders = subject.file.path.replace("\\", "/").split("/")[:-1]
    return not subject.around.without_root.isdisjoint(folders[-_NEAR:]) if folders else False
