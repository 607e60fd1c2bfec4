"""Addresses as programs write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotare.golang.facts.addresses import SERVICES, Address, parse_address, port_number

HOSTS = st.from_regex(r"[a-z][a-z0-9.-]{0,20}", fullmatch=True)


@given(HOSTS, st.integers(0, 65535))
def test_host_and_port_come_back(host: str, port: int) -> None:
    assert parse_address(f"{host}:{port}") == Address(host, port)
    assert parse_address(f"http://{host}:{port}/") == Address(host, port)


@given(st.integers(0, 65535), st.sampled_from(["", "0.0.0.0", "[::]", "*"]))
def test_every_address_of_the_machine_is_no_host(port: int, host: str) -> None:
    assert parse_address(f"{host}:{port}") == Address("", port)


@given(st.text(max_size=30))
def test_any_text_is_an_address_or_none(text: str) -> None:
    found = parse_address(text)
    assert found is None or 0 <= found.port <= 65535


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (":http", Address("", 80)),
        ("localhost:https", Address("localhost", 443)),
        ("[::1]:8080", Address("::1", 8080)),
        (" :8080 ", Address("", 8080)),
        ("tcp://127.0.0.1:9000", Address("127.0.0.1", 9000)),
    ],
)
def test_addresses(text: str, address: Address) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize(
    "text", ["", "8080", ":", "host", ":65536", ":-1", ":8o8o", "a:b:80", "http://h/x", ":\uff11"]
)
def test_what_is_no_address(text: str) -> None:
    assert parse_address(text) is None


def test_services_are_ports() -> None:
    assert all(port_number(name.upper()) == port for name, port in SERVICES.items())
    assert port_number("nosuch") is None
