"""What is a secret that stands in a file, and what only looks like one."""

from __future__ import annotations

import pytest

from gotare.lint.plain_secrets import is_plain_secret, is_throwaway


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
        ("GOOGLE_API_KEY", "GOOGLE_API_KEY_VAL"),
        ("DB_PASSWORD", "__DB_PASSWORD__"),
    ],
)
def test_no_secrets(name: str, value: str) -> None:
    assert not is_plain_secret(name, value)


@pytest.mark.parametrize(
    ("value", "beside"),
    [
        ("password", ()),
        ("rootpassword", ()),
        ("123456", ()),
        ("minio123", ()),
        ("super-secret", ()),
        ("_admin_password_", ()),
        ("example_123", ()),
        ("mysecretpassword", ()),
        ("your-secret-key-change-in-production", ()),
        ("amqp://guest:guest@rabbitmq:5672/", ()),
        ("host=db user=app password=secret", ()),
        ("photoprism", ("photoprism",)),
        ("zaphod", ("test", "zaphod")),
        ("gitea2024", ("gitea",)),
        ("broker_sslkey_creds", ("KAFKA_SSL_KEY_CREDENTIALS",)),
    ],
)
def test_what_anybody_guesses(value: str, beside: tuple[str, ...]) -> None:
    assert is_throwaway(value, beside)


@pytest.mark.parametrize(
    ("value", "beside"),
    [
        ("hunter2", ()),
        ("bea26a2221fd8090ea38720fc445eca6", ()),
        ("9d8351a0-ca01-4556-9c37-85eb634869b9", ()),
        ("myAwEsOm3pa55@w0rd", ("user", "db")),
        ("postgres://user:Tr0ub4dor@db:5432/app", ("user",)),
        ("8501927364501928", ()),
        ("photoprism", ("mariadb",)),
        ("%^&*!", ()),
        ("a" * 10_000, ()),
    ],
)
def test_what_nobody_guesses(value: str, beside: tuple[str, ...]) -> None:
    assert not is_throwaway(value, beside)
