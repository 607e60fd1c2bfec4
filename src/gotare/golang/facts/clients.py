"""The client libraries by which it shows that a program talks to a service."""

from __future__ import annotations

from typing import Final

from gotare.golang.facts.closure import unversioned

_CLIENTS: Final[dict[str, tuple[str, ...]]] = {
    "postgres": (
        "github.com/jackc/pgx",
        "github.com/jackc/pgconn",
        "github.com/lib/pq",
        "gorm.io/driver/postgres",
        "github.com/go-pg/pg",
        "github.com/uptrace/bun/driver/pgdriver",
        "github.com/jinzhu/gorm/dialects/postgres",
    ),
    "mysql": (
        "github.com/go-sql-driver/mysql",
        "gorm.io/driver/mysql",
        "github.com/go-mysql-org/go-mysql",
        "github.com/jinzhu/gorm/dialects/mysql",
    ),
    "sqlite": (
        "github.com/mattn/go-sqlite3",
        "modernc.org/sqlite",
        "github.com/glebarez/sqlite",
        "github.com/glebarez/go-sqlite",
        "gorm.io/driver/sqlite",
        "github.com/ncruces/go-sqlite3",
        "zombiezen.com/go/sqlite",
        "crawshaw.io/sqlite",
        "github.com/jinzhu/gorm/dialects/sqlite",
    ),
    "redis": (
        "github.com/redis/go-redis",
        "github.com/go-redis/redis",
        "github.com/gomodule/redigo",
        "github.com/redis/rueidis",
        "github.com/valkey-io/valkey-go",
        "github.com/mediocregopher/radix",
        "github.com/hibiken/asynq",
    ),
    "mongo": ("go.mongodb.org/mongo-driver/mongo", "gopkg.in/mgo", "github.com/globalsign/mgo"),
    "kafka": (
        "github.com/segmentio/kafka-go",
        "github.com/Shopify/sarama",
        "github.com/IBM/sarama",
        "github.com/confluentinc/confluent-kafka-go",
        "github.com/twmb/franz-go",
    ),
    "nats": ("github.com/nats-io/nats.go", "github.com/nats-io/stan.go"),
    "rabbitmq": ("github.com/rabbitmq/amqp091-go", "github.com/streadway/amqp"),
    "s3": (
        "github.com/aws/aws-sdk-go/service/s3",
        "github.com/aws/aws-sdk-go-v2/service/s3",
        "github.com/minio/minio-go",
        "gocloud.dev/blob/s3blob",
    ),
    "otel": (
        "go.opentelemetry.io/otel/exporters/otlp",
        "go.opentelemetry.io/contrib/exporters/autoexport",
        "github.com/uptrace/uptrace-go",
        "go.opentelemetry.io/contrib/config",
        "go.opentelemetry.io/contrib/otelconf",
    ),
    "elasticsearch": (
        "github.com/elastic/go-elasticsearch",
        "github.com/olivere/elastic",
        "github.com/opensearch-project/opensearch-go",
    ),
    "memcached": ("github.com/bradfitz/gomemcache",),
    "cassandra": (
        "github.com/gocql/gocql",
        "github.com/scylladb/gocqlx",
        "github.com/apache/cassandra-gocql-driver",
    ),
    "clickhouse": (
        "github.com/ClickHouse/clickhouse-go",
        "github.com/ClickHouse/ch-go",
        "gorm.io/driver/clickhouse",
    ),
    "smtp": (
        "net/smtp",
        "gopkg.in/gomail",
        "github.com/go-gomail/gomail",
        "github.com/wneessen/go-mail",
        "github.com/xhit/go-simple-mail",
        "github.com/jordan-wright/email",
    ),
    "etcd": (
        "go.etcd.io/etcd/client",
        "go.etcd.io/etcd/clientv3",
        "github.com/coreos/etcd/clientv3",
    ),
    "kubernetes": (
        "k8s.io/client-go/kubernetes",
        "k8s.io/client-go/rest",
        "k8s.io/client-go/dynamic",
        "sigs.k8s.io/controller-runtime",
    ),
    "vault": ("github.com/hashicorp/vault/api", "github.com/hashicorp/vault-client-go"),
    "docker": (
        "github.com/docker/docker/client",
        "github.com/moby/moby/client",
        "github.com/fsouza/go-dockerclient",
    ),
    "sqlserver": (
        "github.com/microsoft/go-mssqldb",
        "github.com/denisenkom/go-mssqldb",
        "gorm.io/driver/sqlserver",
    ),
    "ldap": ("github.com/go-ldap/ldap", "gopkg.in/ldap"),
    "mqtt": ("github.com/eclipse/paho.mqtt.golang", "github.com/eclipse/paho.golang"),
}
"""Import paths without major versions; what lies below one counts as it."""

DIRECT: Final = frozenset({"net/smtp", "k8s.io/client-go/rest"})
"""Packages that count only where the project's own code imports them: others use parts of them."""

_HELPERS: Final = frozenset(
    f"sigs.k8s.io/controller-runtime/pkg/{name}"
    for name in ("certwatcher", "healthz", "log", "metrics", "scheme")
)
"""What lies below a client's path and talks to nobody."""

_WORDS: Final = {
    "postgres": "postgres pgx pgxpool pq cockroach",
    "mysql": "mysql mariadb",
    "redis": "redis valkey",
    "rabbitmq": "rabbit amqp",
    "s3": "s3 minio",
    "otel": "otel otlp telemetry tracing opentelemetry",
    "elasticsearch": "elastic opensearch",
    "memcached": "memcache",
    "smtp": "smtp mail",
    "kubernetes": "kube k8s",
    "sqlserver": "sqlserver mssql",
}
"""What the paths of packages around a client have in them; for the other kinds, the kind."""

_OTHER_PARTS: Final = frozenset(
    f"sigs.k8s.io/controller-runtime/pkg/{name}"
    for name in ("certwatcher", "conversion", "healthz", "internal/log", "log", "metrics")
)
"""Packages below a client that talk to nobody."""

_KIND_OF: Final = {path: kind for kind, paths in _CLIENTS.items() for path in paths}


def kind_of(path: str) -> str:
    """Return the kind of service that a package is a client of, "" for none.

    What is internal to a module only shows that some other package of it is there.
    """
    path = "" if "/internal/" in f"{path}/" else unversioned(path)
    while path and path not in _HELPERS:
        if path in _KIND_OF:
            return _KIND_OF[path]
        path = path.rpartition("/")[0]
    return ""


def is_named_after(path: str, kind: str) -> bool:
    """Whether the path of a package says that it is about a kind of service."""
    return any(word in path.lower() for word in _WORDS.get(kind, kind).split())
