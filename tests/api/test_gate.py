# SPDX-License-Identifier: EUPL-1.2
"""Hosts and origins."""

import pytest

from api.gate import HttpGate

GATE = HttpGate(hosts=frozenset({"data.town.example"}), origins=frozenset({"https://map.town.example"}))


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.0.0.1:8080",
        "[::1]:8080",
        "[::1]",
        "localhost",
        "LocalHost:1",
        "localhost.:80",
        "10.1.2.3",
        "data.town.example",
        "DATA.town.example:8443",
    ],
)
def test_addresses_localhost_and_named_hosts_are_this_platform(host):
    assert GATE.knows_host(host)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "evil.example:127",
        "x@127.0.0.1",
        "127.0.0.1@x",
        "127.1",
        "2130706433",
        "0x7f000001",
        "127.0.0.1/",
        "localhost:99999999",
        "[::1",
        "::1",
        "localhost:",
        "a b",
        "[evil]",
        "sub.data.town.example",
        "lоcalhost",
    ],
)
def test_any_other_host_is_not(host):
    assert not GATE.knows_host(host)


@pytest.mark.parametrize(
    ("origin", "host", "expected"),
    [
        ("http://127.0.0.1:8080", "127.0.0.1:8080", True),
        ("http://127.0.0.1:8081", "127.0.0.1:8080", False),
        ("https://map.town.example", "127.0.0.1:8080", True),
        ("https://evil.example", "127.0.0.1:8080", False),
        ("null", "127.0.0.1:8080", False),
        ("", "127.0.0.1:8080", False),
        ("file://", "", False),
        ("http://[", "127.0.0.1:8080", False),
    ],
)
def test_pages_of_this_platform_and_of_named_origins_may_write(origin, host, expected):
    assert GATE.may_write_from(origin, host) is expected


def test_any_origin_may_read_where_the_settings_say_so_and_still_not_write():
    gate = HttpGate(origins=frozenset({"*"}))

    assert gate.cors_origin("https://anywhere.example") == "*"
    assert not gate.may_write_from("https://anywhere.example", "127.0.0.1")
    assert not gate.may_write_from("*", "127.0.0.1")
