"""Commands of every kind, with nothing or little behind them: rules say something or nothing."""

from __future__ import annotations

from itertools import chain, permutations
from typing import Final

import pytest

from gotare.lint.policy import Policy
from gotare.lint.run import Source, lint_text
from gotare.lint.subjects import Surroundings

COMMANDS: Final = """
apk apt-get apt dnf yum microdnf tdnf zypper pip npm gem cargo go git curl wget tar unzip
gpg sha256sum adduser useradd addgroup groupadd usermod su sudo gosu su-exec setcap chmod
chown chgrp mkdir touch cp mv ln rm install cd export set env exec time nice make xargs
find sed awk sh bash npx upx strip ldconfig update-ca-certificates systemctl service tini
dumb-init
"""

WORDS: Final = ("", "--", "-", "install", "-o", '""', "$X", "$(y)", "&& ", "| ", ">", "-c", "add")


@pytest.mark.parametrize("command", COMMANDS.split())
def test_no_rule_fails_on_a_bare_command(command: str) -> None:
    lines = [f"RUN {command} {' '.join(words)}" for words in permutations(WORDS, 2)]
    lines += [f'RUN ["{command}"]', f"CMD {command}", f'ENTRYPOINT ["{command}"]']
    text = "\n".join(chain(["FROM golang:1.26 AS x"], lines, ["FROM scratch", *lines, ""]))
    linted = lint_text(Source("Dockerfile", "dockerfile", text), Surroundings(), Policy())
    assert linted.failures == ()
    assert linted.findings, "a rule looked"
