"""When does a file say that an image is root's on purpose?"""

from __future__ import annotations

from typing import Final

import pytest

from gotare.findings import Severity
from tests.lint.test_grades import graded

WARNING, INFO = Severity.WARNING, Severity.INFO
BASE: Final = "FROM debian:12-slim AS app\n"
RUN: Final = 'ENTRYPOINT ["/app"]\n'

FILES: Final = {
    f"{BASE}ENV USER root\nCOPY app /\n{RUN}": INFO,
    f"{BASE}ENV HOME=/root USER=root\nCOPY app /\n{RUN}": INFO,
    f"{BASE}ENV USER=app\nCOPY app /\n{RUN}": WARNING,
    f"{BASE}ARG USER=root\nCOPY app /\n{RUN}": WARNING,
    f"{BASE}COPY app /\n": WARNING,
    f"{BASE}COPY app.spec /root/rpmbuild/SPECS/\n": INFO,
    f"{BASE}COPY app.spec /root/rpmbuild/SPECS/\n{RUN}": WARNING,
    f"{BASE}RUN apt-get install -y docker-ce-cli\nCOPY app /\n{RUN}": INFO,
    f"{BASE}COPY --from=docker:29-cli /usr/local/bin/docker /usr/bin/docker\n{RUN}": INFO,
    f"{BASE}RUN apt-get install -y curl\nCOPY app /\n{RUN}": WARNING,
}
"""Files whose image runs as root, and how bad that is."""

SIBLINGS: Final = {
    ("x-nonroot", "USER 65532\n", "x"): INFO,
    ("rootless-x", "USER 65532\n", "x"): INFO,
    ("x-nonroot", "", "x"): WARNING,
    ("y-nonroot", "USER 65532\n", "x"): WARNING,
    ("x-debian", "USER 65532\n", "x"): WARNING,
}
"""The name of a stage, its USER, the name of one without USER, and how bad that is."""


@pytest.mark.parametrize("text", FILES)
def test_a_file_may_say_that_root_is_meant(text: str) -> None:
    assert [severity for severity, _ in graded("root-by-default", text)] == [FILES[text]]


@pytest.mark.parametrize("stages", SIBLINGS)
def test_an_image_without_root_may_stand_beside_it(stages: tuple[str, str, str]) -> None:
    other, user, name = stages
    text = f"FROM alpine:3.24 AS {other}\n{user}COPY a /app\n{RUN}"
    text += f"FROM alpine:3.24 AS {name}\nCOPY a /app\n{RUN}"
    assert (SIBLINGS[stages], SIBLINGS[stages] is WARNING) in graded("root-by-default", text)


HELPERS: Final = {
    "chmod 4755 /usr/local/bin/fusermount": INFO,
    "chmod u+s /usr/bin/newuidmap newgidmap": INFO,
    "chmod u+s /usr/bin/newuidmap /app": WARNING,
    "chmod 4755 /bin/mount": WARNING,
    "chmod 4755 $HELPER": WARNING,
}
"""Commands that give programs the rights of their owner, and how bad that is."""


@pytest.mark.parametrize("command", HELPERS)
def test_some_programs_need_the_rights_of_their_owner(command: str) -> None:
    found = graded("setuid", f"{BASE}RUN {command}\n{RUN}")
    assert [severity for severity, _ in found] == [HELPERS[command]]
