# SPDX-License-Identifier: EUPL-1.2
"""What tokens of the realm say, by real logins: the claims that the platform reads, and nothing that opens Keycloak."""

import pytest

from auth.keycloak.document import to_document
from auth.keycloak.making import bring_up
from auth.keycloak.realm import ACTING, READING, Plan, to_realm
from auth.keycloak.server import Account, Server
from tests.keycloak.people import PASSWORD, Administrator, Browser, claims_of

pytestmark = [
    pytest.mark.server,
    pytest.mark.keycloak,
    pytest.mark.needs("keycloak"),
    pytest.mark.timeout(400),  # the first start downloads it
]

REALM = "logins"
ALL = "openid organization:*"


@pytest.fixture(scope="module")
def realm(keycloak):
    """An imported realm of two tenants, with people, and a role and a group of the city's own."""
    with Administrator(keycloak, REALM) as administrator:
        administrator.forget_realm()
        administrator.make_realm(to_document(to_realm(Plan(realm=REALM, tenants=("default", "City_B")))))
        administrator.ask("POST", "/roles", {"name": "engineer"})
        air = administrator.ask("POST", "/groups", {"name": "environment"})
        administrator.ask("POST", f"/groups/{air}/children", {"name": "air"})
        administrator.make_person("reader", of=[("default", "data-reader")])
        administrator.make_person(
            "both",
            of=[("default", "tenant-admin"), ("default", "data-steward"), ("City_B", None)],
            groups=["/environment/air"],
            roles=["engineer", "platform-admin"],
        )
        administrator.make_person("citizen")
        yield administrator
        administrator.forget_realm()


@pytest.fixture
def browser(realm):
    with Browser(realm.url, REALM) as opened:
        yield opened


def scopes_of(claims):
    return set(claims["scope"].split())


def test_somebody_of_one_tenant_need_not_ask_for_it(browser, realm):
    given = browser.log_in("reader", "openid")

    header, claims = claims_of(given["access_token"], 0), claims_of(given["access_token"])
    assert (header["alg"], header["typ"]) == ("RS256", "JWT")
    assert claims["iss"] == f"{realm.url}/realms/{REALM}"
    assert claims["aud"] == "allmende-api"
    assert (claims["typ"], claims["azp"]) == ("Bearer", "allmende-portal")
    assert claims["organization"] == {"default": {"groups": ["/data-reader"]}}
    assert scopes_of(claims) == {"openid", "profile", "organization", *READING}
    assert claims["exp"] - claims["iat"] == 300
    assert set(claims) == {
        *("iss", "aud", "azp", "sub", "typ", "exp", "iat", "auth_time", "jti", "sid", "scope"),
        *("organization", "name", "given_name", "family_name", "preferred_username"),
    }


def test_somebody_of_two_tenants_asks_for_all_or_for_one(browser, realm):
    tokens = {scope: browser_of(realm, "both", scope) for scope in (ALL, "openid organization:City_B", "openid")}

    all_of, one, none = (claims["organization"] for claims in tokens.values())
    assert {alias: set(said["groups"]) for alias, said in all_of.items()} == {
        "default": {"/tenant-admin", "/data-steward"},
        "City_B": set(),
    }
    assert one == {"City_B": {"groups": []}}
    assert none == {}


def browser_of(realm, name, scope):
    with Browser(realm.url, REALM) as browser:
        return claims_of(browser.log_in(name, scope)["access_token"])


def test_groups_of_the_realm_are_paths_and_roles_are_those_of_the_scope_alone(browser):
    claims = claims_of(browser.log_in("both", ALL)["access_token"])

    assert claims["groups"] == ["/environment/air"]
    assert claims["realm_access"] == {"roles": ["platform-admin"]}, "the role engineer is not told to the platform"
    assert "resource_access" not in claims


def test_a_role_is_told_once_it_is_assigned_to_the_scope(browser, realm):
    scopes = {each["name"]: each["id"] for each in realm.ask("GET", "/client-scopes")}
    role = realm.ask("GET", "/roles/engineer")
    place = f"/client-scopes/{scopes['allmende-roles']}/scope-mappings/realm"
    realm.ask("POST", place, [role])
    try:
        claims = claims_of(browser.log_in("both", ALL)["access_token"])
    finally:
        realm.ask("DELETE", place, [role])

    assert set(claims["realm_access"]["roles"]) == {"platform-admin", "engineer"}


def test_somebody_of_no_tenant_has_a_token_without_one(browser):
    claims = claims_of(browser.log_in("citizen", ALL)["access_token"])

    assert claims.get("organization", {}) == {}
    assert "realm_access" not in claims
    assert claims["aud"] == "allmende-api"


def test_what_acts_is_in_a_token_only_where_it_was_asked_for(browser):
    claims = claims_of(browser.log_in("both", " ".join([ALL, *ACTING]))["access_token"])

    assert scopes_of(claims) == {"openid", "profile", "organization:*", *READING, *ACTING}


def test_the_command_line_gets_a_token_by_a_code_that_is_confirmed_at_a_page(browser):
    claims = claims_of(browser.log_in_by_device("both", f"{ALL} entities:write")["access_token"])

    assert (claims["aud"], claims["azp"]) == ("allmende-api", "allmende-cli")
    assert set(claims["organization"]) == {"default", "City_B"}
    assert scopes_of(claims) >= {"entities:write", *READING}


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ({}, "Missing+parameter%3A+code_challenge_method"),
        ({"code_challenge": "x" * 43, "code_challenge_method": "plain"}, "Invalid+parameter%3A+code+challenge+method"),
    ],
)
def test_a_login_without_pkce_is_refused(browser, query, error):
    answer = browser.ask_for_code("allmende-portal", scope="openid", **query)

    assert answer.status_code == 302
    assert "error=invalid_request" in answer.headers["location"]
    assert error in answer.headers["location"]
    assert "code=" not in answer.headers["location"]


@pytest.mark.parametrize(
    "address",
    ["http://evil.example/", "http://127.0.0.1:8080@evil.example/back", "http://127.0.0.1:8080.evil.example/"],
)
def test_a_login_leads_back_to_no_other_address(browser, address):
    answer = browser.ask_for_code(
        "allmende-portal", scope="openid", redirect_uri=address, code_challenge="x" * 43, code_challenge_method="S256"
    )

    assert answer.status_code == 400
    assert "location" not in answer.headers


@pytest.mark.parametrize("client", ["allmende-portal", "allmende-cli", "allmende-api"])
def test_no_client_of_the_platform_takes_passwords(browser, client):
    answer = browser.tokens(
        grant_type="password", client_id=client, username="reader", password=PASSWORD, scope="openid"
    )

    assert answer.status_code in {400, 401}
    assert answer.json()["error"] in {"unauthorized_client", "invalid_client"}


def test_a_token_of_the_platform_opens_nothing_in_keycloak_itself(browser, realm):
    """Somebody who administers the realm shows the platform a token; whoever reads it there must not become them."""
    person = realm.make_person("keeper", of=[("default", None)])
    management = realm.client_named("realm-management")["id"]
    role = realm.ask("GET", f"/clients/{management}/roles/realm-admin")
    realm.ask("POST", f"/users/{person}/role-mappings/clients/{management}", [role])
    token = browser.log_in("keeper", f"{ALL} tenants:manage")["access_token"]

    assert realm.ask("GET", "/users", token=token, fails={401, 403}) in {401, 403}
    assert realm.ask("GET", "/clients", token=token, fails={401, 403}) in {401, 403}
    account = realm.client.get(
        f"/realms/{REALM}/account", headers={"authorization": f"Bearer {token}", "accept": "application/json"}
    )
    assert account.status_code in {401, 403}


def test_a_connectors_client_has_the_tenant_in_its_token(browser, realm):
    told = {"access.token.claim": "true", "jsonType.label": "String"}
    made = {"claim.name": "allmende_tenant", "claim.value": "City_B", **told}
    realm.ask(
        "POST",
        "/clients",
        {
            "clientId": "conn-City_B-parking",
            "secret": PASSWORD,
            "serviceAccountsEnabled": True,
            "standardFlowEnabled": False,
            "fullScopeAllowed": False,
            "defaultClientScopes": ["basic", "allmende-api", "entities:write"],
            "optionalClientScopes": [],
            "protocolMappers": [
                {
                    "name": "tenant",
                    "protocol": "openid-connect",
                    "protocolMapper": "oidc-hardcoded-claim-mapper",
                    "config": made,
                }
            ],
        },
    )

    given = browser.tokens(grant_type="client_credentials", client_id="conn-City_B-parking", client_secret=PASSWORD)

    claims = claims_of(given.json()["access_token"])
    assert (claims["aud"], claims["azp"]) == ("allmende-api", "conn-City_B-parking")
    assert claims["allmende_tenant"] == "City_B"
    assert scopes_of(claims) == {"entities:write"}
    assert "organization" not in claims
    assert "realm_access" not in claims


def test_where_organizations_have_no_groups_those_of_the_realm_say_the_same(keycloak):
    name = "logins-without-groups"
    realm = to_realm(Plan(realm=name, tenants=("default",), has_organization_groups=False))
    with Administrator(keycloak, name) as administrator, Browser(keycloak, name) as browser:
        administrator.forget_realm()
        list(bring_up(Server.log_in(Account(url=keycloak, user="admin", password="admin")), realm))
        administrator.make_person("reader", of=[("default", None)], groups=["/tenants/default/data-reader"])

        claims = claims_of(browser.log_in("reader", "openid")["access_token"])
        administrator.forget_realm()

    assert claims["organization"] == ["default"]
    assert claims["groups"] == ["/tenants/default/data-reader"]
