"""What does a Docker credential helper say about a registry?

Protocol: docker-credential-helpers `get`: the server's name on stdin, a JSON object on stdout.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from typing import Any

from gotare.errors import ToolError, UsageError

TIMEOUT = 60.0
"""Seconds that a helper gets; some of them ask the person for a password."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_UNKNOWN = "credentials not found"


def ask_helper(
    name: str, server: str, env: Mapping[str, str], config: str
) -> tuple[str, str] | None:
    """Return the user name and the secret that `docker-credential-<name>` holds, or None.

    `config` is the file that names the helper, for messages. Raises UsageError when the helper is
    absent or misnamed, ToolError when it fails; neither shows what the helper printed on success.
    """
    program = _find(name, env, config)
    done = _run(program, server, env, config)
    if done.returncode == 0:
        return _read(done.stdout, program, config)
    said = " ".join((done.stdout + b" " + done.stderr).decode("utf-8", "replace").split())[:300]
    if _UNKNOWN in said.lower():
        return None
    raise ToolError(
        f"{program} (named in {config}) failed for {server} with exit code {done.returncode}",
        said,
        f"run `echo {server} | {program} get` to see why",
    )


def _find(name: str, env: Mapping[str, str], config: str) -> str:
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{config} names the credential helper {name[:60]!r}",
            "a helper's name has letters, digits, '.', '_' and '-' only",
        )
    program = f"docker-credential-{name}"
    if not shutil.which(program, path=env.get("PATH", "")):
        raise UsageError(
            f"{config} names the credential helper {program}, which is not on PATH",
            f"install {program}, or remove it from {config}",
        )
    return program


def _run(
    program: str, server: str, env: Mapping[str, str], config: str
) -> subprocess.CompletedProcess[bytes]:
    path = shutil.which(program, path=env.get("PATH", "")) or program
    try:
        return subprocess.run(
            [path, "get"],
            input=server.encode(),
            capture_output=True,
            env=dict(env),
            timeout=TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        problem = f"did not answer within {TIMEOUT:.0f} s"
    except OSError as error:
        problem = f"cannot be run: {error.strerror}"
    raise ToolError(f"{program} (named in {config}) {problem}", hint=f"run `{program} list`")


def _read(output: bytes, program: str, config: str) -> tuple[str, str] | None:
    try:
        document: Any = json.loads(output)
        user, secret = document["Username"], document["Secret"]
    except (ValueError, KeyError, TypeError, RecursionError):
        user = secret = None
    if not isinstance(user, str) or not isinstance(secret, str):
        raise ToolError(
            f"{program} (named in {config}) did not answer with a Username and a Secret",
            hint=f"update {program}",
        ) from None
    return (user, secret) if secret else None
