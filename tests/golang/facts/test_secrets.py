"""Names and defaults: what is secret, what kind a value is, and what is not the program's own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotare.golang.facts.own_names import is_name, is_own_name
from gotare.golang.facts.secrets import is_secret, words_of_name
from gotare.golang.facts.value_kinds import kind_of

SECRET = """
    PASSWORD DB_PASSWORD DB_PASS POSTGRES_PWD API_KEY STRIPE_API_KEY OPENAI_APIKEY JWT_SECRET
    SECRET_KEY SECRET_KEY_BASE AWS_SECRET_ACCESS_KEY AWS_ACCESS_KEY_ID GITHUB_TOKEN ACCESS_TOKEN
    PRIVATE_KEY ENCRYPTION_KEY SESSION_KEY CLIENT_SECRET DATABASE_URL REDIS_URL MONGO_URI
    MONGODB_URI AMQP_URL DB_DSN DSN SENTRY_DSN PG_URL DB_CONNECTION_STRING SMTP_PASSWORD
    COOKIE_SECRET HASH_SALT WEBHOOK_SECRET dbPassword AUTH_TOKENS SIGNING_KEY PRESHARED_KEYS
    VPN_PRESHARED_KEY WIFI_PSK
"""
PLAIN = """
    PORT HOST LOG_LEVEL DB_HOST DB_USER DB_NAME DB_PORT PASSWORD_FILE TOKEN_TTL TOKEN_EXPIRY
    SECRET_NAME JWT_EXPIRATION_HOURS PASSWORD_MIN_LENGTH PUBLIC_KEY CACHE_KEY PARTITION_KEY
    TLS_KEY TLS_KEY_FILE KEY_PATH MAX_TOKENS BCRYPT_COST OAUTH_TOKEN_URL JWT_ISSUER API_URL
    BASE_URL SERVICE_URL REDIS_ADDR DATABASE_NAME CLIENT_ID KEY KEYCLOAK_REALM MONKEY AUTHOR
    COMPASS_HEADING PASSENGER_COUNT TOKENIZER_PATH SECRETS_DIR API_KEY_HEADER DATABASE_TIMEOUT
"""
OTHERS = "HOME PATH GODEBUG GOMAXPROCS NO_COLOR TERM LC_ALL TZ"
OWN = "PORT GOOGLE_API_KEY GO_ENV USER_ID HOME_URL GOSSIP_PORT"


@pytest.mark.parametrize("name", SECRET.split())
def test_secret_names(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize("name", PLAIN.split())
def test_names_of_nothing_secret(name: str) -> None:
    assert not is_secret(name)


@pytest.mark.parametrize(
    ("default", "secret"),
    [
        ("postgres://app:pw@db:5432/app", True),
        ("postgres://db:5432/app", True),
        ("app:pw@tcp(db:3306)/app", True),
        ("https://example.com", False),
        ("https://me:pw@example.com", True),
        ("localhost:6379", False),
    ],
)
def test_defaults_that_hold_a_password(default: str, secret: bool) -> None:
    assert is_secret("STORE", default) == secret


@pytest.mark.parametrize(
    ("name", "words"),
    [("DB_PASSWORD", ["DB", "PASSWORD"]), ("apiKey", ["API", "KEY"]), ("a-b.c", ["A", "B", "C"])],
)
def test_words(name: str, words: list[str]) -> None:
    assert words_of_name(name) == words


@pytest.mark.parametrize(
    ("name", "default", "type_", "kind"),
    [
        ("PORT", None, "", "port"),
        ("PORT", "8080", "", "port"),
        ("PORT", ":8080", "", "address"),
        ("HTTP_PORT", "8080", "int", "port"),
        ("LISTEN_ADDR", None, "", "address"),
        ("LISTEN", "0.0.0.0:80", "", "address"),
        ("HOST", "0.0.0.0", "", ""),
        ("HOST", "localhost:9200", "", "address"),
        ("REDIS", "redis:6379", "", "address"),
        ("BASE_URL", None, "", "url"),
        ("TARGET", "https://example.com", "", "url"),
        ("TIMEOUT", "30s", "", "duration"),
        ("TIMEOUT", "30", "", "number"),
        ("TIMEOUT", None, "", "duration"),
        ("X", "5m", "time.Duration", "duration"),
        ("WORKERS", None, "", "number"),
        ("N", "3", "int", "number"),
        ("RATIO", "0.5", "float64", "number"),
        ("DEBUG", None, "", "bool"),
        ("ENABLE_METRICS", None, "", "bool"),
        ("X", "true", "", "bool"),
        ("X", None, "bool", "bool"),
        ("DATA_DIR", None, "", "path"),
        ("X", "/var/lib/x", "", "path"),
        ("X", "config.yaml", "", "path"),
        ("X", "./data", "", "path"),
        ("ORIGINS", "a,b", "", "list"),
        ("TAGS", None, "[]string", "list"),
        ("BROKERS", "a:9092,b:9092", "", "list"),
        ("LOG_LEVEL", "info", "", ""),
        ("KEY", None, "[]byte", ""),
        ("listen-address", ":9107", "", "address"),
        ("", None, "", ""),
    ],
)
def test_kinds(name: str, default: str | None, type_: str, kind: str) -> None:
    assert kind_of(name, default, type_) == kind


@pytest.mark.parametrize("name", OTHERS.split())
def test_names_that_others_own(name: str) -> None:
    assert is_own_name(name)


@pytest.mark.parametrize("name", OWN.split())
def test_names_that_are_the_programs(name: str) -> None:
    assert not is_own_name(name)


@pytest.mark.parametrize(
    ("name", "valid"), [("A_1", True), ("a", True), ("1A", False), ("A-B", False), ("", False)]
)
def test_names_of_variables(name: str, valid: bool) -> None:
    assert is_name(name) == valid


@given(st.text(max_size=40), st.none() | st.text(max_size=60), st.text(max_size=10))
def test_any_text_is_taken(name: str, default: str | None, type_: str) -> None:
    assert is_secret(name, default) in (True, False)
    assert isinstance(kind_of(name, default, type_), str)
    assert is_own_name(name) in (True, False)
