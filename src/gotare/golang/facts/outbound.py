"""Whom a program calls over TLS and HTTP, as far as its code and its libraries show.

TLS needs root certificates only on the side that dials. So a call counts when its address may be
https, a library when it is a client; the libraries of servers name crypto/tls too and do not count.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from gotare.golang.facts.clients import kind_of
from gotare.golang.facts.closure import is_listed
from gotare.golang.facts.leading import beginning
from gotare.golang.facts.scope import Scope
from gotare.golang.facts.sources import Call
from gotare.golang.facts.types import Evidence
from gotare.golang.syntax.expressions import Expr

_TLS: Final = ("crypto/tls", "crypto/x509")
_REQUESTS: Final = {
    "net/http.Get": 0,
    "net/http.Head": 0,
    "net/http.Post": 0,
    "net/http.PostForm": 0,
    "net/http.NewRequest": 1,
    "net/http.NewRequestWithContext": 2,
}
"""Functions of net/http that make requests, with the argument that is the URL."""

_DIALS: Final = (
    "crypto/tls.Dial",
    "crypto/tls.DialWithDialer",
    "crypto/tls.Client",
    "crypto/x509.SystemCertPool",
    "net/smtp.SendMail",
    "google.golang.org/grpc/credentials.NewClientTLSFromCert",
)
_GRPC_TLS: Final = "google.golang.org/grpc/credentials.NewTLS"
_PROXIES: Final = ("net/http/httputil.NewSingleHostReverseProxy",)

HTTPS_CLIENTS: Final = frozenset(
    {
        "cloud.google.com/go",
        "github.com/Azure/azure-sdk-for-go",
        "github.com/DataDog/datadog-api-client-go",
        "github.com/PagerDuty/go-pagerduty",
        "github.com/ProtonMail/go-proton-api",
        "github.com/anthropics/anthropic-sdk-go",
        "github.com/aws/aws-sdk-go",
        "github.com/aws/aws-sdk-go-v2",
        "github.com/bwmarrin/discordgo",
        "github.com/cloudflare/cloudflare-go",
        "github.com/coreos/go-oidc",
        "github.com/digitalocean/godo",
        "github.com/getsentry/sentry-go",
        "github.com/go-resty/resty",
        "github.com/go-telegram-bot-api/telegram-bot-api",
        "github.com/google/go-containerregistry/pkg/v1/remote",
        "github.com/google/go-github",
        "github.com/hashicorp/go-getter",
        "github.com/hashicorp/go-retryablehttp",
        "github.com/imroc/req",
        "github.com/launchdarkly/go-server-sdk",
        "github.com/mailgun/mailgun-go",
        "github.com/newrelic/go-agent",
        "github.com/openai/openai-go",
        "github.com/opsgenie/opsgenie-go-sdk-v2",
        "github.com/sashabaranov/go-openai",
        "github.com/segmentio/analytics-go",
        "github.com/sendgrid/sendgrid-go",
        "github.com/sideshow/apns2",
        "github.com/slack-go/slack",
        "github.com/stripe/stripe-go",
        "github.com/tencentyun/cos-go-sdk-v5",
        "github.com/twilio/twilio-go",
        "github.com/xanzy/go-gitlab",
        "gitlab.com/gitlab-org/api/client-go",
        "golang.org/x/crypto/acme/autocert",
        "golang.org/x/oauth2",
        "google.golang.org/api",
        "gopkg.in/telebot",
        "resty.dev",
        "github.com/caddyserver/certmagic",
    }
)
"""Modules and packages that call a service on the internet over HTTPS, whatever is imported of
them. Major versions are left out."""

_HARMLESS: Final = frozenset(
    {
        "github.com/coder/websocket",
        "github.com/docker/docker",
        "github.com/docker/go-connections",
        "github.com/gin-gonic/gin",
        "github.com/go-jose/go-jose",
        "github.com/gofiber",
        "github.com/golang-jwt/jwt",
        "github.com/google/certificate-transparency-go",
        "github.com/google/s2a-go",
        "github.com/gorilla/websocket",
        "github.com/grpc-ecosystem",
        "github.com/labstack/echo",
        "github.com/lestrrat-go/jwx",
        "github.com/moby/moby/client",
        "github.com/prometheus",
        "github.com/quic-go",
        "github.com/spiffe/go-spiffe",
        "github.com/tus/tusd",
        "github.com/valyala/fasthttp",
        "golang.org/x/crypto",
        "golang.org/x/net",
        "google.golang.org/grpc",
        "gopkg.in/square/go-jose",
        "k8s.io",
        "nhooyr.io/websocket",
        "sigs.k8s.io",
        "software.sslmate.com/src/go-pkcs12",
    }
)
"""Modules that name crypto/tls or crypto/x509 though they do not dial by themselves, or trust the
certificates that they are given: servers, parsers of keys, clients of a cluster or of a socket."""

_PLAIN_STORES: Final = frozenset({
    "postgres", "mysql", "redis", "mongo", "kafka", "nats", "rabbitmq", "memcached", "cassandra",
    "clickhouse", "etcd", "sqlserver", "ldap", "mqtt",
})  # fmt: skip
"""Services whose clients speak TLS only where the address or an option says so."""

_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0"})  # noqa: S104


def outbound_tls(scope: Scope) -> Evidence | None:
    """Return why the program needs root certificates, or None."""
    return next(_tls(scope), None)


def is_plain_unless_told(at: Evidence) -> bool:
    """Return whether what shows that roots are needed is a client of a store, which speaks TLS only
    where its settings say so."""
    return any(kind_of(path) in _PLAIN_STORES for path in at.chain)


def outbound_http(scope: Scope) -> Evidence | None:
    """Return where the program calls others over HTTP or HTTPS, or None."""
    return next(_http(scope), None)


def _tls(scope: Scope) -> Iterator[Evidence]:
    for call, scheme, _ in _requests(scope):
        if scheme != "http":
            yield call.at()
    for call in scope.calling(*_DIALS):
        yield call.at()
    yield from _grpc_dials(scope)
    yield from _clients(scope)
    yield from _clients_by_literal(scope)
    yield from _importers_of_tls(scope)


def _http(scope: Scope) -> Iterator[Evidence]:
    for call, _, host in _requests(scope):
        if host not in _LOCAL:
            yield call.at()
    for call in scope.calling(*_PROXIES):
        yield call.at()
    yield from _clients(scope)
    yield from _clients_by_literal(scope)


def _requests(scope: Scope) -> Iterator[tuple[Call, str, str]]:
    """Yield the requests to others, with scheme and host, "" where the code does not say."""
    for call in scope.calling(*_REQUESTS):
        index = _REQUESTS[call.qualified]
        if index < len(call.arguments):
            scheme, host = _address(scope, call, call.arguments[index])
            itself = host in _LOCAL or (not host and _asks_itself(call))
            if not (scheme == "http" and itself):
                yield call, scheme, host
    yield from _client_requests(scope)


def _client_requests(scope: Scope) -> Iterator[tuple[Call, str, str]]:
    """Yield the requests of an http.Client: methods of its names that are given a URL."""
    for call in scope.methods(("net/http",), "Get", "Head", "Post", "PostForm"):
        scheme, host = _address(scope, call, call.arguments[0]) if call.arguments else ("", "")
        if scheme and not (scheme == "http" and host in _LOCAL):
            yield call, scheme, host


def _asks_itself(call: Call) -> bool:
    """Whether a request to a computed address is the program's own health check."""
    name = call.function.name if call.function else ""
    return "healthcheck" in f"{name} {call.source.path}".lower().replace("_", "")


def _address(scope: Scope, call: Call, expr: Expr) -> tuple[str, str]:
    text, whole = beginning(scope.values, call, expr)
    scheme, separator, rest = text.partition("://")
    if not separator or scheme not in ("http", "https"):
        return "", ""
    value = scope.values.value(call, expr)
    if value.variable or value.flag:  # the host of the default is not that of a deployment
        return scheme, ""
    complete = whole or any(mark in rest for mark in ":/")
    try:
        host = urlsplit(text).hostname or ""
    except ValueError:
        host = ""
    return scheme, host if complete else ""


def _grpc_dials(scope: Scope) -> Iterator[Evidence]:
    """Yield the dials of gRPC with the certificates of the system.

    Where credentials come in a variable, they are a client's if the program is no server of TLS.
    """
    is_server = any(True for _ in scope.calling("google.golang.org/grpc.Creds"))
    makes_tls = any(True for _ in scope.calling(_GRPC_TLS))
    for call in scope.calling("google.golang.org/grpc.WithTransportCredentials"):
        for argument in call.arguments:
            called = argument[1] if argument[0] == "call" else None
            name = scope.sources.qualified(call.source, called) if called else ""
            if name == _GRPC_TLS or (called is None and makes_tls and not is_server):
                yield call.at("credentials.NewTLS")


def _clients_by_literal(scope: Scope) -> Iterator[Evidence]:
    """Yield the clients that are made here; one that only asks this host is no such client."""
    asked = list(scope.calling(*_REQUESTS))
    others = any(True for _ in _requests(scope))
    for literal in scope.literals("net/http.Client"):
        if others or not asked:
            yield literal.at()


def _clients(scope: Scope) -> Iterator[Evidence]:
    """Yield the packages reached that call services on the internet, nearest first."""
    closure = scope.closure.without(_HARMLESS)
    for path in closure.foreign:
        if is_listed(path, HTTPS_CLIENTS):
            yield closure.at(path)


def _importers_of_tls(scope: Scope) -> Iterator[Evidence]:
    """Yield the packages of other modules that use TLS and are not known to be servers; clients of
    stores come last."""
    closure = scope.closure.without(_HARMLESS)
    later: list[Evidence] = []
    for path in closure.foreign:
        package = closure.packages[path]
        if any(tls in package.imports for tls in _TLS) and not is_listed(path, _HARMLESS):
            at = closure.at(path)
            if is_plain_unless_told(at):
                later.append(at)
            else:
                yield at
    yield from later
