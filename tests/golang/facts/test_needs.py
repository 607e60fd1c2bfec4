"""Certificates, zones, users and the host's name: what needs them, and what only seems to."""

from __future__ import annotations

import pytest

from gotare.golang.facts.needs import needs_of
from gotare.golang.facts.outbound import is_plain_unless_told, outbound_http, outbound_tls
from gotare.golang.facts.scope import Scope
from tests.golang.facts.scopes import MAIN, go_source, scope_of, snippet

TLS = {"github.com/go-sql-driver/mysql": ["crypto/tls", "database/sql"]}
GIN = {
    "github.com/gin-gonic/gin": ["net/http", "github.com/quic-go/quic-go/http3"],
    "github.com/quic-go/quic-go/http3": ["crypto/tls"],
}


def kinds(scope: Scope) -> set[str]:
    return {need.kind for need in needs_of(scope)}


@pytest.mark.parametrize(
    ("imports", "text", "what"),
    [
        ("net/http", 'http.Get("https://api.example.com/v1")', "http.Get"),
        ("net/http", "resp, err := http.Get(os.Args[1])\n_, _ = resp, err", "http.Get"),
        ("net/http fmt", 'http.Get(fmt.Sprintf("https://%s/x", host()))', "http.Get"),
        (
            "net/http context",
            'req, _ := http.NewRequestWithContext(ctx, "POST", c.base+"/pay", nil)\n_ = req',
            "http.NewRequestWithContext",
        ),
        (
            "net/http time",
            "client := &http.Client{Timeout: time.Second}\n_ = client",
            "http.Client",
        ),
        (
            "net/http",
            'http.Get("http://localhost:80/health")\n'
            'c := &http.Client{}\nc.Get("https://api.example.com")',
            "Get",
        ),
        ("crypto/tls", 'tls.Dial("tcp", "example.com:443", nil)', "tls.Dial"),
        ("crypto/x509", "pool, _ := x509.SystemCertPool()\n_ = pool", "x509.SystemCertPool"),
        ("net/smtp", 'smtp.SendMail("mail:587", nil, "a", nil, nil)', "smtp.SendMail"),
        (
            "google.golang.org/grpc google.golang.org/grpc/credentials",
            'grpc.NewClient("x:443", grpc.WithTransportCredentials(credentials.NewTLS(nil)))',
            "credentials.NewTLS",
        ),
        (
            "google.golang.org/grpc google.golang.org/grpc/credentials",
            "creds := credentials.NewTLS(nil)\n"
            'grpc.NewClient("x:443", grpc.WithTransportCredentials(creds))',
            "credentials.NewTLS",
        ),
    ],
)
def test_calls_that_need_roots(imports: str, text: str, what: str) -> None:
    found = outbound_tls(snippet(f"{imports} os", text))
    assert found
    assert (found.path, found.what) == ("main.go", what)
    assert found.line > 0


@pytest.mark.parametrize(
    ("imports", "text"),
    [
        ("net/http", 'http.HandleFunc("/", h)\nhttp.ListenAndServe(":8080", nil)'),
        ("net/http", 'http.Get("http://localhost:8080/healthz")'),
        ("net/http net", 'http.Get("http://" + net.JoinHostPort("127.0.0.1", port()) + "/health")'),
        ("net/http fmt", 'http.Get(fmt.Sprintf("http://localhost:%d/health", port))'),
        (
            "net/http",
            'client := &http.Client{}\nclient.Get("http://localhost")\n'
            'http.NewRequest("GET", "http://localhost:80/ready", nil)',
        ),
        ("crypto/tls", "cfg := &tls.Config{MinVersion: tls.VersionTLS12}\n_ = cfg"),
        (
            "google.golang.org/grpc google.golang.org/grpc/credentials/insecure",
            'grpc.NewClient("x", grpc.WithTransportCredentials(insecure.NewCredentials()))',
        ),
        (
            "google.golang.org/grpc google.golang.org/grpc/credentials",
            'c, _ := credentials.NewServerTLSFromFile("a", "b")\ngrpc.NewServer(grpc.Creds(c))',
        ),
        (
            "google.golang.org/grpc google.golang.org/grpc/credentials",
            "c := credentials.NewTLS(nil)\ngrpc.NewServer(grpc.Creds(c))\n"
            'grpc.NewClient("x", grpc.WithTransportCredentials(plain))',
        ),
        ("database/sql", 'sql.Open("mysql", dsn)'),
    ],
)
def test_what_needs_no_roots(imports: str, text: str) -> None:
    assert outbound_tls(snippet(imports, text)) is None


def test_a_health_check_of_itself_calls_nobody() -> None:
    text = """\
func healthcheck(ctx context.Context, addr string) error {
	url, err := healthURL(addr)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	return send(request)
}

func healthURL(addr string) (string, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", err
	}
	return "http://" + net.JoinHostPort(host, port) + "/health", nil
}
"""
    scope = snippet("context net net/http", text)
    assert outbound_tls(scope) is None
    assert outbound_http(scope) is None


def test_plain_http_to_others_is_a_call_without_roots() -> None:
    scope = snippet("net/http", 'http.Get("http://inventory:8080/items")')
    assert outbound_tls(scope) is None
    found = outbound_http(scope)
    assert found
    assert str(found) == "main.go:8"


def test_an_address_from_outside_may_be_anybodys() -> None:
    text = 'base := os.Getenv("API")\nhttp.Get(base + "/items")'
    assert outbound_http(snippet("os net/http", text))


def test_a_library_is_named_with_its_chain() -> None:
    files = {
        "main.go": go_source("example.com/app/internal/db", "db.Open()"),
        "internal/db/db.go": go_source(
            "database/sql _=github.com/go-sql-driver/mysql", "func Open() {}", "db"
        ),
    }
    found = outbound_tls(scope_of(files, TLS))
    assert found
    assert (found.path, found.line) == ("internal/db/db.go", 5)
    assert found.chain == (MAIN, f"{MAIN}/internal/db", "github.com/go-sql-driver/mysql")


def test_a_client_of_a_store_speaks_tls_only_when_told_to() -> None:
    other = "github.com/acme/audit"
    foreign = {**TLS, other: ["crypto/tls"]}
    store = outbound_tls(snippet("_=github.com/go-sql-driver/mysql", "", TLS))
    both = outbound_tls(snippet(f"_=github.com/go-sql-driver/mysql _={other}", "", foreign))
    call = outbound_tls(snippet("net/http", 'http.Get("https://example.com")'))
    assert store and both and call
    assert is_plain_unless_told(store)
    assert both.what == other
    assert not is_plain_unless_told(both)
    assert not is_plain_unless_told(call)


def test_servers_name_tls_and_do_not_dial() -> None:
    scope = snippet("github.com/gin-gonic/gin", 'gin.Default().Run(":8080")', GIN)
    assert outbound_tls(scope) is None
    assert outbound_http(scope) is None


def test_a_client_behind_a_server_library_counts_when_it_is_reached_otherwise() -> None:
    foreign = {**GIN, "github.com/stripe/stripe-go/v76/charge": ["net/http"]}
    scope = snippet("github.com/gin-gonic/gin github.com/stripe/stripe-go/v76/charge", "", foreign)
    found = outbound_tls(scope)
    assert found and found.what == "github.com/stripe/stripe-go/v76/charge"
    assert outbound_http(scope) == found


@pytest.mark.parametrize(
    "bundle", ["golang.org/x/crypto/x509roots/fallback", "github.com/breml/rootcerts"]
)
def test_roots_that_are_linked(bundle: str) -> None:
    scope = snippet(f"net/http _={bundle}", 'http.Get("https://example.com")')
    assert [need.linked for need in needs_of(scope)] == [True]


@pytest.mark.parametrize(
    ("imports", "text"),
    [
        ("time", 'loc, _ := time.LoadLocation("Europe/Berlin")\n_ = loc'),
        ("time", "loc, err := time.LoadLocation(name)\n_, _ = loc, err"),
        ("time", "_ = 1\nvar name string\nunmarshal(&name)\ntime.LoadLocation(name)"),
        ("os time", 'time.LoadLocation(os.Getenv("TZ"))'),
        ("os", 'os.Setenv("TZ", "Asia/Tokyo")'),
        (
            "github.com/robfig/cron/v3",
            'c := cron.New()\nc.AddFunc("CRON_TZ=Asia/Tokyo 0 6 * * ?", f)',
        ),
        ("database/sql", 'sql.Open("mysql", "u:p@tcp(db)/x?parseTime=true&loc=Europe%2FRome")'),
        ("github.com/ClickHouse/clickhouse-go/v2", "clickhouse.Open(nil)"),
    ],
)
def test_zones(imports: str, text: str) -> None:
    need = next(need for need in needs_of(snippet(imports, text)) if need.kind == "zones")
    assert need.at.path == "main.go"
    assert not need.linked


@pytest.mark.parametrize(
    ("imports", "text"),
    [
        ("time", 'time.LoadLocation("UTC")'),
        ("time", 'time.LoadLocation("")'),
        ("time", 'time.LoadLocation("Local")'),
        ("time", 'loc, _ := time.LoadLocationFromTZData("x", data)\n_ = loc'),
        ("time", 'time.FixedZone("CET", 3600)'),
        ("github.com/robfig/cron/v3", 'cron.New().AddFunc("@every 1h", f)'),
        ("database/sql", 'sql.Open("mysql", "u:p@tcp(db)/x?parseTime=true&loc=Local")'),
        ("fmt", 'fmt.Println("time.LoadLocation(\\"Europe/Berlin\\")")'),
    ],
)
def test_no_zones(imports: str, text: str) -> None:
    assert "zones" not in kinds(snippet(imports, text))


def test_linked_zones() -> None:
    text = 'time.LoadLocation("Europe/Berlin")'
    assert [n.linked for n in needs_of(snippet("time _=time/tzdata", text))] == [True]
    assert [n.linked for n in needs_of(snippet("time", text), ["timetzdata"])] == [True]


@pytest.mark.parametrize(
    ("imports", "text", "expected"),
    [
        ("os/user", "u, _ := user.Current()\n_ = u", {"users"}),
        ("os/user", 'user.LookupGroup("www-data")', {"users"}),
        ("os", "home, _ := os.UserHomeDir()\n_ = home", set()),
        ("os", "dir, _ := os.UserConfigDir()\n_ = dir", set()),
        ("os", "name, _ := os.Hostname()\n_ = name", {"hostname"}),
        ("mime", 'mime.TypeByExtension(".css")', {"mime"}),
        ("net/http", 'http.Handle("/", http.FileServer(http.Dir("public")))', {"mime"}),
    ],
)
def test_users_names_and_types(imports: str, text: str, expected: set[str]) -> None:
    assert kinds(snippet(imports, text)) == expected


def test_code_that_no_main_reaches_does_not_count() -> None:
    files = {
        "main.go": go_source("fmt", "fmt.Println()"),
        "tools/fetch/fetch.go": go_source("net/http time", 'http.Get("https://x.org")'),
    }
    assert needs_of(scope_of(files)) == ()
