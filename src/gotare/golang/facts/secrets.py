"""Which variables hold something that nobody should see, by their names and defaults."""

from __future__ import annotations

import re
from typing import Final

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_URL_WITH_PASSWORD: Final = re.compile(r"\w+://[^/\s:@]*:[^/\s@]+@|\w+:[^@\s/]+@tcp\(")

_WORDS: Final = (
    "PASSWORD PASSWD PASSPHRASE PASSCODE SECRET SECRETS TOKEN CREDENTIAL CREDENTIALS CREDS APIKEY "
    "PRIVATEKEY SECRETKEY ACCESSKEY AUTHKEY DSN PAT PEPPER PSK SALT SIGNATURE"
)
_SECRET: Final = frozenset(_WORDS.split())
_LAST_WORDS: Final = "PASS PWD PW TOKENS PASSWORDS APIKEYS"
_SECRET_AT_THE_END: Final = frozenset(_LAST_WORDS.split())

_KEY_WORDS: Final = (
    "API SECRET PRIVATE ACCESS SIGNING SIGN ENCRYPTION ENCRYPT SESSION AUTH MASTER JWT HMAC COOKIE "
    "LICENSE ACCOUNT SERVICE ADMIN APP SHARED PRESHARED AES CRYPTO WEBHOOK HASH DEPLOY CSRF STATE "
    "BLOCK ROOT"
)
_KEYS: Final = frozenset(_KEY_WORDS.split())
_PLAIN_KEY_WORDS: Final = (
    "PUBLIC CACHE PARTITION ROUTING PRIMARY FOREIGN SORT TOPIC INDEX LOOKUP OBJECT HEADER CONTEXT "
    "LOCK MAP TLS SSL CERT SITE RATE PREFIX QUERY"
)
_PLAIN_KEYS: Final = frozenset(_PLAIN_KEY_WORDS.split())

_ABOUT_WORDS: Final = (
    "FILE PATH DIR DIRECTORY FILENAME LOCATION TTL EXPIRY EXPIRE EXPIRES EXPIRATION DURATION AGE "
    "LIFETIME LIFESPAN VALIDITY LENGTH LEN SIZE COST NAME ISSUER AUDIENCE ALGORITHM ALG METHOD "
    "HEADER COUNT LIMIT TYPE ENABLED ENABLE DISABLED DISABLE REQUIRED MIN MAX URL URI ENDPOINT "
    "HOST PORT ADDR ADDRESS INTERVAL TIMEOUT HOURS HOUR MINUTES MINUTE SECONDS SECOND SEC SECS "
    "DAYS DAY PREFIX FIELD DOMAIN MODE SCHEME PROVIDER STORE BACKEND MANAGER REGION ROTATION "
    "POLICY RETRIES RESET VERSION FORMAT BUCKET BYTES ROUNDS ITERATIONS ENGINE MOUNT USER USERNAME "
    "LEEWAY REFRESH KIND AUTH LEN THRESHOLD BUDGET EXP MS NAMESPACE"
)
_ABOUT: Final = frozenset(_ABOUT_WORDS.split())
"""Last words that make a name speak about a secret: its file, its age, its length."""

_STORE_WORDS: Final = (
    "DATABASE DB POSTGRES POSTGRESQL PG PGSQL MYSQL MARIADB MONGO MONGODB REDIS AMQP RABBIT "
    "RABBITMQ SQL CLICKHOUSE MSSQL SQLSERVER COCKROACH VALKEY NEO4J COUCHDB TIMESCALE"
)
_STORES: Final = frozenset(_STORE_WORDS.split())
_ADDRESS: Final = frozenset({"URL", "URI", "CONNECTION", "CONNSTR", "CONNSTRING"})
_STORE_URL: Final = re.compile(
    r"(postgres|postgresql|mysql|mariadb|mongodb|mongodb\+srv|amqps?|rediss?|sqlserver|clickhouse)://"
)


def words_of_name(name: str) -> list[str]:
    """Return the words of DB_PASSWORD, dbPassword or db-password, in capitals."""
    return [
        word.upper() for part in re.split(r"[^A-Za-z0-9]+", name) for word in _WORD.findall(part)
    ]


def is_secret(name: str, default: str | None = None) -> bool:
    """Tell whether a variable holds a secret: by its name, or by a default with a password."""
    if default and (_URL_WITH_PASSWORD.search(default) or _STORE_URL.match(default)):
        return True
    words = words_of_name(name)
    if not words:
        return False
    return is_store_address(name) or _names_a_secret(words)


def is_store_address(name: str) -> bool:
    """Tell whether a name is that of a database's or broker's URL, which holds a password."""
    words = words_of_name(name)
    if words[-2:] == ["CONNECTION", "STRING"] or words[-1:] == ["DSN"]:
        return True
    return bool(words) and words[-1] in _ADDRESS and bool(_STORES & set(words[:-1]))


def _names_a_secret(words: list[str]) -> bool:
    last = words[-1]
    if last.endswith(("SECRET", "PASSWORD", "PASSWD", "TOKEN")) and last not in _SECRET:
        return True
    if last in _ABOUT:
        return False
    if last in _SECRET_AT_THE_END:
        return len(words) == 1 or words[-2] not in ("MAX", "MIN", "NUM", "PUBLIC")
    if last == "KEY" or last == "KEYS":
        return len(words) > 1 and words[-2] in _KEYS and not _PLAIN_KEYS & set(words)
    if last == "ID" and words[-3:-1] == ["ACCESS", "KEY"]:
        return True
    return last != "ID" and bool(_SECRET & set(words)) and not {"NO", "SKIP"} & set(words[:1])
