"""What is a secret that stands in a file, and what only looks like one."""

from __future__ import annotations

import pytest

from gotare.lint.plain_secrets import is_plain_secret


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("POSTGRES_PASSWORD", "hunter2"),
        ("API_TOKEN", "abc123"),
        ("JWT_SECRET", "s3cr3t"),
        ("DATABASE_URL", "postgres://app:hunter2@db:5432/app"),
        ("ADDRESS", "amqp://guest:guest@rabbitmq:5672/"),
        ("DSN", "app:hunter2@tcp(db:3306)/app"),
        ("DB_DSN", "host=db user=app password=hunter2 dbname=app"),
        ("AWS_SECRET_ACCESS_KEY", "x/y"),
    ],
)
def test_secrets(name: str, value: str) -> None:
    assert is_plain_secret(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LOG_LEVEL", "info"),
        ("POSTGRES_PASSWORD", ""),
        ("POSTGRES_PASSWORD", "${POSTGRES_PASSWORD:?}"),
        ("POSTGRES_PASSWORD", "$PASSWORD"),
        ("POSTGRES_PASSWORD", "<password>"),
        ("POSTGRES_PASSWORD", "***"),
        ("POSTGRES_PASSWORD_FILE", "/run/secrets/password"),
        ("DB_PASSWORD", "/run/secrets/password"),
        ("MYSQL_RANDOM_ROOT_PASSWORD", "yes"),
        ("ALLOW_EMPTY_PASSWORD", "1"),
        ("REDIS_URL", "redis://cache:6379/0"),
        ("DATABASE_URL", "postgres://app@db/app"),
        ("DATABASE_URL", "postgres://app:${PASSWORD}@db/app"),
        ("DATABASE_URL", "postgres://app:$(PASSWORD)@db/app"),
        ("MONGO_URI", "mongodb:27017"),
        ("DB_DSN", "host=db user=app password=${PASSWORD}"),
        ("TOKEN_TTL", "15m"),
        ("JWT_PUBLIC_KEY", "abc"),
    ],
)
def test_no_secrets(name: str, value: str) -> None:
    assert not is_plain_secret(name, value)
