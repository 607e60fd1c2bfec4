"""The Dockerfiles of experts are taken from git, linted alone, and held to verdicts."""

from __future__ import annotations

import io
import subprocess
import tarfile
from pathlib import Path

import pytest

from benchmarks import lint_gold
from benchmarks.lint_corpus import Repository, UnreadError
from benchmarks.lint_gold import (
    COLUMNS,
    Outcome,
    Place,
    Verdict,
    fetch,
    lint,
    read_verdicts,
    section,
    share,
    told,
)
from gotare.lint.rules import all_rules

FOLDERS = {"a.Dockerfile": 'FROM alpine:3.22\nRUN apk add curl\nCMD ["/a"]\n', "b.Dockerfile": "x"}
APK, ROOT = Place("a.Dockerfile", 2, "apk-cache"), Place("a.Dockerfile", 1, "root-by-default")


def packed() -> bytes:
    """Return an archive with the files in a folder, and a link."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:xz") as archive:
        for name, text in FOLDERS.items():
            member = tarfile.TarInfo(f"sources/{name}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
        link = tarfile.TarInfo("sources/c.Dockerfile")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return stream.getvalue()


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a copy of a repository that holds the archive; the cache lies beside it."""
    source = tmp_path / "source"
    place = source / lint_gold.ARCHIVE
    place.parent.mkdir(parents=True)
    place.write_bytes(packed())
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    for words in (("init", "-q"), ("add", "."), (*identity, "commit", "-q", "-m", "a")):
        subprocess.run(["git", "-C", source, *words], check=True, capture_output=True)
    bare = tmp_path / "mirror" / "me+gold" / "repo"
    subprocess.run(["git", "clone", "-q", "--bare", source, bare], check=True, capture_output=True)
    for key in ("uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"):
        subprocess.run(["git", "-C", bare, "config", key, "true"], check=True)
    head = subprocess.run(["git", "-C", source, "rev-parse", "HEAD"], capture_output=True)
    monkeypatch.setattr(lint_gold, "GOLD", Repository("me/gold", head.stdout.decode().strip()))
    monkeypatch.setattr(lint_gold, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(lint_gold, "FILES", tmp_path / "cache" / "files")
    return tmp_path / "mirror"


def taken() -> dict[str, str]:
    return {path.name: path.read_text() for path in lint_gold.FILES.iterdir()}


def test_files_are_taken_from_a_mirror(mirror: Path) -> None:
    assert fetch(mirror) == 2
    assert taken() == FOLDERS
    (lint_gold.FILES / "old").write_text("")
    assert fetch(mirror) == 2
    assert taken() == FOLDERS


def test_files_are_fetched(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second time nothing is asked for."""
    place = mirror / "me+gold" / "repo"
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", f"url.file://{place}.insteadOf")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "https://github.com/me/gold")
    assert fetch(None) == 2
    place.rename(place.parent / "away")
    assert fetch(None) == 2
    assert taken() == FOLDERS


def test_what_is_absent_is_told_of(mirror: Path, tmp_path: Path) -> None:
    with pytest.raises(UnreadError):
        fetch(tmp_path)
    assert lint_gold.main(["--mirror", str(tmp_path)]) == 1


def test_each_file_is_linted_alone(mirror: Path) -> None:
    fetch(mirror)
    outcome = lint()
    assert outcome.files == 2
    assert set(outcome.found) == {APK, ROOT, Place("b.Dockerfile", 1, "syntax")}
    assert outcome.failures == ()


def test_what_nobody_examined_fails(
    mirror: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(lint_gold, "VERDICTS", tmp_path / "verdicts.tsv")
    monkeypatch.setattr(lint_gold, "PAGE", tmp_path / "lint.md")
    monkeypatch.setattr(lint_gold, "MOST", 2.0)
    lint_gold.PAGE.write_text("# Lint\n")
    lines = ["\t".join(COLUMNS), "a.Dockerfile\t2\tapk-cache\ttrue\tit stays"]
    lines += ["a.Dockerfile\t1\troot-by-default\topinion\ta base", "gone\t1\tapk-cache\ttrue\tr"]
    arguments = ["--mirror", str(mirror), "--write"]
    lint_gold.VERDICTS.write_text("\n".join(lines) + "\n")
    assert lint_gold.main(arguments) == 1
    said = capsys.readouterr().out
    assert "b.Dockerfile\t1\tsyntax\t?\t?\n" in said
    assert "found no more: gone:1 apk-cache\n" in said
    assert lint_gold.PAGE.read_text() == "# Lint\n"
    lines.append("b.Dockerfile\t1\tsyntax\ttrue\tno Dockerfile")
    lint_gold.VERDICTS.write_text("\n".join(lines) + "\n")
    assert lint_gold.main(arguments) == 0
    assert "| `apk-cache`" in lint_gold.PAGE.read_text()


def test_too_many_fail() -> None:
    places = (Place("a", 1, "apk-cache"), Place("a", 2, "no-strip"), Place("a", 3, "latest-tag"))
    outcome = Outcome(2, (*places, Place("a", 1, "base-end-of-life")), ("r failed",))
    verdicts = {place: Verdict("true", "because") for place in outcome.found}
    assert share(outcome) == 1.0  # neither the rule for Go nor the one of age counts
    assert told(outcome, verdicts) == [
        "failed: r failed",
        "1.00 warnings and errors a file are too many",
    ]
    text = section(outcome, {**verdicts, places[0]: Verdict("opinion", "on purpose")})
    assert "General rules: 2 warnings and errors, 1.00 a file; 1 true, 1 opinion, 0 false" in text
    assert "0.50 false alarms a file, opinions among them. All rules: 4, 2.00 a file." in text
    assert "(about Go)" in text
    assert "- `apk-cache`, opinion (1): on purpose.\n" in text


def test_verdicts_are_about_rules() -> None:
    text = lint_gold.VERDICTS.read_text()
    verdicts = read_verdicts()
    assert {place.rule for place in verdicts} <= set(all_rules())
    assert len(verdicts) == text.count("\n") - 1, "something is judged twice"
    assert list(verdicts) == sorted(verdicts)


def test_a_verdict_needs_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lint_gold, "VERDICTS", tmp_path / "v.tsv")
    for words in ("maybe\tr", "true\t"):
        (tmp_path / "v.tsv").write_text("\t".join(COLUMNS) + f"\na\t1\tapk-cache\t{words}\n")
        with pytest.raises(ValueError, match="no verdict"):
            read_verdicts()
