"""Makes Dockerfiles by chance: most of instructions that are right, some of anything."""

from __future__ import annotations

import random

from gotare.lint.dockerfile.forms import INSTRUCTIONS
from tests.lint.dockerfile.snippets import ALL

KEYWORDS = (*sorted(INSTRUCTIONS), "run", "from", "Copy")

SCRAPS = (
    '"', "'", "\\", "`", "$", "<<", "<<EOF\n", "<<-EOF", '<<"EOF"', "<<'A B'", "3<<X", "EOF\n", " ",
    "\t", "\n", "\r\n", "\\\n", "\\ \n", "`\n", "#", "# c\n", "# escape=`\n", "--", "--from=a",
    "--mount=type=cache", "--mount=from=$x", "--x", "--link", "--link=true", "--interval=3s",
    "--retries=-1", '--chown="a b"', "=", "a=b", 'a="b c"', "a='", "[", "]", '["a"]', '["a", "b"]',
    "[1]", '["a",]', "[]", ",", "{", "}", "${a}", "${a:-b}", "${a:xb}", "${", "$a", "a", "AS",
    "NONE", "CMD", "é", "\u00a0", "\v", "\x1f", "<<<", "0", "-", "\x85", "\ufeff", "\u2028", "!",
)  # fmt: skip

_STARTS = ("", "", "", "# syntax=a\n", "# escape=`\n", "#!a\n", "\ufeff", "# check=skip=a\n")
_FIRST = ("FROM a\n", "ARG x=1\nFROM a$x AS b\n", "from --platform=linux/amd64 a as b\n")


def _bodies() -> list[str]:
    """Return the parts of the snippets after their first FROM."""
    first = "FROM scratch\n"
    texts = [text.removeprefix(first) for text in ALL.values() if text.startswith(first)]
    return [text for text in texts if len(text) < 1000]


BODIES = _bodies()


def mixed(chance: random.Random) -> str:
    """Return a file of snippets, some of them damaged."""
    parts = [chance.choice(_STARTS), chance.choice(_FIRST)]
    for _ in range(chance.randint(1, 5)):
        body = chance.choice(BODIES)
        if chance.random() < 0.15:
            at = chance.randint(0, len(body))
            body = body[:at] + chance.choice(SCRAPS) + body[at:]
        parts += [body, chance.choice(("", "\n", "# c\n", "  # d\n"))]
    text = "".join(parts)
    if parts[0].startswith("# escape"):
        text = text.replace("\\", "`")
    return text.replace("\n", "\r\n") if chance.random() < 0.1 else text


def scraps(chance: random.Random) -> str:
    """Return a file that hardly makes sense."""
    parts = [chance.choice(_STARTS), chance.choice(_FIRST)]
    for _ in range(chance.randint(1, 5)):
        parts += [chance.choice(KEYWORDS), " "]
        parts += [chance.choice(SCRAPS) for _ in range(chance.randint(0, 6))]
        parts.append("\n")
    return "".join(parts)


def damaged(text: str, chance: random.Random) -> str:
    """Return a text with a few characters or lines lost, doubled, or put elsewhere."""
    for _ in range(chance.randint(1, 4)):
        at = chance.randint(0, len(text))
        end = min(len(text), at + chance.choice((1, 1, 5, 40)))
        kind = chance.randint(0, 3)
        if kind == 0:
            text = text[:at] + text[end:]
        elif kind == 1:
            text = text[:at] + text[at:end] * 2 + text[end:]
        elif kind == 2:
            text = text[:at] + chance.choice(SCRAPS) + text[at:]
        else:
            text = text[:at] + text[end:] + text[at:end]
    return text
