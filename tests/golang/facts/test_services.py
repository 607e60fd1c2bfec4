"""Services by the libraries that are linked, and the variable with the address."""

from __future__ import annotations

import pytest

from gotare.golang.facts.services import services_of
from tests.golang.facts.scopes import MAIN, go_source, scope_of, snippet


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("github.com/jackc/pgx/v5/pgxpool", "postgres"),
        ("github.com/lib/pq", "postgres"),
        ("gorm.io/driver/postgres", "postgres"),
        ("github.com/go-sql-driver/mysql", "mysql"),
        ("modernc.org/sqlite", "sqlite"),
        ("github.com/mattn/go-sqlite3", "sqlite"),
        ("github.com/glebarez/sqlite", "sqlite"),
        ("github.com/redis/go-redis/v9", "redis"),
        ("github.com/gomodule/redigo/redis", "redis"),
        ("github.com/redis/rueidis", "redis"),
        ("go.mongodb.org/mongo-driver/v2/mongo", "mongo"),
        ("github.com/segmentio/kafka-go", "kafka"),
        ("github.com/IBM/sarama", "kafka"),
        ("github.com/twmb/franz-go/pkg/kgo", "kafka"),
        ("github.com/confluentinc/confluent-kafka-go/v2/kafka", "kafka"),
        ("github.com/nats-io/nats.go/jetstream", "nats"),
        ("github.com/rabbitmq/amqp091-go", "rabbitmq"),
        ("github.com/aws/aws-sdk-go-v2/service/s3", "s3"),
        ("github.com/minio/minio-go/v7", "s3"),
        ("go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc", "otel"),
        ("github.com/elastic/go-elasticsearch/v8", "elasticsearch"),
        ("github.com/bradfitz/gomemcache/memcache", "memcached"),
        ("github.com/gocql/gocql", "cassandra"),
        ("github.com/ClickHouse/clickhouse-go/v2", "clickhouse"),
        ("net/smtp", "smtp"),
        ("gopkg.in/gomail.v2", "smtp"),
        ("go.etcd.io/etcd/client/v3", "etcd"),
        ("k8s.io/client-go/kubernetes", "kubernetes"),
        ("sigs.k8s.io/controller-runtime/pkg/client", "kubernetes"),
        ("github.com/hashicorp/vault/api", "vault"),
        ("github.com/docker/docker/client", "docker"),
        ("github.com/microsoft/go-mssqldb", "sqlserver"),
        ("github.com/go-ldap/ldap/v3", "ldap"),
        ("github.com/eclipse/paho.mqtt.golang", "mqtt"),
    ],
)
def test_libraries(path: str, kind: str) -> None:
    (service,) = services_of(snippet(f"_={path}", ""))
    assert (service.kind, service.client, str(service.at)) == (kind, path, "main.go:4")


@pytest.mark.parametrize(
    "path",
    [
        "database/sql",
        "gorm.io/gorm",
        "go.opentelemetry.io/otel/trace",
        "github.com/aws/aws-sdk-go-v2/service/sqs",
        "k8s.io/apimachinery/pkg/util/wait",
        "github.com/docker/docker/api/types",
        "github.com/jmoiron/sqlx",
        "github.com/redis/go-redismock",
        "sigs.k8s.io/controller-runtime/pkg/certwatcher",
        "go.mongodb.org/mongo-driver/bson",
    ],
)
def test_what_is_no_client(path: str) -> None:
    assert services_of(snippet(f"_={path}", "")) == ()


@pytest.mark.parametrize(
    ("library", "part"),
    [
        ("github.com/sirupsen/logrus/hooks/mail", "net/smtp"),
        ("k8s.io/client-go/tools/remotecommand", "k8s.io/client-go/rest"),
    ],
)
def test_parts_that_libraries_use_are_no_service(library: str, part: str) -> None:
    assert services_of(snippet(f"_={library}", "", {library: [part]})) == ()
    assert services_of(snippet(f"_={library} _={part}", "", {library: [part]}))


@pytest.mark.parametrize(
    ("foreign", "kinds"),
    [
        ({"example.org/db/postgres": ["github.com/lib/pq"]}, ["postgres"]),
        ({"example.org/amqp-bus": ["github.com/rabbitmq/amqp091-go"]}, ["rabbitmq"]),
        ({"example.org/config": ["go.etcd.io/etcd/client/v3"]}, []),
        (
            {
                "example.org/kv": ["example.org/kv/mysql"],
                "example.org/kv/mysql": ["github.com/go-sql-driver/mysql"],
            },
            [],
        ),
        ({"sigs.k8s.io/controller-runtime/pkg/certwatcher": ["k8s.io/client-go/rest"]}, []),
        (
            {
                "sigs.k8s.io/controller-runtime/pkg/certwatcher": [
                    "sigs.k8s.io/controller-runtime/pkg/internal/log"
                ]
            },
            [],
        ),
    ],
)
def test_drivers_far_away_say_nothing(foreign: dict[str, list[str]], kinds: list[str]) -> None:
    found = services_of(snippet(f"_={next(iter(foreign))}", "", foreign))
    assert [service.kind for service in found] == kinds


@pytest.mark.parametrize(("folder", "kinds"), [("testfixtures", []), ("fixed", ["docker"])])
def test_what_only_tests_need_is_no_service(folder: str, kinds: list[str]) -> None:
    files = {
        "main.go": go_source(f"{MAIN}/{folder}/db", ""),
        f"{folder}/db/db.go": go_source("github.com/docker/docker/client", "var x = 1", "db"),
    }
    assert [service.kind for service in services_of(scope_of(files))] == kinds


@pytest.mark.parametrize(
    ("imports", "text", "kind", "variable"),
    [
        (
            "database/sql os _=github.com/lib/pq",
            'sql.Open("postgres", os.Getenv("DATABASE_URL"))',
            "postgres",
            "DATABASE_URL",
        ),
        (
            "context os github.com/jackc/pgx/v5/pgxpool",
            'pgxpool.New(context.Background(), os.Getenv("DB_DSN"))',
            "postgres",
            "DB_DSN",
        ),
        (
            "os github.com/jmoiron/sqlx _=github.com/go-sql-driver/mysql",
            'sqlx.MustConnect("mysql", os.Getenv("MYSQL_DSN"))',
            "mysql",
            "MYSQL_DSN",
        ),
        (
            "os gorm.io/gorm gorm.io/driver/postgres",
            'gorm.Open(postgres.Open(os.Getenv("DSN")), &gorm.Config{})',
            "postgres",
            "DSN",
        ),
        (
            "os github.com/redis/go-redis/v9",
            'redis.NewClient(&redis.Options{Addr: os.Getenv("REDIS_ADDR")})',
            "redis",
            "REDIS_ADDR",
        ),
        (
            "os github.com/redis/go-redis/v9",
            'opt, _ := redis.ParseURL(os.Getenv("REDIS_URL"))\nredis.NewClient(opt)',
            "redis",
            "REDIS_URL",
        ),
        (
            "os strings github.com/segmentio/kafka-go",
            'c := kafka.ReaderConfig{Brokers: strings.Split(os.Getenv("BROKERS"), ",")}\n_ = c',
            "kafka",
            "BROKERS",
        ),
        (
            "os github.com/segmentio/kafka-go",
            'w := &kafka.Writer{Addr: kafka.TCP(os.Getenv("KAFKA"))}\n_ = w',
            "kafka",
            "KAFKA",
        ),
        (
            "net/smtp os",
            'smtp.SendMail(os.Getenv("MAIL"), smtp.PlainAuth("", u, os.Getenv("PASS"), h))',
            "smtp",
            "MAIL",
        ),
        (
            "os github.com/nats-io/nats.go",
            'nats.Connect(os.Getenv("NATS_URL"))',
            "nats",
            "NATS_URL",
        ),
        (
            "os amqp=github.com/rabbitmq/amqp091-go",
            'amqp.Dial(os.Getenv("AMQP_URL"))',
            "rabbitmq",
            "AMQP_URL",
        ),
        (
            "os github.com/redis/go-redis/v9",
            'redis.NewClient(&redis.Options{Addr: "db:6379", Password: os.Getenv("SECRET")})',
            "redis",
            "",
        ),
    ],
)
def test_the_variable_with_the_address(imports: str, text: str, kind: str, variable: str) -> None:
    (service,) = services_of(snippet(imports, text))
    assert (service.kind, service.variable) == (kind, variable)


def test_a_driver_behind_another_package_has_its_chain() -> None:
    foreign = {
        "github.com/golang-migrate/migrate/v4/database/postgres": ["github.com/lib/pq"],
        "github.com/lib/pq": ["database/sql"],
    }
    files = {
        "main.go": go_source("example.com/app/db", "db.Up()"),
        "db/db.go": go_source(
            "_=github.com/golang-migrate/migrate/v4/database/postgres", "func Up() {}", "db"
        ),
    }
    (service,) = services_of(scope_of(files, foreign))
    assert service.client == "github.com/lib/pq"
    assert service.at.chain == (
        MAIN,
        f"{MAIN}/db",
        "github.com/golang-migrate/migrate/v4/database/postgres",
        "github.com/lib/pq",
    )
    assert str(service.at) == "db/db.go:4"


def test_each_kind_comes_once_in_order() -> None:
    paths = "_=github.com/redis/go-redis/v9 _=github.com/lib/pq _=github.com/jackc/pgx/v5"
    assert [s.kind for s in services_of(snippet(paths, ""))] == ["postgres", "redis"]
