"""Files used at run time: read, written and temporary, against what is embedded."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotare.golang.facts.file_paths import Tree, database_path, file_path, kind_of
from gotare.golang.facts.files import files_of
from gotare.golang.facts.scope import Scope
from tests.golang.facts.scopes import go_source, scope_of, snippet

Found = tuple[str, str | None, str]


def found(scope: Scope, root: Path = Path("/nowhere"), *embedded: str) -> list[Found]:
    """Return access, path and kind of each use."""
    tree = Tree(root, root, embedded)
    return [(use.access, use.path, use.kind) for use in files_of(scope, tree)]


READS: list[tuple[str, str, list[Found]]] = [
    ("os", 'os.ReadFile("config.yaml")', [("read", "config.yaml", "config")]),
    (
        "os",
        'f, err := os.Open("./data/cities.csv")\n_, _ = f, err',
        [("read", "./data/cities.csv", "")],
    ),
    ("os", 'os.ReadDir("templates")', [("read", "templates", "template")]),
    (
        "net/http",
        'http.Handle("/s/", http.StripPrefix("/s/", http.FileServer(http.Dir("./static"))))',
        [("read", "./static", "static")],
    ),
    (
        "net/http",
        'http.ServeFile(w, r, "public/index.html")',
        [("read", "public/index.html", "static")],
    ),
    (
        "html/template",
        'template.Must(template.ParseGlob("templates/*.html"))',
        [("read", "templates/*.html", "template")],
    ),
    (
        "html/template",
        'template.Must(template.ParseFiles("layout.html", "home.html"))',
        [("read", "home.html", "template"), ("read", "layout.html", "template")],
    ),
    (
        "html/template",
        'template.Must(template.New("").Funcs(nil).ParseGlob("views/*.tmpl"))',
        [("read", "views/*.tmpl", "template")],
    ),
    (
        "html/template path/filepath",
        'template.ParseFiles(filepath.Join("web", "pages", name+".html"))',
        [("read", "web/pages", "template")],
    ),
    ("fmt os", 'os.ReadFile(fmt.Sprintf("locales/%s.json", lang))', [("read", "locales", "")]),
    (
        "github.com/gin-gonic/gin",
        'r := gin.Default()\nr.LoadHTMLGlob("templates/**/*")\nr.Static("/assets", "./assets")',
        [("read", "./assets", "static"), ("read", "templates/**/*", "template")],
    ),
    (
        "github.com/labstack/echo/v4",
        'e := echo.New()\ne.Static("/", "public")\ne.File("/favicon.ico", "images/favicon.ico")',
        [("read", "images/favicon.ico", "static"), ("read", "public", "static")],
    ),
    (
        "github.com/gofiber/fiber/v2",
        'app := fiber.New()\napp.Static("/", "./public")',
        [("read", "./public", "static")],
    ),
    (
        "github.com/gofiber/template/html/v2",
        'engine := html.New("./views", ".html")\n_ = engine',
        [("read", "./views", "template")],
    ),
    (
        "github.com/golang-migrate/migrate/v4",
        'm, err := migrate.New("file://migrations", dsn)\n_, _ = m, err',
        [("read", "migrations", "migration")],
    ),
    (
        "github.com/golang-migrate/migrate/v4",
        'migrate.NewWithDatabaseInstance("file://db/migrations", "postgres", d)',
        [("read", "db/migrations", "migration")],
    ),
    (
        "github.com/pressly/goose/v3",
        'goose.Up(db, "migrations")',
        [("read", "migrations", "migration")],
    ),
    (
        "github.com/pressly/goose/v3",
        'goose.RunContext(ctx, "up", db, "./sql")',
        [("read", "./sql", "migration")],
    ),
    (
        "migrate=github.com/rubenv/sql-migrate",
        'src := &migrate.FileMigrationSource{Dir: "db/migrations"}\n_ = src',
        [("read", "db/migrations", "migration")],
    ),
    ("github.com/joho/godotenv", "_ = godotenv.Load()", [("read", ".env", "config")]),
    ("github.com/joho/godotenv", 'godotenv.Load(".env.local")', [("read", ".env.local", "config")]),
    ("_=github.com/joho/godotenv/autoload", "", [("read", ".env", "config")]),
    (
        "crypto/tls",
        'tls.LoadX509KeyPair("certs/server.crt", "certs/server.key")',
        [("read", "certs/server.crt", "config"), ("read", "certs/server.key", "config")],
    ),
    (
        "net/http",
        'http.ListenAndServeTLS(":443", "cert.pem", "key.pem", nil)',
        [("read", "cert.pem", "config"), ("read", "key.pem", "config")],
    ),
    ("plugin", 'plugin.Open("plugins/auth.so")', [("read", "plugins/auth.so", "")]),
    ("os", 'http.FS(os.DirFS("web/dist"))', [("read", "web/dist", "")]),
    ("os", "os.ReadFile(os.Args[1])", [("read", None, "")]),
    ("os", 'os.OpenFile("words.txt", os.O_RDONLY, 0)', [("read", "words.txt", "")]),
    (
        "github.com/casbin/casbin/v2",
        'casbin.NewEnforcer("model.conf", "policy.csv")',
        [("read", "model.conf", "config"), ("read", "policy.csv", "config")],
    ),
    (
        "github.com/spf13/viper",
        'viper.SetConfigFile("./config/app.toml")\nviper.ReadInConfig()',
        [("read", "./config/app.toml", "config")],
    ),
    (
        "github.com/spf13/viper",
        'viper.SetConfigName("config")\nviper.AddConfigPath(".")\n'
        'viper.AddConfigPath("/etc/app/")\nif err := viper.ReadInConfig(); err != nil {}',
        [("read", "/etc/app/config.yaml", "config"), ("read", "config.yaml", "config")],
    ),
    (
        "github.com/spf13/viper",
        'v := viper.New()\nv.SetConfigName("app")\nv.SetConfigType("json")\n'
        'v.AddConfigPath("conf")\nv.ReadInConfig()',
        [("read", "conf/app.json", "config")],
    ),
]

WRITES: list[tuple[str, str, list[Found]]] = [
    ("os", 'os.WriteFile("out/report.txt", data, 0o644)', [("write", "out/report.txt", "")]),
    ("os", 'os.MkdirAll("/var/lib/app/data", 0o755)', [("write", "/var/lib/app/data", "")]),
    (
        "os",
        'f, _ := os.OpenFile("app.log", os.O_APPEND|os.O_CREATE, 0o644)\nlog.SetOutput(f)',
        [("write", "app.log", "log")],
    ),
    ("os", 'os.Rename(tmp, "state.json")', [("write", "state.json", "config")]),
    ("os", "f, err := os.Create(path)\n_, _ = f, err", [("write", None, "")]),
    (
        "gopkg.in/natefinch/lumberjack.v2 log",
        'log.SetOutput(&lumberjack.Logger{Filename: "/var/log/app/app.log"})',
        [("write", "/var/log/app/app.log", "log")],
    ),
    (
        "go.uber.org/zap",
        'cfg := zap.Config{OutputPaths: []string{"stdout", "logs/app.json"}}\n_ = cfg',
        [("write", "logs/app.json", "log")],
    ),
    (
        "database/sql _=modernc.org/sqlite",
        'sql.Open("sqlite", "file:data/app.db?_pragma=busy_timeout(5000)")',
        [("write", "data/app.db", "database")],
    ),
    (
        "gorm.io/driver/sqlite gorm.io/gorm",
        'gorm.Open(sqlite.Open("gorm.db"), &gorm.Config{})',
        [("write", "gorm.db", "database")],
    ),
    ("bolt=go.etcd.io/bbolt", 'bolt.Open("my.db", 0600, nil)', [("write", "my.db", "database")]),
    (
        "badger=github.com/dgraph-io/badger/v4",
        'badger.Open(badger.DefaultOptions("/data/badger"))',
        [("write", "/data/badger", "database")],
    ),
    ("net", 'net.Listen("unix", "/run/app/app.sock")', [("write", "/run/app/app.sock", "socket")]),
    (
        "github.com/gin-gonic/gin",
        'c.SaveUploadedFile(file, "uploads/"+file.Filename)',
        [("write", "uploads", "")],
    ),
]

TEMPS: list[tuple[str, str, list[Found]]] = [
    ("os", 'f, err := os.CreateTemp("", "upload-*")\n_, _ = f, err', [("temp", None, "")]),
    (
        "os",
        'dir, err := os.MkdirTemp("/data/tmp", "x")\n_, _ = dir, err',
        [("temp", "/data/tmp", "")],
    ),
    ("io/ioutil", 'ioutil.TempFile("", "x")', [("temp", None, "")]),
    ("net/http", "r.ParseMultipartForm(32 << 20)", [("temp", None, "")]),
    (
        "github.com/gin-gonic/gin",
        'file, err := c.FormFile("file")\n_, _ = file, err',
        [("temp", None, "")],
    ),
]

NOTHING: list[tuple[str, str]] = [
    ("os", 'os.ReadFile("/proc/self/cgroup")'),
    ("os", 'os.Open("/dev/urandom")'),
    ("os", 'os.ReadFile("/etc/resolv.conf")'),
    ("os", 'os.ReadFile("/var/run/secrets/kubernetes.io/serviceaccount/token")'),
    ("os", 'os.Stat("config.yaml")'),
    ("embed net/http", "http.FileServer(http.FS(static))"),
    ("embed html/template", 'template.ParseFS(files, "templates/*.html")'),
    ("embed io/fs", 'fs.ReadFile(files, "a.txt")\nfiles.ReadFile("b.txt")'),
    ("github.com/pressly/goose/v3", 'goose.SetBaseFS(migrations)\ngoose.Up(db, "migrations")'),
    ("github.com/golang-migrate/migrate/v4", 'migrate.NewWithSourceInstance("iofs", src, dsn)'),
    ("github.com/golang-migrate/migrate/v4", 'migrate.New("github://u:p@x/y", dsn)'),
    ("database/sql", 'sql.Open("sqlite3", ":memory:")'),
    ("gorm.io/driver/sqlite", 'sqlite.Open("file::memory:?cache=shared")'),
    ("database/sql", 'sql.Open("postgres", "postgres://db/app")'),
    ("go.uber.org/zap", 'zap.Config{OutputPaths: []string{"stderr"}}.Build()'),
    ("net", 'net.Listen("tcp", ":8080")'),
    ("example.com/app/render", 'render.New().Static("/", "x")'),
    ("os", 'fmt.Println("os.ReadFile(\\"x\\")")'),
]


@pytest.mark.parametrize(("imports", "text", "expected"), READS + WRITES + TEMPS)
def test_uses(imports: str, text: str, expected: list[Found]) -> None:
    assert found(snippet(imports, text)) == expected


@pytest.mark.parametrize(("imports", "text"), NOTHING)
def test_what_is_no_use(imports: str, text: str) -> None:
    assert found(snippet(imports, text)) == []


def test_settled_by_a_variable() -> None:
    text = """\
func main() {
	dir := os.Getenv("MIGRATIONS")
	if dir == "" {
		dir = "db/migrations"
	}
	os.ReadDir(dir)
	os.ReadFile(os.Getenv("CONFIG"))
}
"""
    uses = files_of(snippet("os", text), Tree(Path("/nowhere"), Path("/nowhere")))
    assert {(use.path, use.settled_by) for use in uses} == {
        (None, "CONFIG"),
        ("db/migrations", "MIGRATIONS"),
    }


def test_present_and_embedded(tmp_path: Path) -> None:
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "1.sql").touch()
    text = 'os.ReadDir("migrations")\nos.ReadDir("./gone")\nhttp.Dir("web/dist")\nhttp.Dir("page")'
    uses = files_of(snippet("os net/http", text), Tree(tmp_path, tmp_path, ("web",)))
    assert [(use.path, use.present) for use in uses] == [
        ("./gone", False),
        ("migrations", True),
        ("page", False),
    ]


def test_embedded_as_seen_from_the_package() -> None:
    files = {
        "main.go": go_source("example.com/app/ui", "ui.Serve()"),
        "ui/ui.go": go_source("net/http", 'func Serve() { http.Dir("dist") }', "ui"),
    }
    assert found(scope_of(files)) == [("read", "dist", "static")]
    assert found(scope_of(files), Path("/nowhere"), "ui/dist") == []


def test_viper_takes_what_the_project_has(tmp_path: Path) -> None:
    (tmp_path / "config.toml").touch()
    text = 'viper.SetConfigName("config")\nviper.AddConfigPath(".")\nviper.ReadInConfig()'
    uses = files_of(snippet("github.com/spf13/viper", text), Tree(tmp_path, tmp_path))
    assert [(use.path, use.present) for use in uses] == [("config.toml", True)]


def test_patterns_are_looked_for(tmp_path: Path) -> None:
    (tmp_path / "views").mkdir()
    (tmp_path / "views" / "a.html").touch()
    tree = Tree(tmp_path, tmp_path)
    assert tree.has("views/*.html") and tree.has("./views/*.html") and tree.has("views/[a]*")
    assert not tree.has("views/*.tmpl") and not tree.has("/views/*") and not tree.has("[")


def test_each_use_comes_once() -> None:
    text = 'os.ReadFile("a.txt")\nos.ReadFile("a.txt")\nos.Open(x)\nos.Open(y)\nos.Create("a.txt")'
    assert found(snippet("os", text)) == [
        ("read", None, ""),
        ("read", "a.txt", ""),
        ("write", "a.txt", ""),
    ]


@given(st.text())
def test_any_text_is_a_path_or_none(text: str) -> None:
    path = file_path(text)
    assert path is None or (path and "\0" not in path)
    assert isinstance(kind_of(path or "x"), str)
    assert database_path(text) is None or ":memory:" not in text
    assert isinstance(Tree(Path("/nowhere"), Path("/nowhere"), ("a",)).has(path or "x"), bool)
