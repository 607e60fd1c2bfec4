"""Names of Go types: how the code writes them, and what well-known functions return."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from gotare.golang.facts.sources import Context, SourceFile, Sources

_MAJOR: Final = re.compile(r"(?:/v\d+|\.v\d+)(?=$|/|\.[A-Z])")
_NEW: Final = re.compile(r"^(?:Must)?New([A-Z]\w*)$")

RESULTS: Final = {
    "github.com/gin-gonic/gin.New": "github.com/gin-gonic/gin.Engine",
    "github.com/gin-gonic/gin.Default": "github.com/gin-gonic/gin.Engine",
    "github.com/labstack/echo.New": "github.com/labstack/echo.Echo",
    "github.com/gofiber/fiber.New": "github.com/gofiber/fiber.App",
    "github.com/go-chi/chi.NewRouter": "github.com/go-chi/chi.Mux",
    "github.com/julienschmidt/httprouter.New": "github.com/julienschmidt/httprouter.Router",
    "github.com/uptrace/bunrouter.New": "github.com/uptrace/bunrouter.Router",
    "github.com/dimfeld/httptreemux.New": "github.com/dimfeld/httptreemux.TreeMux",
    "github.com/fasthttp/router.New": "github.com/fasthttp/router.Router",
    "github.com/kataras/iris.New": "github.com/kataras/iris.Application",
    "github.com/kataras/iris.Default": "github.com/kataras/iris.Application",
    "github.com/urfave/negroni.New": "github.com/urfave/negroni.Negroni",
    "github.com/urfave/negroni.Classic": "github.com/urfave/negroni.Negroni",
    "github.com/soheilhy/cmux.New": "github.com/soheilhy/cmux.CMux",
    "github.com/grpc-ecosystem/grpc-gateway/runtime.NewServeMux": (
        "github.com/grpc-ecosystem/grpc-gateway/runtime.ServeMux"
    ),
    "github.com/go-resty/resty.New": "github.com/go-resty/resty.Client",
    "net/http.DefaultServeMux": "net/http.ServeMux",
    "net/http.DefaultClient": "net/http.Client",
    "net.Listen": "net.Listener",
    "crypto/tls.Listen": "net.Listener",
}
"""What functions return, and what variables are, whose names do not say it. Names are plain."""


def plain(name: str) -> str:
    """Return an import path, or a name in a package, without major versions: echo/v4 is echo."""
    return _MAJOR.sub("", name)


def result_of(qualified: str) -> str:
    """Return the type that a function of another module returns, "" where it cannot be told."""
    name = plain(qualified)
    if name in RESULTS:
        return RESULTS[name]
    package, _, function = name.rpartition(".")
    made = _NEW.match(function)
    return f"{package}.{made[1]}" if made else ""


def first_result(result: str) -> str:
    """Return the first type of a function's result as it is written: `(a *T, err error)` is *T."""
    if not result.startswith("("):
        return result
    first = result[1:-1].split(",")[0].strip()
    return first.rpartition(" ")[2] if not first.startswith(("func", "map", "chan")) else first


def type_named(sources: Sources, source: SourceFile, text: str) -> str:
    """Return a type's full name for what a file writes: `*echo.Echo` is "path/of/echo.Echo".

    Slices and maps are taken for their elements. Without versions; of the project's own packages
    the import path stays whole.
    """
    text = re.sub(r"^(?:\*|\[\w*\]|\.\.\.|map\[\w+\])+", "", text.strip()).partition("[")[0]
    package, _, name = text.rpartition(".")
    if not name.isidentifier():
        return ""
    if not package:
        return f"{source.package}.{name}"
    path = sources.imported(source, package)
    if not path:
        return ""
    return f"{path}.{name}" if path in sources.packages else plain(f"{path}.{name}")


def embedded(sources: Sources, owner: str) -> Iterator[tuple[Context, str]]:
    """Yield the types that a struct of the project embeds, each where it stands."""
    package, _, name = owner.rpartition(".")
    found = sources.struct(package, name)
    if found:
        source, struct = found
        for field in struct.fields:
            if field.type.lstrip("*").rpartition(".")[2] == field.name:
                yield Context(source, None, None), field.type
