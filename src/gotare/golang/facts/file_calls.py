"""The functions, methods and types by which programs use files, with the argument that is a path.

Import paths are without major versions. `ALL` stands for every argument, `REST` for all but the
first.
"""

from __future__ import annotations

from typing import Final, Literal

ALL: Final = -1
REST: Final = -2
Kind = Literal["", "config", "template", "static", "migration", "log", "database", "socket"]
Table = dict[str, tuple[int, Kind]]

READS: Final[Table] = {
    "os.Open": (0, ""),
    "os.ReadFile": (0, ""),
    "os.ReadDir": (0, ""),
    "os.DirFS": (0, ""),
    "os.OpenRoot": (0, ""),
    "io/ioutil.ReadFile": (0, ""),
    "io/ioutil.ReadDir": (0, ""),
    "path/filepath.Walk": (0, ""),
    "path/filepath.WalkDir": (0, ""),
    "path/filepath.Glob": (0, ""),
    "plugin.Open": (0, ""),
    "net/http.Dir": (0, "static"),
    "net/http.ServeFile": (2, "static"),
    "html/template.ParseFiles": (ALL, "template"),
    "html/template.ParseGlob": (0, "template"),
    "text/template.ParseFiles": (ALL, "template"),
    "text/template.ParseGlob": (0, "template"),
    "crypto/tls.LoadX509KeyPair": (ALL, "config"),
    "google.golang.org/grpc/credentials.NewServerTLSFromFile": (ALL, "config"),
    "google.golang.org/grpc/credentials.NewClientTLSFromFile": (0, "config"),
    "github.com/BurntSushi/toml.DecodeFile": (0, "config"),
    "github.com/pelletier/go-toml.LoadFile": (0, "config"),
    "github.com/ilyakaznacheev/cleanenv.ReadConfig": (0, "config"),
    "github.com/jinzhu/configor.Load": (ALL, "config"),
    "github.com/knadh/koanf/providers/file.Provider": (0, "config"),
    "github.com/hashicorp/hcl/hclsimple.DecodeFile": (0, "config"),
    "github.com/magiconair/properties.LoadFile": (0, "config"),
    "github.com/magiconair/properties.MustLoadFile": (0, "config"),
    "github.com/zeromicro/go-zero/core/conf.Load": (0, "config"),
    "github.com/zeromicro/go-zero/core/conf.MustLoad": (0, "config"),
    "gopkg.in/ini.Load": (0, "config"),
    "github.com/casbin/casbin.NewEnforcer": (ALL, "config"),
    "github.com/casbin/casbin.NewSyncedEnforcer": (ALL, "config"),
    "github.com/oschwald/geoip2-golang.Open": (0, ""),
    "github.com/oschwald/maxminddb-golang.Open": (0, ""),
    "github.com/flosch/pongo2.FromFile": (0, "template"),
    "github.com/flosch/pongo2.NewLocalFileSystemLoader": (0, "template"),
    "github.com/CloudyKit/jet.NewOSFileSystemLoader": (0, "template"),
    "github.com/gofiber/template/html.New": (0, "template"),
    "github.com/gofiber/template/django.New": (0, "template"),
    "github.com/gofiber/template/handlebars.New": (0, "template"),
    "github.com/gofiber/template/mustache.New": (0, "template"),
    "github.com/gofiber/template/pug.New": (0, "template"),
    "github.com/gofiber/fiber/middleware/static.New": (0, "static"),
    "github.com/labstack/echo/middleware.Static": (0, "static"),
    "github.com/gin-contrib/static.LocalFile": (0, "static"),
    "github.com/kataras/iris.HTML": (0, "template"),
    "github.com/kataras/iris.Dir": (0, "static"),
    "github.com/golang-migrate/migrate.New": (0, "migration"),
    "github.com/golang-migrate/migrate.NewWithDatabaseInstance": (0, "migration"),
    "github.com/joho/godotenv.Load": (ALL, "config"),
    "github.com/joho/godotenv.Overload": (ALL, "config"),
    "github.com/joho/godotenv.Read": (ALL, "config"),
    "github.com/subosito/gotenv.Load": (ALL, "config"),
}

GOOSE: Final[Table] = {
    f"github.com/pressly/goose.{name}{suffix}": (index + bool(suffix), "migration")
    for name, index in {
        "Up": 1,
        "UpTo": 1,
        "UpByOne": 1,
        "Down": 1,
        "DownTo": 1,
        "Redo": 1,
        "Reset": 1,
        "Status": 1,
        "Version": 1,
        "Run": 2,
        "RunWithOptions": 2,
    }.items()
    for suffix in ("", "Context")
}
"""goose reads from a folder, unless SetBaseFS gave it a file system."""

Methods = dict[tuple[str, ...], Table]

READ_METHODS: Final[Methods] = {
    ("html/template", "text/template"): {
        "ParseFiles": (ALL, "template"),
        "ParseGlob": (0, "template"),
    },
    ("github.com/gin-gonic/gin",): {
        "LoadHTMLGlob": (0, "template"),
        "LoadHTMLFiles": (ALL, "template"),
        "Static": (1, "static"),
        "StaticFile": (1, "static"),
        "RunTLS": (REST, "config"),
    },
    ("github.com/labstack/echo",): {
        "Static": (1, "static"),
        "File": (1, "static"),
        "Attachment": (0, "static"),
        "Inline": (0, "static"),
        "StartTLS": (REST, "config"),
    },
    ("github.com/gofiber/fiber",): {
        "Static": (1, "static"),
        "SendFile": (0, "static"),
        "Download": (0, "static"),
    },
    ("github.com/cloudwego/hertz",): {"Static": (1, "static"), "LoadHTMLGlob": (0, "template")},
    ("github.com/kataras/iris",): {"HandleDir": (1, "static")},
    ("github.com/nicksnyder/go-i18n",): {
        "LoadMessageFile": (0, ""),
        "MustLoadMessageFile": (0, ""),
    },
    ("github.com/getkin/kin-openapi",): {"LoadFromFile": (0, "")},
    ("net/http",): {"ListenAndServeTLS": (ALL, "config"), "ServeTLS": (REST, "config")},
}
"""Methods, by what a package that calls them imports."""

READ_FIELDS: Final[dict[str, tuple[str, Kind]]] = {
    "github.com/rubenv/sql-migrate.FileMigrationSource": ("Dir", "migration"),
    "github.com/labstack/echo/middleware.StaticConfig": ("Root", "static"),
    "github.com/unrolled/render.Options": ("Directory", "template"),
}
"""Structs with the field that holds a path."""

WRITES: Final[Table] = {
    "os.Create": (0, ""),
    "os.WriteFile": (0, ""),
    "io/ioutil.WriteFile": (0, ""),
    "os.Mkdir": (0, ""),
    "os.MkdirAll": (0, ""),
    "os.Rename": (1, ""),
    "os.Symlink": (1, ""),
    "os.Link": (1, ""),
    "os.CopyFS": (0, ""),
    "github.com/lestrrat-go/file-rotatelogs.New": (0, "log"),
    "go.etcd.io/bbolt.Open": (0, "database"),
    "github.com/boltdb/bolt.Open": (0, "database"),
    "github.com/dgraph-io/badger.DefaultOptions": (0, "database"),
    "github.com/syndtr/goleveldb/leveldb.OpenFile": (0, "database"),
    "github.com/cockroachdb/pebble.Open": (0, "database"),
    "github.com/tidwall/buntdb.Open": (0, "database"),
    "github.com/asdine/storm.Open": (0, "database"),
    "github.com/blevesearch/bleve.New": (0, "database"),
    "github.com/blevesearch/bleve.Open": (0, "database"),
    "gorm.io/driver/sqlite.Open": (0, "database"),
    "github.com/glebarez/sqlite.Open": (0, "database"),
    "zombiezen.com/go/sqlite.OpenConn": (0, "database"),
    "zombiezen.com/go/sqlite/sqlitex.NewPool": (0, "database"),
    "go.uber.org/zap.Open": (ALL, "log"),
}

WRITE_METHODS: Final[Methods] = {
    ("github.com/gin-gonic/gin",): {"SaveUploadedFile": (1, "")},
    ("github.com/gofiber/fiber",): {"SaveFile": (1, "")},
}

WRITE_FIELDS: Final[dict[str, tuple[str, Kind]]] = {
    "gopkg.in/natefinch/lumberjack.Logger": ("Filename", "log"),
    "github.com/natefinch/lumberjack.Logger": ("Filename", "log"),
    "github.com/DeRuina/timberjack.Logger": ("Filename", "log"),
    "go.uber.org/zap.Config": ("OutputPaths", "log"),
}

TEMPS: Final[dict[str, int]] = {
    "os.CreateTemp": 0,
    "os.MkdirTemp": 0,
    "io/ioutil.TempFile": 0,
    "io/ioutil.TempDir": 0,
    "os.TempDir": -1,
}
"""Functions that make temporary files, with the argument that names a folder."""

SPILLS: Final = ("ParseMultipartForm", "MultipartForm", "FormFile")
"""Methods of requests that keep uploads beyond some MB in temporary files."""

SQL_OPENERS: Final = (
    "database/sql.Open",
    "github.com/jmoiron/sqlx.Open",
    "github.com/jmoiron/sqlx.Connect",
    "github.com/jmoiron/sqlx.ConnectContext",
    "github.com/jmoiron/sqlx.MustConnect",
    "github.com/jmoiron/sqlx.MustOpen",
    "github.com/XSAM/otelsql.Open",
    "xorm.io/xorm.NewEngine",
)
"""Functions that take the name of a driver and an address."""

FILE_DRIVERS: Final = frozenset({"sqlite", "sqlite3", "duckdb", "ql", "chai"})
"""Drivers whose address is a file."""
