"""Images that stand for those which Dockerfiles of guides name, in an engine without a registry.

They are those of `tests/generate/bases.py`. What stands for Alpine gets scripts in place of apk,
adduser and addgroup: packages are not to be had here, and the busybox at hand makes no accounts.
"""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from pathlib import Path
from typing import Any, Final

from gotare.generate import tools
from tests.generate.bases import Bases

APK: Final = '#!/bin/sh\necho "apk $*"\n'
ADDGROUP: Final = """#!/bin/sh
for name; do :; done
echo "$name:x:101:" >> /etc/group
"""
ADDUSER: Final = """#!/bin/sh
number=100
while [ $# -gt 0 ]; do
  case "$1" in
    -u) number=$2; shift ;;
    -G|-g|-h|-s) shift ;;
    -*) ;;
    *) name=$1 ;;
  esac
  shift
done
echo "$name:x:$number:101::/home/$name:/bin/sh" >> /etc/passwd
mkdir -p "/home/$name"
chown "$number:101" "/home/$name"
"""
_SCRIPTS: Final = {"apk": APK, "addgroup": ADDGROUP, "adduser": ADDUSER}
_STAND_IN: Final = """# syntax={frontend}
FROM {base}
{copies}RUN /bin/busybox --install -s /bin
"""
_NAMED: Final = re.compile(
    r"(?P<before>^FROM (?:--platform=\S+ )?|--from=)(?P<name>(?:golang|alpine|gcr\.io)\S*)", re.M
)


class GuideBases:
    """The images by the names that Dockerfiles have for them."""

    def __init__(self, bases: Bases) -> None:
        self._bases = bases
        self._golang = bases.names[tools.golang("")]
        self._alpine = self._with_scripts(bases.names[tools.ALPINE])
        self._golang_alpine = self._with_scripts(self._golang)

    def _with_scripts(self, base: str) -> str:
        copies = "".join(
            f"COPY --chmod=755 <<'END' /sbin/{name}\n{text}END\n" for name, text in _SCRIPTS.items()
        )
        text = _STAND_IN.format(frontend=self._bases.frontend, base=base, copies=copies)
        if "golang" in base:
            text = text.rpartition("RUN ")[0]
        name = f"gotare-tests/guide:{hashlib.sha256(text.encode()).hexdigest()[:16]}"
        if not self._bases.client.has(name):
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder, "Dockerfile")
                path.write_text(text)
                self._bases.client("build", "--network=none", "-q", "-t", name, "-f", path, folder)
        return name

    def _stand_in(self, name: str) -> str:
        if name.startswith("golang"):
            return self._golang_alpine if "alpine" in name else self._golang
        if name.startswith("alpine"):
            return self._alpine
        debug = ":debug" in name
        return self._bases.names[tools.distroless("static", debug=debug)]

    def named(self, dockerfile: str) -> str:
        """Return a Dockerfile with the images that are here in the places of others, and the
        frontend that `Bases.docker_build` knows."""
        text = re.sub(r"^# syntax=.*\n", "", dockerfile)
        text = _NAMED.sub(lambda m: m["before"] + self._stand_in(m["name"]), text)
        return f"# syntax={tools.SYNTAX}\n{text}"

    def build(self, context: Path, dockerfile: str, tag: str) -> None:
        """Build a Dockerfile of a guide in the real BuildKit."""
        self._bases.docker_build(context, self.named(dockerfile), tag)

    def config(self, tag: str) -> dict[str, Any]:
        """Return the config of an image."""
        (document,) = json.loads(self._bases.client("inspect", tag))
        config = document["Config"]
        assert isinstance(config, dict)
        return config

    def run(self, tag: str, *arguments: str) -> str:
        """Run what an image runs, without a network; return what it prints."""
        config = self.config(tag)
        words: list[str] = (config["Entrypoint"] or []) + (config["Cmd"] or [])
        options = ("run", "--rm", "--network=none", "--read-only", "--cap-drop=ALL")
        command = ("--entrypoint", words[0], tag, *(arguments or words[1:]))
        return self._bases.client(*options, *command)

    def remove(self, tag: str) -> None:
        """Remove an image."""
        self._bases.client.remove(tag)
