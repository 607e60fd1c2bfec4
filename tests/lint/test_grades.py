"""Where is a finding less bad than its rule says?"""

from __future__ import annotations

import pytest

from gotare.findings import Severity
from gotare.lint.run import Source, lint_text
from gotare.lint.subjects import Surroundings
from tests.lint.cases import only

WARNING, INFO = Severity.WARNING, Severity.INFO

BASE = "FROM debian:12-slim\nRUN apt-get update\n"
ROOT = {
    'CMD ["python3"]': INFO,
    'CMD ["/usr/local/bin/python3.12", "-i"]': INFO,
    "CMD irb": INFO,
    'CMD ["php", "-a"]': INFO,
    'ENTRYPOINT ["php-entrypoint"]\nCMD ["php", "-a"]': INFO,
    'ENTRYPOINT ["tini", "--"]\nCMD ["node"]': INFO,
    'ONBUILD COPY . /app\nCMD ["npm", "start"]': INFO,
    'CMD ["python3", "app.py"]': WARNING,
    'CMD ["node", "-i", "app.js"]': WARNING,
    'CMD ["pythonic"]': WARNING,
    'ENTRYPOINT ["entrypoint.sh"]\nCMD ["haproxy", "-f", "/a.cfg"]': WARNING,
    'ENTRYPOINT ["entrypoint.sh"]': WARNING,
    "COPY tool /usr/bin/": WARNING,
    'ENTRYPOINT ["python3"]\nCMD ["app.py"]': WARNING,
    'ENTRYPOINT ["python3"]\nCMD ["-i"]': INFO,
    'ENTRYPOINT ["/app"]\nCMD ["python3"]': WARNING,
}
"""Ends of files whose image runs as root, and how bad that is."""

FOLDERS = {
    "mkdir -p /run/db && chown db:db /run/db && chmod 2777 /run/db/": INFO,
    'mkdir -p /data "$LOGS"; chown -R 1:1 /data $LOGS; chmod 777 /data /var/log/x': INFO,
    "cd /usr/local/server && chmod 777 logs work": INFO,
    "chmod 777 /etc/server/data": WARNING,
    "chmod 777 /srv/app/logs /srv/app": WARNING,
    "mkdir -p /run/db && chown db:db /run/db && chmod -R 777 /run/db": WARNING,
    "mkdir -p /run/db && chmod 777 /run/db": WARNING,
    "chown db:db /run/db && chmod 777 /run/db": WARNING,
    "mkdir -p /run/db /app && chown db:db /run/db && chmod 777 /run/db /app": WARNING,
    "mkdir -p /etc/db && chown db:db /etc/db && chmod 777 /etc/db": WARNING,
    "mkdir -p $(cat x)/db; chown db $(cat x)/db; chmod 777 $(cat x)/db": WARNING,
}
"""Commands that open folders to everybody, and how bad that is."""

SETUID = {
    "COPY --chmod=4755 --from=build /bin/fusermount /usr/bin/": INFO,
    "COPY --chmod=4755 fusermount server /usr/bin/": WARNING,
}
"""Instructions that make programs run as their owner, and how bad that is."""


def graded(rule: str, text: str) -> list[tuple[Severity, bool]]:
    """Return how bad the findings of a rule are, and whether they can be repaired."""
    linted = lint_text(Source("Dockerfile", "dockerfile", text), Surroundings(), only(rule))
    assert linted.failures == ()
    return [(found.severity, found.fix is not None) for found in linted.findings]


@pytest.mark.parametrize("end", ROOT)
def test_a_base_for_other_images_may_be_root(end: str) -> None:
    """Nor is a USER put into it: what stands on it installs first."""
    severity = ROOT[end]
    assert graded("root-by-default", f"{BASE}{end}\n") == [(severity, severity == WARNING)]


@pytest.mark.parametrize("end", ['CMD ["lua"]', 'CMD ["lua", "app.lua"]'])
def test_a_base_for_other_images_may_have_a_user_for_them(end: str) -> None:
    severity = WARNING if "app" in end else INFO
    assert graded("user-not-used", f"{BASE}RUN useradd app\n{end}\n") == [(severity, False)]


@pytest.mark.parametrize("commands", FOLDERS)
def test_new_folders_for_data_may_be_open_to_users_that_nobody_knows(commands: str) -> None:
    text = f'{BASE}ENV LOGS=/var/log/x\nRUN {commands}\nUSER 1\nENTRYPOINT ["/db"]\n'
    assert graded("chmod-wide", text) == [(FOLDERS[commands], False)]


@pytest.mark.parametrize("commands", ["mkdir /gems && chmod 777 /gems", "chmod 777 /gems"])
def test_new_folders_may_be_open_to_what_is_built_on_an_image(commands: str) -> None:
    severity = INFO if "mkdir" in commands else WARNING
    assert graded("chmod-wide", f"{BASE}RUN {commands}\nCMD irb\n") == [(severity, False)]


@pytest.mark.parametrize("instruction", SETUID)
def test_programs_that_need_to_run_as_their_owner_may(instruction: str) -> None:
    text = f'FROM debian:12 AS build\n{BASE}{instruction}\nUSER 1\nENTRYPOINT ["/db"]\n'
    assert graded("setuid", text) == [(SETUID[instruction], False)]


DOWNLOADS = {
    'wget "https://example.com/model.zip?${BUILD_TAG}" -O /tmp/model.zip': INFO,
    'curl -fsSLO "https://example.com/model.zip?t=$(date +%s)"': INFO,
    'wget "http://example.com/model.zip?${BUILD_TAG}"': WARNING,
    'wget "https://example.com/model-${BUILD_TAG}.zip?raw=true"': WARNING,
    'wget "https://example.com/model.zip"': WARNING,
}
"""Commands that download, and how bad that is."""


@pytest.mark.parametrize("command", DOWNLOADS)
def test_nobody_knows_the_digest_of_what_changes_with_each_build(command: str) -> None:
    text = f"FROM debian:12-slim\nARG BUILD_TAG\nRUN {command}\n"
    assert graded("download-unverified", text) == [(DOWNLOADS[command], False)]


KEYS = {
    "RUN make && touch signing_key.pem": INFO,
    "RUN openssl genrsa > signing_key.pem": Severity.ERROR,
    "RUN touch other_key.pem": Severity.ERROR,
}
"""What makes a key that is shipped, and how bad that is."""


@pytest.mark.parametrize("command", KEYS)
def test_a_key_may_be_an_empty_file_for_who_brings_one(command: str) -> None:
    text = f"FROM debian:12 AS build\nWORKDIR /src\nCOPY . .\n{command}\nFROM scratch\n"
    text += 'COPY --from=build /src/signing_key.pem /etc/\nENTRYPOINT ["/app"]\n'
    assert graded("secret-file-copied", text) == [(KEYS[command], False)]


@pytest.mark.parametrize(
    ("script", "severity"), [("sudo -E /init.sh\n", INFO), ("exec pseudo-app\n", WARNING)]
)
def test_the_script_that_is_run_first_may_use_sudo(script: str, severity: Severity) -> None:
    text = "FROM debian:12-slim\nRUN apt-get update && apt-get install -y sudo\n"
    text += 'COPY run.sh /run.sh\nENTRYPOINT ["/run.sh"]\n'
    around = Surroundings(files=frozenset({"run.sh"}), texts={"run.sh": script})
    linted = lint_text(Source("Dockerfile", "dockerfile", text), around, only("sudo"))
    assert linted.failures == ()
    assert [found.severity for found in linted.findings] == [severity]


@pytest.mark.parametrize(
    ("steps", "severity"),
    [
        ("COPY . .\nRUN go build -o /app .\n", WARNING),
        ("COPY --from=ghcr.io/acme/app:v1 /app /app\n", INFO),
    ],
)
def test_a_program_that_is_made_elsewhere_may_run_go(steps: str, severity: Severity) -> None:
    text = f'FROM golang:1.26\n{steps}ENTRYPOINT ["/app"]\n'
    assert graded("toolchain-in-final-image", text) == [(severity, False)]
