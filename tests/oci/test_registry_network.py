"""Over which connections a repository goes: proxies, trust, http and https."""

from __future__ import annotations

import ssl
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotare.errors import RegistryError, UsageError
from gotare.oci.auth import Keychain
from gotare.oci.connections import proxy_for, tls_context
from gotare.oci.reference import parse_reference
from gotare.oci.registry import Repository
from gotare.oci.retry import Patience
from gotare.oci.urls import check_safe, is_exempt, join_url, shown_url
from tests.oci.lies import status
from tests.oci.lying_registry import IMAGE, MANIFEST, LyingRegistry

HTTPS = "https://ghcr.io/v2/"
HEADERS = {"Content-Type": IMAGE.media_type, "Docker-Content-Digest": IMAGE.digest}


@pytest.mark.parametrize(
    ("env", "url", "proxy"),
    [
        ({}, HTTPS, ""),
        ({"HTTPS_PROXY": "http://p:1"}, HTTPS, "http://p:1"),
        ({"https_proxy": "p:1", "HTTPS_PROXY": "q:1"}, HTTPS, "http://p:1"),
        ({"ALL_PROXY": "http://p:1"}, HTTPS, "http://p:1"),
        ({"HTTP_PROXY": "http://p:1"}, HTTPS, ""),
        ({"HTTP_PROXY": "http://p:1"}, "http://ghcr.io/", "http://p:1"),
        ({"HTTPS_PROXY": "p:1", "NO_PROXY": "quay.io,.ghcr.io"}, HTTPS, ""),
        ({"HTTPS_PROXY": "p:1", "no_proxy": "*"}, HTTPS, ""),
        ({"HTTPS_PROXY": "p:1", "NO_PROXY": "cr.io"}, HTTPS, "http://p:1"),
        ({"HTTPS_PROXY": "p:1"}, "https://127.0.0.1:5000/", ""),
        ({"HTTPS_PROXY": "p:1"}, "https://localhost/", ""),
    ],
)
def test_proxies(env: dict[str, str], url: str, proxy: str) -> None:
    assert proxy_for(url, env) == proxy


@pytest.mark.parametrize(
    ("no_proxy", "exempt"),
    [
        ("", False),
        ("example.org", True),
        (".example.org", True),
        ("*.example.org", True),
        ("org", True),
        ("ample.org", False),
        ("a.example.org:5000", True),
        ("a.example.org:5001", False),
        ("x, A.Example.org", True),
        (",,:", False),
    ],
)
def test_exemptions(no_proxy: str, exempt: bool) -> None:
    assert is_exempt(urlsplit("http://a.example.org:5000/"), no_proxy) is exempt


def through(proxy: str, home: Path) -> Repository:
    """A repository at a host that only the proxy knows; http, because https has no proxy."""
    return Repository(
        parse_reference("registry.invalid:5000/me/app:1"),
        Keychain({"HTTP_PROXY": proxy}, home),
        insecure=True,
        patience=Patience(connect=2, read=0.3, sleep=lambda _: None),
    )


def test_a_request_through_a_proxy(liar: LyingRegistry, tmp_path: Path) -> None:
    liar.lie("HEAD", status(200, MANIFEST, HEADERS))
    proxy = f"http://me:top%20secret@{liar.host}"
    with through(proxy, tmp_path) as repository:
        assert repository.resolve() == IMAGE
    assert liar.asked == ["HEAD http://registry.invalid:5000/v2/me/app/manifests/1"]
    assert liar.seen[0].headers["proxy-authorization"] == "Basic bWU6dG9wIHNlY3JldA=="


def test_a_proxy_that_is_not_there(tmp_path: Path) -> None:
    with LyingRegistry() as gone:
        proxy = f"http://me:topsecret@{gone.host}"
    with through(proxy, tmp_path) as repository, pytest.raises(RegistryError) as caught:
        repository.resolve()
    assert "topsecret" not in caught.value.message + str(caught.value.hint)


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "ftp://x", "http://"])
def test_proxies_that_cannot_be_used(tmp_path: Path, proxy: str) -> None:
    with through(proxy, tmp_path) as repository, pytest.raises(UsageError, match="proxy"):
        repository.resolve()


def test_http_is_not_spoken_to_other_machines(liar: LyingRegistry, tmp_path: Path) -> None:
    keychain = Keychain({"HTTP_PROXY": liar.url}, tmp_path)
    reference = parse_reference("registry.invalid:5000/me/app:1")
    with Repository(reference, keychain) as repository, pytest.raises(RegistryError):
        repository.resolve()
    assert not liar.seen


def test_trust_is_the_systems_or_ours(tmp_path: Path) -> None:
    context = tls_context({}, insecure=False)
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname
    assert tls_context({}, insecure=True).verify_mode == ssl.CERT_NONE
    with pytest.raises(UsageError, match="SSL_CERT_FILE"):
        tls_context({"SSL_CERT_FILE": str(tmp_path / "absent.pem")}, insecure=False)


def test_certifi_stands_in_where_the_system_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = ssl.DefaultVerifyPaths(None, None, "", "", "", "")  # type: ignore[arg-type]
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: nothing)
    assert tls_context({}, insecure=False).cert_store_stats()["x509_ca"] > 50


# URLs.


@pytest.mark.parametrize(
    ("url", "before", "insecure", "safe"),
    [
        ("https://a/x", "https", False, True),
        ("https://a/x", "http", False, True),
        ("http://a/x", "https", True, False),
        ("http://a/x", "http", False, False),
        ("http://a/x", "http", True, True),
        ("http://127.0.0.1:5000/x", "http", False, True),
        ("http://127.0.0.1:5000/x", "https", False, False),
        ("http://127.0.0.1.evil.example/x", "http", False, False),
        ("http://localhost@evil.example/x", "http", False, False),
        ("file:///etc/passwd", "http", True, False),
        ("//a/x", "http", True, False),
    ],
)
def test_what_may_be_followed(url: str, before: str, insecure: bool, safe: bool) -> None:
    if safe:
        assert check_safe(url, before, "test", insecure=insecure) is None  # type: ignore[func-returns-value]
        return
    with pytest.raises(RegistryError, match="cannot test: the way leads to"):
        check_safe(url, before, "test", insecure=insecure)


@given(st.text(max_size=60))
def test_any_location_is_joined_or_refused(location: str) -> None:
    try:
        url = join_url("https://a.example/v2/", location)
    except RegistryError as error:
        assert error.hint
    else:
        assert "#" not in url
        assert urlsplit(url).scheme


@given(st.text(max_size=20), st.text(max_size=20))
def test_secrets_of_urls_are_not_shown(user: str, query: str) -> None:
    shown = shown_url("https://u/x")
    for url in (f"https://{user.replace('/', '')}:topsecret@u/x", f"https://u/x?{query}topsecret"):
        assert "topsecret" not in shown_url(url)
    assert shown == "https://u/x"
