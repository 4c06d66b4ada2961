# SPDX-License-Identifier: EUPL-1.2
"""Whom the platform asks: the public internet by TLS, and what a rule names; however an address is written."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.outbound.addresses import is_public, parse_address
from allmende.outbound.egress import Egress, Rule
from allmende.outbound.failures import NotAllowed

PUBLIC = parse_address("93.184.215.14")


def admits(egress, scheme, host, port, *addresses):
    try:
        egress.admit(scheme, host, port, [parse_address(text) for text in addresses])
    except NotAllowed:
        return False
    return True


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "0.1.2.3", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1",
        "169.254.169.254", "100.64.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.192", "192.0.2.1", "198.18.0.1",
        "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
        "::", "::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:a00:1", "::127.0.0.1", "fe80::1",
        "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "2002:7f00:1::", "2002:a9fe:a9fe::1",
        "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2001:db8::1", "2001::1", "100::1",
    ],
)  # fmt: skip
def test_an_address_of_this_machine_or_of_a_private_network_is_not_public(text):
    assert not is_public(parse_address(text))


@pytest.mark.parametrize(
    "text", ["93.184.215.14", "1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101", "2002:101:101::1"]
)
def test_an_address_of_the_internet_is_public(text):
    assert is_public(parse_address(text))


@given(st.ip_addresses(v=4))
def test_an_address_means_the_same_however_it_is_embedded(address):
    for text in (f"::ffff:{address}", f"64:ff9b::{address}"):
        assert parse_address(text) == address


@given(st.ip_addresses())
def test_what_is_admitted_without_a_rule_is_public_and_speaks_tls(address):
    meant = parse_address(str(address))

    assert admits(Egress(), "https", "example.org", 443, str(address)) == is_public(meant)
    assert not admits(Egress(), "http", "example.org", 80, str(address))


def test_one_private_address_among_public_ones_refuses_them_all():
    assert admits(Egress(), "https", "example.org", 443, "93.184.215.14", "1.1.1.1")
    assert not admits(Egress(), "https", "example.org", 443, "93.184.215.14", "127.0.0.1")


@pytest.mark.parametrize(("port", "admitted"), [(443, True), (8443, True), (80, False), (22, False), (9443, False)])
def test_other_ports_need_a_rule(port, admitted):
    assert admits(Egress(), "https", "example.org", port, "93.184.215.14") is admitted


def test_an_open_platform_asks_itself_and_anybody_without_tls_but_no_private_network():
    egress = Egress(open=True)

    assert admits(egress, "http", "localhost", 8087, "127.0.0.1", "::1")
    assert admits(egress, "http", "example.org", 80, "93.184.215.14")
    for address in ("10.0.0.1", "169.254.169.254", "fe80::1", "0.0.0.0"):
        assert not admits(egress, "http", "example.org", 80, address)


@pytest.mark.parametrize(
    ("rule", "scheme", "host", "port", "address", "admitted"),
    [
        ("127.0.0.1:8087", "http", "127.0.0.1", 8087, "127.0.0.1", True),
        ("127.0.0.1:8087", "http", "127.0.0.1", 8088, "127.0.0.1", False),
        ("127.0.0.1", "http", "whatever.example", 1, "127.0.0.1", True),
        ("10.1.0.0/16", "http", "contexts", 80, "10.1.2.3", True),
        ("10.1.0.0/16", "http", "contexts", 80, "10.2.2.3", False),
        ("[::1]:8087", "http", "::1", 8087, "::1", True),
        ("fd00::/8", "https", "contexts", 443, "fd12::1", True),
        ("contexts.city.example", "http", "contexts.city.example", 8080, "10.9.9.9", True),
        ("Contexts.City.Example:8080", "http", "contexts.city.example.", 8080, "10.9.9.9", True),
        ("contexts.city.example:8080", "http", "contexts.city.example", 8081, "10.9.9.9", False),
        ("contexts.city.example", "http", "evil.city.example", 8080, "10.9.9.9", False),
        ("contexts.city.example", "http", "contexts.city.example", 80, "169.254.169.254", False),
        ("169.254.0.0/16", "http", "contexts.city.example", 80, "169.254.7.7", True),
    ],
)
def test_a_rule_opens_what_it_names_and_nothing_else(rule, scheme, host, port, address, admitted):
    assert admits(Egress(rules=(Rule.parse(rule),)), scheme, host, port, address) is admitted


def test_a_refusal_names_the_rule_that_would_help():
    with pytest.raises(NotAllowed, match=r"ALLMENDE_EGRESS=inner\.example:8080"):
        Egress().admit("http", "inner.example", 8080, [ip_address("10.0.0.1")])
    with pytest.raises(NotAllowed, match="without TLS"):
        Egress().admit("http", "example.org", 80, [PUBLIC])


@pytest.mark.parametrize(
    "text", ["", "http://example.org", "a b", "example.org:0", "example.org:70000", "10.0.0.1/33", "*"]
)
def test_what_is_no_rule_is_refused_with_an_example(text):
    with pytest.raises(ValueError, match=r"such as contexts\.example\.org|1 to 65535"):
        Rule.parse(text)
