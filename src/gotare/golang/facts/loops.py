"""What keeps a program running though it listens nowhere."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import chain
from typing import Final

from gotare.golang.facts.listening import Listens
from gotare.golang.facts.program import Program
from gotare.golang.facts.signals import heard
from gotare.golang.facts.sources import Call, Context, Sources
from gotare.golang.facts.types import Evidence
from gotare.golang.facts.values import Values
from gotare.golang.syntax.expressions import Expr
from gotare.golang.syntax.file import Function

_METHODS: Final[dict[str, tuple[str, ...]]] = {
    "github.com/segmentio/kafka-go": ("ReadMessage", "FetchMessage"),
    "github.com/IBM/sarama": ("Consume", "ConsumePartition"),
    "github.com/Shopify/sarama": ("Consume", "ConsumePartition"),
    "github.com/confluentinc/confluent-kafka-go": ("SubscribeTopics", "Subscribe", "Poll"),
    "github.com/twmb/franz-go/pkg/kgo": ("PollFetches", "PollRecords"),
    "github.com/nats-io/nats.go": ("Subscribe", "QueueSubscribe", "PullSubscribe", "Consume",
                                   "ChanSubscribe", "QueueSubscribeSync", "SubscribeSync"),
    "github.com/rabbitmq/amqp091-go": ("Consume", "ConsumeWithContext"),
    "github.com/streadway/amqp": ("Consume",),
    "github.com/aws/aws-sdk-go": ("ReceiveMessage", "ReceiveMessageWithContext"),
    "github.com/aws/aws-sdk-go-v2/service/sqs": ("ReceiveMessage",),
    "cloud.google.com/go/pubsub": ("Receive",),
    "github.com/redis/go-redis": ("Subscribe", "PSubscribe", "XReadGroup", "BLPop", "BRPop"),
    "github.com/go-redis/redis": ("Subscribe", "PSubscribe", "XReadGroup", "BLPop", "BRPop"),
    "github.com/eclipse/paho.mqtt.golang": ("Subscribe", "SubscribeMultiple"),
    "github.com/robfig/cron": ("Run", "Start"),
    "github.com/go-co-op/gocron": ("Start", "StartBlocking", "StartAsync"),
    "github.com/hibiken/asynq": ("Run", "Start"),
    "go.temporal.io/sdk/worker": ("Run", "Start"),
    "github.com/riverqueue/river": ("Start",),
    "github.com/RichardKnop/machinery": ("Launch",),
    "github.com/ThreeDotsLabs/watermill": ("Run",),
    "github.com/nsqio/go-nsq": ("ConnectToNSQLookupd", "ConnectToNSQD"),
    "github.com/apache/pulsar-client-go/pulsar": ("Receive",),
    "sigs.k8s.io/controller-runtime": ("Start",),
    "k8s.io/client-go/informers": ("Start",),
    "k8s.io/client-go/tools/leaderelection": ("Run",),
    "go.uber.org/fx": ("Run",),
    "github.com/bwmarrin/discordgo": ("Open",),
    "github.com/go-telegram-bot-api/telegram-bot-api": ("GetUpdatesChan",),
    "gopkg.in/telebot": ("Start",),
    "gopkg.in/tucnak/telebot": ("Start",),
    "github.com/slack-go/slack/socketmode": ("Run", "RunContext"),
    "github.com/thejerf/suture": ("Serve", "ServeBackground"),
}  # fmt: skip
"""Libraries that run on, and the methods that make them, where a package imports the library."""

_FUNCTIONS: Final = (
    "github.com/aws/aws-lambda-go/lambda.Start",
    "github.com/aws/aws-lambda-go/lambda.StartWithOptions",
    "k8s.io/client-go/tools/leaderelection.RunOrDie",
    "github.com/GoogleCloudPlatform/functions-framework-go/funcframework.Start",
)
_TICKERS: Final = frozenset({"time.NewTicker", "time.Tick"})


def loops(sources: Sources, values: Values, packages: Collection[str]) -> Evidence | None:
    """Return what keeps a program running when it listens nowhere, None when nothing is seen.

    `packages` are import paths: a main package with all that it imports.
    """
    program = Program(sources, values, packages)
    found = chain(
        _libraries(program),
        () if Listens.of(program).found else _waiting_for_signals(program),
        _tickers(program),
        _endless(program),
    )
    return next(found, None)


def _libraries(program: Program) -> Iterator[Evidence]:
    for call in program.calling(*_FUNCTIONS):
        yield call.at()
    for path, names in _METHODS.items():
        importing = {evidence.path.rpartition("/")[0] for evidence in program.imports(path)}
        for call in program.methods(*names) if importing else ():
            if call.source.path.rpartition("/")[0] in importing and _fits(program, call, path):
                yield call.at(f"{path.rpartition('/')[2]} {call.method}")


def _fits(program: Program, call: Call, path: str) -> bool:
    """Tell whether a method may be one of a library: nothing says that its receiver is another."""
    types = program.types(call, call.receiver)
    return not types or any(f"{type_}/".startswith((f"{path}.", f"{path}/")) for type_ in types)


def _waiting_for_signals(program: Program) -> Iterator[Evidence]:
    """Yield where main itself waits for a signal: `<-quit`, `<-ctx.Done()`."""
    for one in heard(program):
        function = one.call.function
        if function is None or one.library:
            continue
        for statement in function.body:
            context = Context(one.call.source, function, statement)
            if _is_wait(program, context):
                yield context.source.at(statement.line, "waits for a signal")


def _is_wait(program: Program, context: Context) -> bool:
    statement = context.statement
    if statement is None or statement.kind not in ("call", "assign", "receive"):
        return False
    if statement.condition or program.objects.index.around(context):
        return False
    return statement.kind == "receive" or any(
        value[0] == "unary" and value[1] == "<-" for value in statement.values
    )


def _tickers(program: Program) -> Iterator[Evidence]:
    """Yield the loops over tickers: `for range ticker.C`, and `for { select { case <-t.C`."""
    if not any(True for _ in program.calling(*_TICKERS)):
        return
    for context in _statements(program):
        statement, function = context.statement, context.function
        assert statement and function
        in_loop = statement.kind == "receive" and _is_in_loop(function, statement.line)
        repeats = statement.kind == "range" or in_loop
        if repeats and _is_ticker(program, context, statement.values):
            yield context.source.at(statement.line, "time.Ticker")


def _is_in_loop(function: Function, line: int) -> bool:
    """Tell whether an endless loop begins before a line, as far as lines tell."""
    return any(s.kind == "forever" and not s.values and s.line <= line for s in function.body)


def _is_ticker(program: Program, context: Context, values: tuple[Expr, ...]) -> bool:
    if not values:
        return False
    channel = values[0]
    if channel[0] == "call":
        return program.qualified(context, channel[1]) in _TICKERS
    made = channel[1] if channel[0] == "select" and channel[2] == "C" else channel
    return any(
        origin.expr[0] == "call" and program.qualified(origin.context, origin.expr[1]) in _TICKERS
        for origin in program.objects.origins(context, made)
    )


def _endless(program: Program) -> Iterator[Evidence]:
    """Yield `select {}`, and endless loops that sleep in functions that main calls main or run."""
    for context in _statements(program):
        statement, function = context.statement, context.function
        assert statement and function
        if statement.kind != "forever":
            continue
        if statement.values:
            yield context.source.at(statement.line, "select {}")
        elif (
            function.name in ("main", "run", "Run")
            and _sleeps(program, context, function)
            and not _finishes(function, statement.line)
        ):
            yield context.source.at(statement.line, "for")


def _finishes(function: Function, line: int) -> bool:
    """Whether a loop is left when something holds, as what waits for a server does; to leave it
    for an error only is no end."""
    for statement in function.body:
        if statement.kind != "return" or statement.values or statement.line < line:
            continue
        kind, asked = statement.condition or ("", None)
        if kind == "if" and asked and not (asked[0] == "binary" and asked[1] == "!="):
            return True
    return False


def _sleeps(program: Program, context: Context, function: Function) -> bool:
    line = context.statement.line if context.statement else 0
    return any(
        call.function is function and call.line >= line for call in program.calling("time.Sleep")
    )


def _statements(program: Program) -> Iterator[Context]:
    for package in sorted(program.packages):
        for source in program.sources.packages.get(package, ()):
            for function in source.file.functions:
                for statement in function.body:
                    yield Context(source, function, statement)
