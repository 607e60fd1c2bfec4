"""How an image is tried without an engine: its files in a folder, its program in a chroot."""

from __future__ import annotations

import shlex

from gotare.generate.identity import user_and_group
from gotare.generate.smoke import SECONDS, Smoke, smoke_of
from gotare.plan import ImagePlan


def rootfs_lines(image: ImagePlan, platform: str) -> list[str]:
    """Return shell lines that try `oci:dist:NAME:candidate`; none where nothing can be asked.

    They want python, curl and util-linux, and the right to chroot, which containers have that run
    as root; neither an engine nor more privileges.
    """
    smoke = smoke_of(image)
    asked = _asked(image, smoke)
    version = [f"{_start(image, smoke)} {shlex.join(smoke.version)}"] if smoke.version else []
    return [*_unpack(image, platform), *version, *asked] if version or asked else []


def _unpack(image: ImagePlan, platform: str) -> list[str]:
    name = shlex.quote(image.name)
    layers = 'import json; print(*json.load(open("parts/manifest.json"))[0]["Layers"])'
    return [
        "rm -rf parts root && mkdir parts root",
        f"gotare copy --platform {platform} oci:dist:{name}:candidate docker-archive:parts.tar",
        "tar -xf parts.tar -C parts",
        f"""for layer in $(python -c '{layers}'); do""",
        '  tar -xf "parts/$layer" -C root',
        "done",
    ]


def _start(image: ImagePlan, smoke: Smoke) -> str:
    """Return how the program starts: with the image's user, folder and variables, and no others."""
    user, group = user_and_group(image)
    env = [f"{name}={value}" for name, value in {**image.run.env, **smoke.env}.items()]
    chroot = ["unshare", "--root=root", f"--wd={image.run.working_dir or '/'}"]
    identity = [f"--setgid={group}", f"--setuid={user}"]
    return shlex.join(["env", "-i", *env, *chroot, *identity, *image.run.entrypoint])


def _asked(image: ImagePlan, smoke: Smoke) -> list[str]:
    test = _test(smoke)
    if not test:
        return []
    start = f"{_start(image, smoke)} {shlex.join(image.run.args)}".rstrip()
    return [
        f"{start} &",
        "program=$!",
        "trap 'kill \"$program\"' EXIT",
        f"for _ in $(seq {SECONDS}); do",
        f"  {test} && break",
        "  sleep 1",
        "done",
        test,
        'trap - EXIT && kill "$program"',
    ]


def _test(smoke: Smoke) -> str:
    if smoke.question in ("health", "http"):
        insecure = " --insecure" if smoke.scheme == "https" else ""
        url = f"{smoke.scheme}://127.0.0.1:{smoke.port}{smoke.path}"
        return f"curl --fail --silent --output /dev/null{insecure} {shlex.quote(url)}"
    if smoke.question == "tcp":
        return (
            f"""python -c 'import socket; socket.create_connection(("127.0.0.1", {smoke.port}))'"""
        )
    if smoke.question == "alive":
        return 'sleep 5 && kill -0 "$program"'
    return ""
