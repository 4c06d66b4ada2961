# SPDX-License-Identifier: EUPL-1.2
"""Issuers are read from settings; mistakes are one line that says where."""

import json
import re
from pathlib import Path

import pytest

from allmende.errors import SettingsError
from allmende.launch.issuing import outbound_to
from allmende.launch.safety import refuse_settings
from allmende.outbound.addresses import parse_address
from allmende.outbound.failures import NotAllowed
from allmende.settings import masked, read_settings, to_environment
from auth.issuers import read_issuers
from tests.docs.paths import REFERENCE

REALM = "https://id.city.example/realms/allmende"


def test_without_a_setting_nobody_is_believed():
    assert read_issuers("") == ()


@pytest.mark.parametrize(
    ("address", "issuer"),
    [
        ("https://id.city.example", REALM),
        ("https://id.city.example/", REALM),
        ("https://id.city.example/realms/town", "https://id.city.example/realms/town"),
        ("http://127.0.0.1:8081/auth", "http://127.0.0.1:8081/auth/realms/allmende"),
    ],
)
def test_the_address_of_a_keycloak_is_enough(address, issuer):
    (only,) = read_issuers("", read_settings({}, keycloak=address).keycloak)

    assert (only.issuer, only.profile, only.tenants, only.audience) == (
        issuer,
        "keycloak",
        "organizations",
        "allmende-api",
    )
    assert only.takes_client("allmende-portal")
    assert only.takes_client("conn-town-parking")
    assert not only.takes_client("grafana")
    assert only.managers == ("platform-admin",)


def test_a_profile_says_what_an_issuer_leaves_out():
    text = json.dumps(
        [
            {"issuer": "https://a.example", "profile": "rfc9068", "tenant": "a"},
            {"issuer": "https://b.example", "profile": "plain", "name": "b", "tenants": "groups"},
            {"issuer": "https://c.example", "name": "c", "tenant": "c", "claims": {"groups": "grp"}},
        ]
    )

    rfc9068, plain, bound = read_issuers(text)

    assert (rfc9068.scopes, rfc9068.claims.client, rfc9068.claims.roles) == (True, "client_id", "roles")
    assert rfc9068.takes_client("anything")
    assert (plain.scopes, plain.managers, plain.claims.tenant) == (False, (), "")
    assert (bound.tenants, bound.managers, bound.claims.groups, bound.claims.client) == (None, (), "grp", "azp")
    assert [issuer.qualify("7") for issuer in (rfc9068, plain)] == ["7", "b:7"]


def test_issuers_come_from_a_file_too_and_beside_a_keycloak(tmp_path):
    file = tmp_path / "issuers.json"
    file.write_text(json.dumps({"issuer": "https://b.example", "name": "b", "profile": "plain", "tenant": "b"}))

    issuers = read_issuers(str(file), "https://id.city.example")

    assert [issuer.issuer for issuer in issuers] == [REALM, "https://b.example"]


ONE = {"issuer": REALM}
WRONG = [
    ("/nowhere/issuers.json", "ALLMENDE_ISSUERS=/nowhere/issuers.json is neither JSON nor a file that can be read"),
    ("a\0b", "is neither JSON nor a file that can be read"),
    ("{", "ALLMENDE_ISSUERS: The body is not JSON"),
    ("[7]", "ALLMENDE_ISSUERS: issuer 1"),
    ([{}], "issuer 1, field 'issuer': Field required"),
    ([{**ONE, "profil": "plain"}], "issuer 1, field 'profil': Extra inputs are not permitted"),
    ([{**ONE, "profile": "okta"}], "issuer 1, field 'profile': Input should be 'keycloak', 'rfc9068' or 'plain'"),
    ([ONE, {"issuer": "ftp://x"}], "issuer 2, field 'issuer': must be an address such as https://"),
    ([{"issuer": "https://a:secret@b.example"}], "must not hold a user or a password"),
    ([{"issuer": "https://b.example?x"}], "must be an address such as"),
    ([{"issuer": "https://b.example:99999"}], "must be an address such as"),
    ([{**ONE, "jwks": "keys"}], "field 'jwks': must be an address"),
    ([{**ONE, "name": "A B"}], "field 'name'"),
    ([{**ONE, "tenant": "a b"}], "field 'tenant'"),
    ([{**ONE, "audience": ""}], "field 'audience'"),
    ([{**ONE, "tenant": "a", "tenants": "groups"}], "must have either 'tenant'"),
    ([{**ONE, "profile": "plain"}], "must have either 'tenant'"),
    ([{**ONE, "profile": "plain", "tenants": "claim"}], "'claims' must name that of the 'tenant'"),
    ([{**ONE, "tenant": "a", "managers": ["x"]}], "is of one tenant, so it has no 'managers'"),
    ([{**ONE, "claims": 7}], "field 'claims'"),
    ([ONE, {**ONE, "name": "b"}], f"two issuers have the issuer '{REALM}'"),
    (
        [ONE, {"issuer": "https://b.example"}],
        "two issuers have the name ''; each needs its own, and one may be without",
    ),
]


@pytest.mark.parametrize(("said", "words"), WRONG)
def test_a_mistake_is_one_line_and_tells_no_password(said, words):
    text = said if isinstance(said, str) else json.dumps(said)

    with pytest.raises(SettingsError) as refused:
        refuse_settings(read_settings({"ALLMENDE_ISSUERS": text}))

    assert words in str(refused.value)
    assert "\n" not in str(refused.value)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "address", ["id.city.example", "https://admin:secret@id.city.example", "https://x y", "file:///x"]
)
def test_a_mistaken_address_of_a_keycloak_is_named(address):
    with pytest.raises(SettingsError, match=r"^--keycloak: must be an address without a user or password") as refused:
        read_settings({}, keycloak=address)

    assert "secret" not in str(refused.value)


def test_another_process_believes_the_same_issuers():
    text = json.dumps([{"issuer": "https://b.example", "name": "b", "tenant": "ü,b".replace("ü,", "")}, ONE])
    settings = read_settings({"ALLMENDE_ISSUERS": text}, keycloak="https://x.example")

    again = read_settings(to_environment(settings))

    assert again == settings
    assert masked(settings)["keycloak"] == "https://x.example"
    assert masked(settings)["issuers"] == text


async def test_issuers_may_be_asked_where_the_settings_name_them_and_what_they_name_is_guarded():
    issuers = read_issuers(
        json.dumps({**ONE, "issuer": "http://10.1.2.3:8080/realms/a", "jwks": "http://keys.internal"})
    )

    egress = outbound_to(issuers, read_settings({"ALLMENDE_EGRESS": "10.9.0.0/16"})).egress

    for host, port, address in [
        ("10.1.2.3", 8080, "10.1.2.3"),
        ("keys.internal", 80, "10.4.4.4"),
        ("x.internal", 80, "10.9.1.1"),
    ]:
        egress.admit("http", host, port, [parse_address(address)])
    for host, port, address in [
        ("10.1.2.3", 8081, "10.1.2.3"),
        ("10.1.2.4", 8080, "10.1.2.4"),
        ("keys.internal", 80, "169.254.169.254"),
        ("keys.internal", 443, "10.4.4.4"),
    ]:
        with pytest.raises(NotAllowed):
            egress.admit("http", host, port, [parse_address(address)])


def test_the_reference_page_shows_issuers_that_are_read_and_names_every_field():
    page = (REFERENCE / "issuers.md").read_text()
    (block,) = re.findall(r"```json\n(.*?)```", page, re.DOTALL)

    issuers = read_issuers(block)

    assert [issuer.name for issuer in issuers] == ["", "waterworks"]
    assert re.findall(r"^\| `(\w+)` \|", page.partition("## What a token")[0], re.MULTILINE) == list(
        type(issuers[0]).model_fields
    )
    assert Path(REFERENCE / "issuers.md").stat().st_size < 10_000
