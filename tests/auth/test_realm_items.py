# SPDX-License-Identifier: EUPL-1.2
"""What a realm lacks of what is wanted, as values: the rest is the administrator's."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.errors import SettingsError, Unavailable
from auth.keycloak import document as documents
from auth.keycloak.choices import is_open, portals_of, require_realm, require_tenant, split_address
from auth.keycloak.document import to_document
from auth.keycloak.items import Found, Item, compare, describe, merge
from auth.keycloak.realm import ACTING, GROUPS, READING, Plan, to_realm
from auth.keycloak.server import require_version
from auth.keycloak.telling import to_end, to_json

LISTS = st.lists(st.text(max_size=2), max_size=3, unique=True)
LEAVES = st.one_of(st.booleans(), st.integers(), st.text(max_size=3))


def objects(inner):
    """Objects as Keycloak has them: what a name stands for has one shape."""
    some = {"a": LEAVES, "b": LEAVES, "listed": LISTS, "too": LISTS, "inner": inner}
    return st.fixed_dictionaries({}, optional=some)


VALUES = objects(objects(objects(st.just({}))))


@given(VALUES, VALUES)
def test_what_was_merged_lacks_nothing(there, wanted):
    merged = merge(there, wanted)

    assert list(describe(wanted, merged)) == []
    assert merge(merged, wanted) == merged


@given(VALUES, VALUES)
def test_what_merging_changes_is_told(there, wanted):
    said = list(describe(wanted, there))

    assert bool(said) == (without_empty(merge(there, wanted)) != without_empty(there))


@given(VALUES, VALUES)
def test_merging_keeps_what_is_not_named(there, wanted):
    merged = merge(there, wanted)

    assert {name: value for name, value in merged.items() if name not in wanted} == {
        name: value for name, value in there.items() if name not in wanted
    }
    for name, value in wanted.items():
        if isinstance(value, list) and isinstance(there.get(name), list):
            assert merged[name][: len(there[name])] == there[name], "a list loses nothing"


def without_empty(value):
    """An object without what says nothing."""
    if not isinstance(value, dict):
        return value
    kept = {name: without_empty(each) for name, each in value.items()}
    return {name: each for name, each in kept.items() if each not in ({}, [])}


def found_as(item):
    """A server that has the item just as it was made."""
    return Found(
        id=item.name,
        values=merge(item.first, item.kept),
        inner={each.key: found_as(each) for each in item.inner},
    )


@pytest.mark.parametrize("has_groups", [True, False])
def test_what_is_as_it_was_made_is_not_touched(has_groups):
    realm = to_realm(Plan(tenants=("default", "City_B"), has_organization_groups=has_groups))

    verdicts = list(compare(realm, found_as(realm)))

    assert {verdict.outcome for verdict in verdicts} == {"unchanged"}
    assert [verdict.left for verdict in verdicts if verdict.left] == []
    assert to_end(verdicts, "iss", dry=False) == f"iss is as it should be: {len(verdicts)} objects, nothing to change"


def test_where_nothing_is_each_object_is_made_after_the_one_that_it_is_in():
    verdicts = list(compare(to_realm(Plan()), None))

    known = set()
    for verdict in verdicts:
        assert verdict.outcome == "created"
        assert not verdict.within or verdict.path[:-1] in known
        known.add(verdict.path)
    assert len(known) == len(verdicts), "each once"
    assert to_json(verdicts, "iss", dry=True)["created"] == len(verdicts)


def test_what_an_administrator_added_stays_and_what_is_missing_comes_back():
    item = Item(kind="client", name="c", kept={"uris": ["a"], "attributes": {"pkce": "S256"}}, first={"flow": False})
    there = {"uris": ["z"], "attributes": {"pkce": "", "logo": "x"}, "flow": True, "theme": "t"}

    (verdict,) = compare(item, Found(values=there))

    assert verdict.outcome == "changed"
    assert verdict.values == {
        "uris": ["z", "a"],
        "attributes": {"pkce": "S256", "logo": "x"},
        "flow": True,
        "theme": "t",
    }
    assert verdict.differences == ("uris: a added", "attributes.pkce: S256 instead of ")
    assert verdict.left == ("flow is true",)


def test_every_scope_that_the_platform_asks_for_is_in_the_realm_and_reading_comes_by_itself():
    document = to_document(to_realm(Plan()))

    scopes = {scope["name"] for scope in document["clientScopes"]}
    clients = {client["clientId"]: client for client in document["clients"]}

    assert scopes >= {*READING, *ACTING}
    for name in ("allmende-portal", "allmende-cli"):
        assert set(READING) < set(clients[name]["defaultClientScopes"])
        assert clients[name]["optionalClientScopes"] == list(ACTING)
        assert {*clients[name]["defaultClientScopes"], *ACTING} <= scopes
        assert clients[name]["fullScopeAllowed"] is False
        assert clients[name]["directAccessGrantsEnabled"] is False
    assert clients["allmende-portal"]["attributes"]["pkce.code.challenge.method"] == "S256"
    assert not any(value for name, value in clients["allmende-api"].items() if name.endswith("Enabled"))


def test_a_tenant_is_an_organization_with_its_groups():
    (tenant,) = to_document(to_realm(Plan(tenants=("City_B",))))["organizations"]

    assert (tenant["alias"], tenant["name"]) == ("City_B", "City_B")
    assert [group["name"] for group in tenant["groups"]] == list(GROUPS)


def test_without_groups_in_organizations_the_realm_has_them_by_tenant():
    document = to_document(to_realm(Plan(tenants=("a", "b"), has_organization_groups=False)))

    (tenants,) = document["groups"]

    assert tenants["name"] == "tenants"
    assert [each["name"] for each in tenants["subGroups"]] == ["a", "b"]
    assert [each["name"] for each in tenants["subGroups"][0]["subGroups"]] == list(GROUPS)
    assert "allmende-tenants" not in {scope["name"] for scope in document["clientScopes"]}
    assert all(not each["groups"] for each in document["organizations"])


@given(st.sets(st.from_regex(r"[A-Za-z0-9_-]{1,40}", fullmatch=True), min_size=1, max_size=5))
def test_where_a_domain_is_demanded_each_tenant_has_one_of_its_own_that_nobody_has(tenants):
    realm = to_realm(Plan(tenants=tuple(tenants), has_organization_groups=False))

    domains = [each.first["domains"][0]["name"] for each in realm.of("organization")]

    assert len(set(domains)) == len(tenants)
    for domain in domains:
        assert re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.invalid", domain)
    assert not any("domains" in each.first for each in to_realm(Plan(tenants=tuple(tenants))).of("organization"))


def test_pages_elsewhere_take_the_place_of_those_of_this_machine():
    (_, portal, _) = to_realm(Plan(portals=("https://data.city.example/x",))).of("client")

    body = documents.to_body(portal)

    assert body["redirectUris"] == ["https://data.city.example/x/*"]
    assert body["webOrigins"] == ["https://data.city.example"]


def test_a_realm_that_is_there_is_not_told_of_pages_of_this_machine():
    (_, portal, _) = to_realm(Plan()).of("client")
    there = merge(portal.first, portal.kept) | {"redirectUris": ["https://data.city.example/*"]}

    verdict, *_ = compare(portal, Found(values=there))

    assert verdict.outcome == "unchanged"


@pytest.mark.parametrize(
    ("given_address", "expected"),
    [
        ("https://id.city.example", ("https://id.city.example", None)),
        ("http://127.0.0.1:8180/", ("http://127.0.0.1:8180", None)),
        ("https://id.city.example/auth", ("https://id.city.example/auth", None)),
        ("https://id.city.example/realms/town", ("https://id.city.example", "town")),
    ],
)
def test_the_address_of_a_keycloak_may_be_that_of_a_realm(given_address, expected):
    assert split_address(given_address) == expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("http://id.city.example", True),
        ("http://10.1.2.3:8080", True),
        ("https://id.city.example", False),
        ("http://127.0.0.1:8180", False),
        ("http://localhost:8180", False),
        ("http://[::1]:8180", False),
    ],
)
def test_a_password_is_safe_by_tls_or_within_this_machine(address, expected):
    assert is_open(split_address(address)[0]) is expected


@pytest.mark.parametrize(
    ("check", "given_text"),
    [
        (split_address, "id.city.example"),
        (split_address, "ftp://id.city.example"),
        (split_address, "https://admin:secret@id.city.example"),
        (split_address, "https://id.city.example?x=1"),
        (require_realm, "master"),
        (require_realm, "a/b"),
        (require_realm, ""),
        (require_tenant, "a b"),
        (require_tenant, "x" * 41),
        (lambda text: portals_of((text,)), "https://*"),
        (lambda text: portals_of((text,)), "javascript:alert(1)"),
    ],
)
def test_what_is_said_wrongly_is_told_with_its_option(check, given_text):
    with pytest.raises(SettingsError, match=r"^--(keycloak|realm|tenant|portal-url) must") as failure:
        check(given_text)

    assert "secret" not in str(failure.value)


def info(version="26.7.3", mappers=("oidc-organization-membership-mapper",)):
    return {
        "systemInfo": {"version": version},
        "protocolMapperTypes": {"openid-connect": [{"id": each} for each in mappers]},
    }


def test_groups_in_organizations_are_used_where_the_server_has_them():
    both = ("oidc-organization-membership-mapper", "oidc-organization-group-membership-mapper")

    assert require_version(info(mappers=both), "u") is True
    assert require_version(info("26.0.0"), "u") is False


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (info("25.0.6"), r"25\.0\.6 at u is too old: 26 or newer is needed"),
        (info("nightly"), "too old"),
        (info(mappers=()), "'organization' switched off"),
    ],
)
def test_a_server_that_cannot_hold_tenants_is_told(said, words):
    with pytest.raises(Unavailable, match=words):
        require_version(said, "u")
