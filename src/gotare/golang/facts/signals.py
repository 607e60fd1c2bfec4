"""Which signals a program listens to in order to end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from gotare.golang.facts.program import Program
from gotare.golang.facts.sources import Call
from gotare.golang.facts.types import Evidence
from gotare.golang.facts.values import Place
from gotare.golang.syntax.expressions import Expr

ORDER: Final = ("SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP")
"""Signals that end programs; others (SIGUSR1, SIGWINCH) are for something else."""

_BOTH: Final = ("SIGTERM", "SIGINT")
_NOTIFY: Final = {
    "os/signal.Notify": 1,
    "os/signal.NotifyContext": 1,
    "github.com/oklog/run.SignalHandler": 1,
}
"""Functions that take signals, and from which argument on."""


class Library(NamedTuple):
    """A library that handles signals by itself. `grace` is what it waits, in seconds, None where
    it sets no limit; `field` is the struct's field or `option` the function that sets it."""

    signals: tuple[str, ...]
    grace: float | None = None
    option: str = ""
    field: str = ""


LIBRARIES: Final[dict[str, Library]] = {
    "sigs.k8s.io/controller-runtime.SetupSignalHandler": Library(
        _BOTH, 30.0, field="sigs.k8s.io/controller-runtime.Options.GracefulShutdownTimeout"
    ),
    "sigs.k8s.io/controller-runtime/pkg/manager/signals.SetupSignalHandler": Library(_BOTH, 30.0),
    "k8s.io/apiserver/pkg/server.SetupSignalHandler": Library(_BOTH),
    "k8s.io/apiserver/pkg/server.SetupSignalContext": Library(_BOTH),
    "knative.dev/pkg/signals.NewContext": Library(_BOTH),
    "go.uber.org/fx.New": Library(_BOTH, 15.0, option="go.uber.org/fx.StopTimeout"),
    "github.com/tylerb/graceful.Run": Library(_BOTH),
    "gopkg.in/tylerb/graceful.Run": Library(_BOTH),
    "github.com/fvbock/endless.ListenAndServe": Library(_BOTH, 60.0),
    "github.com/fvbock/endless.ListenAndServeTLS": Library(_BOTH, 60.0),
    "github.com/facebookgo/grace/gracehttp.Serve": Library(_BOTH),
    "github.com/go-kratos/kratos.New": Library(
        ("SIGTERM", "SIGINT", "SIGQUIT"), 10.0, option="github.com/go-kratos/kratos.StopTimeout"
    ),
    "github.com/ory/graceful.Graceful": Library(_BOTH, 10.0),
    "github.com/danielgtaylor/huma/humacli.New": Library(_BOTH),
    "github.com/hibiken/asynq.NewServer": Library(
        _BOTH, 8.0, field="github.com/hibiken/asynq.Config.ShutdownTimeout"
    ),
    "go.temporal.io/sdk/worker.InterruptCh": Library(_BOTH),
    "gofr.dev/pkg/gofr.New": Library(_BOTH, 30.0),
    "github.com/zeromicro/go-zero/rest.MustNewServer": Library(_BOTH, 5.5),
    "github.com/zeromicro/go-zero/zrpc.MustNewServer": Library(_BOTH, 5.5),
}
"""Functions after which signals are handled; the figures are the libraries' defaults."""


class Heard(NamedTuple):
    """A call after which signals are heard; `library` None for os/signal itself."""

    call: Call
    signals: tuple[str, ...]
    library: Library | None = None

    @property
    def at(self) -> Evidence:
        """Where it stands."""
        return self.call.at()


def heard(program: Program) -> list[Heard]:
    """Return the calls that make a program hear signals that end it, SIGTERM first."""
    found = [*_notified(program), *_by_libraries(program)]
    return sorted(found, key=lambda one: "SIGTERM" not in one.signals)


def _notified(program: Program) -> Iterator[Heard]:
    for name, first in _NOTIFY.items():
        for call in program.calling(name):
            signals = _signals(program, call, call.arguments[first:])
            if signals:
                yield Heard(call, signals)


def _by_libraries(program: Program) -> Iterator[Heard]:
    for name, library in LIBRARIES.items():
        for call in program.calling(name):
            yield Heard(call, library.signals, library)


def _signals(program: Program, place: Place, arguments: Sequence[Expr]) -> tuple[str, ...]:
    """Return the signals of a list that end programs; all when it is empty, none when the list is
    only for something else, as SIGHUP alone is for reloading."""
    if not arguments:
        return ORDER
    names = {name for argument in arguments for name in signal_names(program, place, argument)}
    if names.isdisjoint(_BOTH):
        return ()
    return tuple(name for name in ORDER if name in names)


def signal_names(program: Program, place: Place, expr: Expr) -> Iterator[str]:
    """Yield the signals that an expression is: one, or the elements of a slice."""
    for origin in program.objects.origins(place, expr):
        if origin.expr[0] == "literal":
            for _, value in origin.expr[2]:
                yield from signal_names(program, origin.context, value)
            continue
        name = program.qualified(origin.context, origin.expr)
        package, _, signal = name.rpartition(".")
        if name == "os.Interrupt":
            yield "SIGINT"
        elif package in ("syscall", "golang.org/x/sys/unix") and signal.startswith("SIG"):
            yield signal
