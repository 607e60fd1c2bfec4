"""Programs written as texts, with the imports that they seem to use: for the tests of facts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from gotare.golang.facts.program import Program
from gotare.golang.facts.sources import SourceFile, Sources
from gotare.golang.facts.values import Values
from gotare.golang.syntax.file import read_file

MODULE: Final = "example.com/shop"

_IMPORTS = """
amqp github.com/rabbitmq/amqp091-go
asynq github.com/hibiken/asynq
autocert golang.org/x/crypto/acme/autocert
bunrouter github.com/uptrace/bunrouter
chi github.com/go-chi/chi/v5
cli github.com/urfave/cli/v2
cmux github.com/soheilhy/cmux
cobra github.com/spf13/cobra
context context
credentials google.golang.org/grpc/credentials
cron github.com/robfig/cron/v3
ctrl sigs.k8s.io/controller-runtime
dns github.com/miekg/dns
echo github.com/labstack/echo/v4
echoprometheus github.com/labstack/echo-contrib/echoprometheus
echov5 github.com/labstack/echo/v5
endless github.com/fvbock/endless
env github.com/caarlos0/env/v11
envconfig github.com/kelseyhightower/envconfig
errgroup golang.org/x/sync/errgroup
errors errors
expvar expvar
fasthttp github.com/valyala/fasthttp
ffcli github.com/peterbourgon/ff/v3/ffcli
fiber github.com/gofiber/fiber/v2
fiberprometheus github.com/ansrivas/fiberprometheus/v2
fiberhealth github.com/gofiber/fiber/v2/middleware/healthcheck
flag flag
fmt fmt
fx go.uber.org/fx
gin github.com/gin-gonic/gin
godotenv github.com/joho/godotenv
gofr gofr.dev/pkg/gofr
graceful github.com/tylerb/graceful
grpc google.golang.org/grpc
grpc_health_v1 google.golang.org/grpc/health/grpc_health_v1
grpchealth connectrpc.com/grpchealth
h2c golang.org/x/net/http2/h2c
handlers github.com/gorilla/handlers
health google.golang.org/grpc/health
healthcheck github.com/heptiolabs/healthcheck
healthlib github.com/alexliesenfeld/health
healthgo github.com/hellofresh/health-go/v5
http net/http
http2 golang.org/x/net/http2
httprouter github.com/julienschmidt/httprouter
httptest net/http/httptest
huma github.com/danielgtaylor/huma/v2
humachi github.com/danielgtaylor/huma/v2/adapters/humachi
insecure google.golang.org/grpc/credentials/insecure
iris github.com/kataras/iris/v12
kafka github.com/segmentio/kafka-go
kingpin gopkg.in/alecthomas/kingpin.v2
kingpinflag github.com/prometheus/exporter-toolkit/web/kingpinflag
kong github.com/alecthomas/kong
kratos github.com/go-kratos/kratos/v2
log log
mcli github.com/mitchellh/cli
metricsserver sigs.k8s.io/controller-runtime/pkg/metrics/server
middleware github.com/go-chi/chi/v5/middleware
mux github.com/gorilla/mux
nats github.com/nats-io/nats.go
negroni github.com/urfave/negroni
net net
netutil golang.org/x/net/netutil
os os
otelhttp go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp
pflag github.com/spf13/pflag
pprof net/http/pprof
promhttp github.com/prometheus/client_golang/prometheus/promhttp
reflection google.golang.org/grpc/reflection
rest github.com/zeromicro/go-zero/rest
resty github.com/go-resty/resty/v2
run github.com/oklog/run
runtime github.com/grpc-ecosystem/grpc-gateway/v2/runtime
signal os/signal
slices slices
strconv strconv
strings strings
sync sync
syscall syscall
time time
tls crypto/tls
toolkit github.com/prometheus/exporter-toolkit/web
userv1 example.com/shop/gen/userv1
viper github.com/spf13/viper
web github.com/beego/beego/v2/server/web
webhook sigs.k8s.io/controller-runtime/pkg/webhook
"""
IMPORTS: Final = dict(line.split() for line in _IMPORTS.strip().splitlines())
"""What the short names in snippets stand for."""

_USED = re.compile(r"(?<![\w.])([a-z]\w*)\.[A-Za-z]")
_QUOTED = re.compile(r'"[^"\n]*"|//[^\n]*')


def program(text: str) -> Program:
    """Return the program that a text is.

    `-- path/file.go --` begins a file of its own, as in txtar. A file without a package clause gets
    one, and the imports that it seems to use; one without functions is the body of main.
    """
    sources = Sources(_source(path, part) for path, part in _files(text))
    return Program(sources, Values(sources), frozenset(sources.packages))


def _files(text: str) -> Iterator[tuple[str, str]]:
    parts = re.split(r"^-- (\S+) --\n", text, flags=re.MULTILINE)
    if parts[0].strip():
        yield "main.go", parts[0]
    yield from zip(parts[1::2], parts[2::2], strict=True)


def _source(path: str, text: str) -> SourceFile:
    folder = path.rpartition("/")[0]
    package = f"{MODULE}/{folder}" if folder else MODULE
    name = "main" if not folder or folder.startswith("cmd/") else folder.rpartition("/")[2]
    code = text if text.startswith("package ") else whole(text, name)
    found = read_file(code.encode())
    assert not found.errors, f"{path} does not parse at {found.errors}:\n{code}"
    return SourceFile(path, package, found)


def whole(text: str, name: str) -> str:
    """Return a whole Go file, with a package clause and the imports that it seems to use."""
    body = text if re.search(r"^(?:func|var|type|const) ", text, re.MULTILINE) else _main(text)
    used = sorted(set(_USED.findall(_QUOTED.sub("", text))))
    # one line, so that the lines of a snippet are those of the file but for the first
    imports = "".join(f'{n} "{IMPORTS[n]}"; ' for n in used if n in IMPORTS)
    own = "".join(
        f'"{MODULE}/internal/{n}"; ' for n in used if n not in IMPORTS and n in _OWN_PACKAGES
    )
    return f"package {name}; import ({imports}{own})\n{body}"


_OWN_PACKAGES: Final = frozenset({"api", "cmd", "config", "metrics", "server", "routes", "worker"})


def _main(text: str) -> str:
    return f"func main() {{\n{text}\n}}"


def cases(name: str) -> list[tuple[str, str]]:
    """Return the cases of a table: what is expected, a line each after `===`, and the Go code."""
    text = Path(__file__).with_name("cases").joinpath(f"{name}.txt").read_text()
    found = []
    for case in text.split("=== ")[1:]:
        expected, _, code = case.partition("\n---\n")
        found.append((expected.strip(), code))
    return found
