"""What does a .dockerignore let into a build, and what must it?"""

from __future__ import annotations

from gotare.findings import Edit, Fix
from gotare.lint.dockerfile.syntax import Span
from gotare.lint.dockerignore import IgnoreSubject
from gotare.lint.rules.context import clean, covers


def taken(subject: IgnoreSubject, path: str) -> bool:
    """Whether a Dockerfile takes a file that is not left out, as far as is known."""
    sources = subject.taken
    return sources is None or any(covers(clean(source), path) for source in sources)


def kept(subject: IgnoreSubject) -> frozenset[str]:
    """Return the files that the code embeds, or opens where it runs."""
    plan = subject.around.plan
    inside = (subject.inside(path) for path in (plan.sources.kept if plan else ()))
    return frozenset(path for path in inside if path and path != ".")


def end_of(subject: IgnoreSubject) -> Span:
    """Return the place of the last line that says something."""
    text = subject.text.rstrip()
    return Span(text.rfind("\n") + 1, len(text))


def more(subject: IgnoreSubject, *lines: str) -> Fix:
    """Add lines at the end, where nothing overrules them."""
    text = subject.text
    newline = "\r\n" if "\r\n" in text else "\n"
    start = "" if not text or text.endswith("\n") else newline
    last = text[-1:]
    added = last + start + "".join(f"{line}{newline}" for line in lines)
    edit = Edit(len(text) - len(last), len(text), added)
    return Fix((edit,), True, f"add {', '.join(lines)}")
