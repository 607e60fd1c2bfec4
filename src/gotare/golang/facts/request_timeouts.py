"""Requests to others that may last for ever: those of net/http's default client."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gotare.golang.facts.program import Program
from gotare.golang.facts.sources import Call
from gotare.golang.facts.types import Hazard
from gotare.golang.facts.unused import is_unused

_FUNCTIONS: Final = ("net/http.Get", "net/http.Head", "net/http.Post", "net/http.PostForm")
_METHODS: Final = ("Get", "Head", "Post", "PostForm")
_LOCAL: Final = ("http://localhost", "http://127.", "http://[::1]", "https://localhost")
_DEFAULT_CLIENT: Final = "net/http.DefaultClient"
_TIMEOUT: Final = "Timeout"


def request_hazards(program: Program) -> Iterator[Hazard]:
    """Yield the requests of the default client, which has no time limit unless one is set."""
    if _default_is_limited(program):
        return
    for call in (*program.calling(*_FUNCTIONS), *_by_client(program)):
        if not is_unused(program, call) and not _asks_itself(program, call):
            yield Hazard("no-request-timeout", call.at(), f"http.{_word(call)}")


def _word(call: Call) -> str:
    return call.method if not call.qualified else call.qualified.rpartition(".")[2]


def _by_client(program: Program) -> Iterator[Call]:
    for call in program.methods(*_METHODS):
        if call.receiver and program.qualified(call, call.receiver) == _DEFAULT_CLIENT:
            yield call


def _default_is_limited(program: Program) -> bool:
    """Tell whether `http.DefaultClient.Timeout = …` or `http.DefaultClient = …` stands anywhere."""
    fields = program.objects.index.fields
    limited = (program.qualified(one.context, one.target[1]) for one in fields.get(_TIMEOUT, ()))
    replaced = (
        program.qualified(one.context, one.target) for one in fields.get("DefaultClient", ())
    )
    return _DEFAULT_CLIENT in (*limited, *replaced)


def _asks_itself(program: Program, call: Call) -> bool:
    """Tell whether a request is the program's own health check: the engine ends it in time."""
    name = f"{call.function.name if call.function else ''} {call.source.path}".lower()
    if "healthcheck" in name.replace("_", ""):
        return True
    text = program.text(call, call.arguments[0]) if call.arguments else None
    return bool(text and text.startswith(_LOCAL))
