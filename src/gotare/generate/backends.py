"""What each kind of service beside a program needs to run in a container, and how it is reached.

The references, users and folders are those of the images themselves (July 2026). A user is named as
the image's own passwd names it, because the entrypoints of root drop to it anyway, for which they
would need capabilities.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from gotare.workload import Backend

PASSWORD: Final = "{password}"  # noqa: S105 - the place of a password, not one
DATABASE: Final = "app"
USER: Final = "app"
_TMP: Final = "/tmp"  # noqa: S108 - a place in the container


@dataclass(frozen=True, slots=True)
class Container:
    """A backend's container.

    `health` is the command that the image can run, () where it has none. `data` is the folder that
    must last; the image has it with its user's ownership, which a new named volume takes over.
    `credential` is the variable of `.env` that holds the password; the container gets it as a file
    that the variable `credential_file` names, or as `credential_variable` where the image reads no
    file. `address` is what a program gets, with {host}, {port} and {password}. `ports` are further
    ones that are of use in development. `stand_in`: only for development; in production it is a
    service of its own, elsewhere. `start` is how long the first start may take, in seconds. `why`
    and `asked` are remarks about the whole and about the check.
    """

    reference: str
    port: int
    address: str = "{host}:{port}"
    health: tuple[str, ...] = ()
    user: str = ""
    data: str = ""
    tmpfs: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    credential: str = ""
    credential_file: str = ""
    credential_variable: str = ""
    login: str = USER
    database: str = DATABASE
    ports: tuple[int, ...] = ()
    memory: str = "512M"
    start: int = 30
    read_only: bool = False
    stand_in: bool = False
    why: str = ""
    asked: str = ""

    @property
    def has_password(self) -> bool:
        """Whether a program must say a password."""
        return bool(self.credential)


_POSTGRES: Final = Container(
    "postgres:18-alpine",
    5432,
    "postgres://app:{password}@{host}:{port}/app?sslmode=disable",
    health=("pg_isready", "--host=127.0.0.1", "--username=app", "--dbname=app"),
    user="postgres",
    data="/var/lib/postgresql",
    tmpfs=(_TMP, "/var/run/postgresql"),
    environment={"POSTGRES_USER": USER, "POSTGRES_DB": DATABASE},
    credential="POSTGRES_PASSWORD",
    credential_file="POSTGRES_PASSWORD_FILE",
    asked="Over TCP, because the server that runs the first scripts listens on its socket only.",
)

_MYSQL: Final = Container(
    "mysql:8.4",
    3306,
    "app:{password}@tcp({host}:{port})/app?parseTime=true",
    health=("mysqladmin", "ping", "--host=127.0.0.1", "--silent"),
    user="mysql",
    data="/var/lib/mysql",
    tmpfs=(_TMP, "/var/run/mysqld"),
    environment={
        "MYSQL_USER": USER,
        "MYSQL_DATABASE": DATABASE,
        "MYSQL_RANDOM_ROOT_PASSWORD": "yes",
    },
    credential="MYSQL_PASSWORD",
    credential_file="MYSQL_PASSWORD_FILE",
    memory="1G",
    start=60,
    asked="Over TCP, because the server that runs the first scripts does not listen there.",
)

_REDIS: Final = Container(
    "redis:8-alpine",
    6379,
    health=("redis-cli", "-e", "ping"),
    user="redis",
    data="/data",
    command=("redis-server", "--appendonly", "yes"),
    memory="256M",
    start=10,
    read_only=True,
    asked="-e: an error, such as LOADING, is a failure.",
)

_MONGO: Final = Container(
    "mongo:8.0",
    27017,
    "mongodb://app:{password}@{host}:{port}/app?authSource=admin",
    health=(
        "mongosh", "--quiet", "mongodb://{host}:27017",
        "--eval", "quit(db.adminCommand('ping').ok ? 0 : 1)",
    ),
    user="mongodb",
    data="/data/db",
    tmpfs=(_TMP, "/data/configdb"),
    environment={"MONGO_INITDB_ROOT_USERNAME": USER},
    credential="MONGO_PASSWORD",
    credential_file="MONGO_INITDB_ROOT_PASSWORD_FILE",
    memory="1G",
    asked="By name, because the server that creates the user listens on 127.0.0.1 only.",
)  # fmt: skip

_KAFKA: Final = Container(
    "apache/kafka:4.1.1",
    9092,
    health=("/opt/kafka/bin/kafka-broker-api-versions.sh", "--bootstrap-server=127.0.0.1:9092"),
    user="appuser",
    data="/var/lib/kafka/data",
    environment={
        "KAFKA_NODE_ID": "1",
        "KAFKA_PROCESS_ROLES": "broker,controller",
        "KAFKA_LISTENERS": "PLAINTEXT://:9092,CONTROLLER://:9093",
        "KAFKA_ADVERTISED_LISTENERS": "PLAINTEXT://{host}:9092",
        "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
        "KAFKA_LOG_DIRS": "/var/lib/kafka/data",
        "KAFKA_HEAP_OPTS": "-Xms256m -Xmx512m",
    },
    memory="1G",
    start=60,
    why="One broker that is its own controller, without ZooKeeper.",
)

_NATS: Final = Container(
    "nats:2.14-alpine",
    4222,
    "nats://{host}:{port}",
    health=("wget", "--quiet", "--spider", "http://127.0.0.1:8222/healthz"),
    data="/data",
    command=("--jetstream", "--store_dir=/data", "--http_port=8222"),
    ports=(8222,),
    memory="256M",
    start=10,
    read_only=True,
    why="The image has no user and no /data, so this is root without any capability.",
)

_RABBITMQ: Final = Container(
    "rabbitmq:4.3-alpine",
    5672,
    "amqp://app:{password}@{host}:{port}/",
    health=("rabbitmq-diagnostics", "--quiet", "check_port_connectivity"),
    user="rabbitmq",
    data="/var/lib/rabbitmq",
    environment={"RABBITMQ_DEFAULT_USER": USER},
    credential="RABBITMQ_PASSWORD",
    credential_variable="RABBITMQ_DEFAULT_PASS",
    memory="512M",
    start=60,
    why="Its image refuses a file for the password since 3.9.",
)

_MEMCACHED: Final = Container(
    "memcached:1.6-alpine",
    11211,
    health=("sh", "-c", "echo version | nc -w 1 127.0.0.1 11211 | grep -q VERSION"),
    user="memcache",
    memory="128M",
    start=5,
    read_only=True,
)

_ELASTICSEARCH: Final = Container(
    "elasticsearch:9.5.2",
    9200,
    "http://{host}:{port}",
    health=(
        "curl", "--fail", "--silent", "--output", "/dev/null",
        "http://127.0.0.1:9200/_cluster/health?wait_for_status=yellow&timeout=1s",
    ),
    user="elasticsearch",
    data="/usr/share/elasticsearch/data",
    environment={
        "discovery.type": "single-node",
        "xpack.security.enabled": "false",
        "ES_JAVA_OPTS": "-Xms512m -Xmx512m",
    },
    memory="1500M",
    start=90,
    why="Without security, because only the containers on its network reach it.",
)  # fmt: skip

_CASSANDRA: Final = Container(
    "cassandra:5.0",
    9042,
    health=("cqlsh", "-e", "SELECT now() FROM system.local"),
    user="cassandra",
    data="/var/lib/cassandra",
    environment={"MAX_HEAP_SIZE": "512M", "HEAP_NEWSIZE": "128M"},
    memory="1500M",
    start=120,
)

_CLICKHOUSE: Final = Container(
    "clickhouse:26.3",
    9000,
    "clickhouse://app:{password}@{host}:{port}/app",
    health=("wget", "--quiet", "--spider", "http://127.0.0.1:8123/ping"),
    user="clickhouse",
    data="/var/lib/clickhouse",
    tmpfs=(_TMP, "/var/log/clickhouse-server"),
    environment={"CLICKHOUSE_USER": USER, "CLICKHOUSE_DB": DATABASE},
    credential="CLICKHOUSE_PASSWORD",
    credential_file="CLICKHOUSE_PASSWORD_FILE",
    ports=(8123,),
    memory="2G",
)

_ETCD: Final = Container(
    "gcr.io/etcd-development/etcd:v3.6.5",
    2379,
    "http://{host}:{port}",
    health=("etcdctl", "endpoint", "health"),
    data="/etcd-data",
    environment={
        "ETCD_DATA_DIR": "/etcd-data",
        "ETCD_LISTEN_CLIENT_URLS": "http://0.0.0.0:2379",
        "ETCD_ADVERTISE_CLIENT_URLS": "http://{host}:2379",
    },
    memory="512M",
    read_only=True,
    why="The image has no user and no such folder, so this is root without any capability.",
)

_MQTT: Final = Container(
    "eclipse-mosquitto:2.0",
    1883,
    "tcp://{host}:{port}",
    health=("mosquitto_sub", "-t", "$SYS/broker/uptime", "-C", "1", "-W", "3"),
    user="mosquitto",
    command=("mosquitto", "-c", "/mosquitto-no-auth.conf"),
    memory="128M",
    start=5,
    read_only=True,
    why="Its default file listens on localhost only; this one of the image's listens for all.",
)

_SQLSERVER: Final = Container(
    "mcr.microsoft.com/mssql/server:2022-latest",
    1433,
    "sqlserver://sa:{password}@{host}:{port}?database=master&encrypt=disable",
    health=(
        "bash", "-c",
        '/opt/mssql-tools18/bin/sqlcmd -C -S localhost -U sa -P "$MSSQL_SA_PASSWORD" -Q "SELECT 1"',
    ),
    user="mssql",
    data="/var/opt/mssql",
    environment={"ACCEPT_EULA": "Y", "MSSQL_PID": "Developer"},
    credential="MSSQL_SA_PASSWORD",
    credential_variable="MSSQL_SA_PASSWORD",
    login="sa",
    database="master",
    memory="2G",
    start=60,
    why="Its image reads no file; the password needs eight characters of three kinds.",
)  # fmt: skip

_MINIO: Final = Container(
    "minio/minio:RELEASE.2025-09-07T16-13-09Z",
    9000,
    "http://{host}:{port}",
    health=("mc", "ready", "local"),
    data="/data",
    command=("server", "/data"),
    environment={"MINIO_ROOT_USER": USER},
    credential="MINIO_PASSWORD",
    credential_file="MINIO_ROOT_PASSWORD_FILE",
    stand_in=True,
    why="In the place of S3; the last image that MinIO published, so for development only.",
)

_MAILPIT: Final = Container(
    "axllent/mailpit:v1.27",
    1025,
    health=("/mailpit", "readyz"),
    ports=(8025,),
    memory="128M",
    start=5,
    read_only=True,
    stand_in=True,
    why="Takes mail and shows it on port 8025; nothing leaves it.",
)

_OTEL: Final = Container(
    "otel/opentelemetry-collector:0.136.0",
    4317,
    "http://{host}:{port}",
    ports=(4318,),
    memory="256M",
    read_only=True,
    stand_in=True,
    why="Its own default configuration receives OTLP. The image has nothing to ask it with.",
)

_VAULT: Final = Container(
    "hashicorp/vault:1.20",
    8200,
    "http://{host}:{port}",
    health=("vault", "status", "-address=http://127.0.0.1:8200"),
    user="vault",
    command=("server", "-dev", "-dev-no-store-token"),
    environment={"SKIP_SETCAP": "true"},
    credential="VAULT_TOKEN",
    credential_variable="VAULT_DEV_ROOT_TOKEN_ID",
    memory="256M",
    start=5,
    stand_in=True,
    why="The development server: in memory, unsealed.",
)

CONTAINERS: Final[Mapping[str, Container]] = {
    "postgres": _POSTGRES,
    "mysql": _MYSQL,
    "redis": _REDIS,
    "mongo": _MONGO,
    "kafka": _KAFKA,
    "nats": _NATS,
    "rabbitmq": _RABBITMQ,
    "memcached": _MEMCACHED,
    "elasticsearch": _ELASTICSEARCH,
    "cassandra": _CASSANDRA,
    "clickhouse": _CLICKHOUSE,
    "etcd": _ETCD,
    "mqtt": _MQTT,
    "sqlserver": _SQLSERVER,
    "s3": _MINIO,
    "smtp": _MAILPIT,
    "otel": _OTEL,
    "vault": _VAULT,
}
"""By kind. Not here: kubernetes, docker and ldap, which no container beside a program can be."""

CHOWN: Final = "busybox:1.37"
"""What gives a new volume to the program's user, once."""


def container_of(backend: Backend, development: bool = False) -> Container | None:
    """Return the container that runs a backend, or None where it is somewhere else."""
    found = CONTAINERS.get(backend.kind)
    return None if found is None or (found.stand_in and not development) else found
