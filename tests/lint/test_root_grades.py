"""When does a file say that an image is root's on purpose?"""

from __future__ import annotations

from typing import Final

import pytest

from gotare.findings import Severity
from gotare.lint.run import Source, lint_text
from gotare.lint.subjects import Surroundings
from tests.lint.cases import only
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
    f"{BASE}COPY app /usr/bin/\n": WARNING,
    f"{BASE}COPY app tool /usr/bin/\n": INFO,
    f"{BASE}COPY app /opt/x/bin/app\nCOPY tool /opt/x/bin/tool\n": INFO,
    f"{BASE}COPY app tool /usr/bin/\n{RUN}": WARNING,
    f'{BASE}COPY cadvisor /usr/bin/\nENTRYPOINT ["/usr/bin/cadvisor", "-logtostderr"]\n': INFO,
    f'{BASE}COPY x /bin/woodpecker-agent\nENTRYPOINT ["/bin/woodpecker-agent"]\n': INFO,
    f"{BASE}LABEL moby.buildkit.frontend.caps=moby.buildkit.frontend.inputs\n{RUN}": INFO,
    f"{BASE}LABEL frontend=web\n{RUN}": WARNING,
    f"{BASE}COPY app.spec /root/rpmbuild/SPECS/\n": INFO,
    f"{BASE}COPY app.spec /root/rpmbuild/SPECS/\n{RUN}": WARNING,
    f"{BASE}RUN apt-get install -y docker-ce-cli\nCOPY app /\n{RUN}": INFO,
    f"{BASE}COPY --from=docker:29-cli /usr/local/bin/docker /usr/bin/docker\n{RUN}": INFO,
    f"{BASE}RUN apt-get install -y curl\nCOPY app /\n{RUN}": WARNING,
    f'{BASE}COPY docker-driver /bin/\nENTRYPOINT ["/bin/docker-driver"]\n': INFO,
    f'{BASE}COPY docker-volume-plugin /\nENTRYPOINT ["/docker-volume-plugin"]\n': INFO,
    f'{BASE}COPY docker-driven /bin/\nENTRYPOINT ["/bin/docker-driven"]\n': WARNING,
}
"""Files whose image runs as root, and how bad that is."""

BASES: Final = {
    "FROM nginx:1.29\nCOPY site /usr/share/nginx/html\n": INFO,
    'FROM nginx:1.29\nCOPY site /srv\nCMD ["nginx", "-g", "daemon off;"]\n': INFO,
    "FROM docker.io/library/nginx:1.29\nCOPY site /usr/share/nginx/html\n": INFO,
    f"FROM nginx:1.29\nCOPY app /\n{RUN}": WARNING,
    "FROM python:3.14-slim\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\n": INFO,
    'FROM python:3.14-slim\nCOPY app.py .\nCMD ["python", "app.py"]\n': WARNING,
    f"FROM golang:1.26\nCOPY app /\n{RUN}": INFO,
    f"FROM golang:1.26\nCOPY . /app\nRUN go build -o /app .\n{RUN}": WARNING,
    f"FROM golang:1.26 AS a\nFROM golang:1.26\nCOPY --from=a /app /\n{RUN}": WARNING,
    f"FROM alpine:3.24\nCOPY app /\n{RUN}": WARNING,
}
"""Files that stand on servers and interpreters, and how bad it is that they run as root."""


@pytest.mark.parametrize("text", BASES)
def test_a_base_may_give_root_up_itself_or_wait_for_commands(text: str) -> None:
    assert [severity for severity, _ in graded("root-by-default", text)] == [BASES[text]]


SCRIPTS: Final = {
    'exec setpriv --reuid "$ID" -- "$@"\n': INFO,
    'exec chroot --userspec="$NAME" / "$@"\n': INFO,
    'exec "$@"\n': WARNING,
}
"""What the entrypoint says, and how bad it is that it begins as root."""


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_script_that_is_run_first_may_become_another_user(script: str) -> None:
    text = f'{BASE}COPY scripts/ /scripts/\nENTRYPOINT ["/scripts/run.sh"]\nCMD ["app"]\n'
    files = frozenset({"scripts/", "scripts/run.sh"})
    around = Surroundings(files=files, texts={"scripts/run.sh": script})
    assert grades_in("Dockerfile", text, around) == [SCRIPTS[script]]


@pytest.mark.parametrize(
    ("path", "severity"),
    [
        ("src/cart/Dockerfile", INFO),
        ("cart/src/Dockerfile", INFO),
        ("src/shop/Dockerfile", WARNING),
        ("Dockerfile", WARNING),
    ],
)
def test_manifests_may_run_it_as_another_user(path: str, severity: Severity) -> None:
    around = Surroundings(without_root=frozenset({"cart"}))
    assert grades_in(path, f"{BASE}COPY app /\n{RUN}", around) == [severity]


@pytest.mark.parametrize(
    ("config", "severity"),
    [
        ('{"interface": {"types": ["docker.volumedriver/1.0"]}}', INFO),
        ('{"listen": "docker.example.com"}', WARNING),
    ],
)
def test_plugins_of_the_engine_are_roots(config: str, severity: Severity) -> None:
    text = f'{BASE}COPY app /\nENTRYPOINT ["/app", "serve"]\n'
    around = Surroundings(texts={"plugin/config.json": config}, here="plugin/Dockerfile")
    assert grades_in("plugin/Dockerfile", text, around) == [severity]


def grades_in(path: str, text: str, around: Surroundings) -> list[Severity]:
    """Return how bad it is that the image of a file runs as root."""
    linted = lint_text(Source(path, "dockerfile", text), around, only("root-by-default"))
    assert linted.failures == ()
    return [found.severity for found in linted.findings]


SIBLINGS: Final = {
    ("x-nonroot", "USER 65532\n", "x"): INFO,
    ("rootless-x", "USER 65532\n", "x"): INFO,
    ("x-nonroot", "", "x"): WARNING,
    ("y-nonroot", "USER 65532\n", "x"): WARNING,
    ("x-debian", "USER 65532\n", "x"): WARNING,
    ("hardened", "USER 65532\n", "x"): INFO,
    ("hardened", "USER root\n", "x"): WARNING,
}
"""The name of a stage, its USER, the name of one without USER, and how bad that is."""


@pytest.mark.parametrize("text", FILES)
def test_the_same_is_no_flaw_where_a_user_is_made_for_others(text: str) -> None:
    made = text.replace(BASE, f"{BASE}RUN useradd --uid 1000 app\n")
    assert [severity for severity, _ in graded("user-not-used", made)] == [FILES[text]]


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
