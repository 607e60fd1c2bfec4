"""Reads image references as Compose, Kubernetes and CI files have them, and knows some by name."""

from __future__ import annotations

import re
from typing import Final

from gotare.frozen import dataclass

DATABASES: Final = {
    "postgres": 5432, "postgis": 5432, "pgvector": 5432, "timescaledb": 5432, "postgresql": 5432,
    "mysql": 3306, "mariadb": 3306, "percona": 3306, "redis": 6379, "valkey": 6379, "keydb": 6379,
    "redis-stack": 6379, "redis-stack-server": 6379, "redismod": 6379,
    "azure-sql-edge": 1433, "mongo": 27017, "mongodb": 27017, "mongodb-community-server": 27017,
    "memcached": 11211, "elasticsearch": 9200, "opensearch": 9200, "cassandra": 9042,
    "scylla": 9042, "clickhouse": 8123, "clickhouse-server": 8123, "couchdb": 5984,
    "cockroach": 26257, "etcd": 2379,
    "influxdb": 8086, "neo4j": 7687, "dynamodb-local": 8000,
}  # fmt: skip
"""The last word of the names of images that hold databases and caches, with their ports."""

_MANAGES: Final = re.compile(
    r"portainer|watchtower|ofelia|dockge|diun|autoheal|drone-runner|woodpecker-agent|act[-_]runner"
    r"|github-runner|gitlab-runner|forgejo-runner|dozzle|lazydocker|swarmpit|yacht|socket-?proxy"
    r"|docker-gc|shepherd|ouroboros|localstack",
    re.IGNORECASE,
)
_REACHES: Final = re.compile(
    r"ebpf|falco|cadvisor|node[-_]exporter|netdata|datadog|beyla|tetragon|cilium|wireguard|openvpn"
    r"|tailscale|zerotier|gluetun|k3s|k3d|\bkind\b|dind|minikube|buildkit|calico|flannel|weave|antrea"
    r"|multus|metallb|kube-proxy|\bcni\b|\bcsi\b|device-plugin|problem-detector|node-agent",
    re.IGNORECASE,
)
_PASSES_ON: Final = re.compile(
    r"(?:^|[/_.-])(?:nginx|traefik|haproxy|caddy|envoy|httpd|(?:load-?)?balancer|(?:reverse-?)?proxy)"
    r"(?:[:@_.-]|$)",
    re.IGNORECASE,
)


def manages_containers(*names: str) -> bool:
    """Whether a service's names tell that it starts, stops or shows containers: the engine's socket
    is its work."""
    return any(_MANAGES.search(name) for name in names)


def reaches_by_trade(*names: str) -> bool:
    """Whether a service's names tell that it watches its host, makes networks or runs containers,
    which takes rights that others do without."""
    return any(_REACHES.search(name) for name in names)


def passes_on(*names: str) -> bool:
    """Whether a service's names tell that it passes requests on, and answers for those that are
    away."""
    return any(_PASSES_ON.search(name) for name in names)


@dataclass(frozen=True, slots=True)
class Image:
    """An image as it is written. `name` has the registry; `tag` and `digest` are "" where none is
    written. `computed`: a variable or `<placeholder>` is in it, so that what it names cannot be
    known."""

    text: str
    name: str
    tag: str
    digest: str
    computed: bool

    @property
    def word(self) -> str:
        """The last word of the name."""
        return self.name.rpartition("/")[2]

    @property
    def is_floating(self) -> bool:
        """Whether it means another image tomorrow: `latest`, or no tag and no digest."""
        return not self.computed and not self.digest and self.tag in ("", "latest")

    @property
    def is_computed_later(self) -> bool:
        """Whether a tool puts in what it builds: ko takes an import path."""
        return self.text.startswith("ko://")

    @property
    def is_database(self) -> bool:
        """Whether it is known to hold a database or a cache."""
        return self.word in DATABASES


def image_of(text: str) -> Image:
    """Take a reference apart. Whatever is no reference has itself as its name."""
    rest, _, digest = text.partition("@")
    name, _, tag = rest.rpartition(":")
    if not name or "/" in tag:
        name, tag = rest, ""
    return Image(text, name, tag, digest, "$" in text or "<" in text)
