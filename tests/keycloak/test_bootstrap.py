# SPDX-License-Identifier: EUPL-1.2
"""`allmende auth bootstrap` and the imported realm, on a real Keycloak."""

import json

import pytest

from auth.keycloak.items import compare
from auth.keycloak.making import bring_up
from auth.keycloak.reading import read_realm
from auth.keycloak.realm import Plan, to_realm
from auth.keycloak.server import Account, Server
from tests.keycloak.builtin import FILE, new_realm
from tests.keycloak.people import PASSWORD, Administrator, run, without_ids

pytestmark = [
    pytest.mark.server,
    pytest.mark.keycloak,
    pytest.mark.needs("keycloak"),
    pytest.mark.timeout(400),  # the first start downloads it
]

REALM = "bootstrapped"


@pytest.fixture(autouse=True)
def password(monkeypatch):
    monkeypatch.setenv("ALLMENDE_KEYCLOAK_PASSWORD", "admin")


@pytest.fixture
def there(keycloak):
    """The administrator of a realm that is not there yet."""
    with Administrator(keycloak, REALM) as administrator:
        administrator.forget_realm()
        yield administrator
        administrator.forget_realm()


@pytest.fixture
def bootstrap(keycloak):
    def call(*arguments, tenants=("default", "City_B")):
        named = [each for tenant in tenants for each in ("--tenant", tenant)]
        status, said, complained = run("bootstrap", "--keycloak", keycloak, "--realm", REALM, *named, *arguments)
        assert status == 0, complained
        return said

    return call


def test_a_second_run_changes_nothing_and_says_so(there, bootstrap):
    first = bootstrap()
    before = there.dump()

    second = bootstrap()

    assert "created: organization City_B / group data-reader" in first
    assert f"/realms/{REALM} is as it should be: 61 objects, nothing to change" in second
    assert len(second.splitlines()) == 1
    assert there.dump() == before
    assert ("City_B", "City_B", sorted(g["name"] for g in there.groups_of(organization(there, "City_B")))) in [
        tuple(each) for each in before["members"]
    ]


def organization(there, alias):
    (found,) = [each["id"] for each in there.ask("GET", "/organizations") if each["alias"] == alias]
    return found


def test_a_dry_run_says_what_a_run_does_and_does_nothing(there, bootstrap):
    would = json.loads(bootstrap("--dry-run", "--json"))
    nothing = there.ask("GET", "", fails={404})
    done = json.loads(bootstrap("--json"))

    assert nothing == 404
    assert (would["dry_run"], done["dry_run"]) == (True, False)
    assert would["objects"] == done["objects"]
    assert would["created"] == done["created"] == len(done["objects"])
    assert done["issuer"] == f"{there.url}/realms/{REALM}"


def test_the_imported_realm_is_the_one_that_is_made(there, bootstrap, keycloak):
    bootstrap(tenants=("default", "City_B"))
    made = there.dump()
    there.forget_realm()
    _, document, _ = run("realm", "--realm", REALM, "--tenant", "default", "--tenant", "City_B")

    there.make_realm(json.loads(document))
    imported = there.dump()
    said = bootstrap()

    assert "nothing to change" in said
    assert alike(imported) == alike(made)


def alike(dump):
    """A realm without what Keycloak writes of defaults where it imports, and without scopes of clients that give no tokens."""
    text = json.dumps([dump[name] for name in sorted(dump)])
    for default in ('"userinfo.token.claim": "true"', '"post.logout.redirect.uris": "+"'):
        text = text.replace(f", {default}", "").replace(f"{default}, ", "").replace(default, "")
    said = dict(zip(sorted(dump), json.loads(text), strict=True))
    for client in said["clients"]:
        client.pop("nodeReRegistrationTimeout", None)
        if client["clientId"] in {"broker", "realm-management"}:
            client.pop("defaultClientScopes", None)
            client.pop("optionalClientScopes", None)
    return without_ids(said)


def test_the_document_brings_along_what_a_new_realm_has(keycloak):
    kept = json.loads(FILE.read_text())

    new = new_realm(keycloak)

    if new["keycloakVersion"] != kept["keycloakVersion"]:
        pytest.skip(f"the file is of Keycloak {kept['keycloakVersion']}, and this is {new['keycloakVersion']}")
    assert new == kept, "run python -m tests.keycloak.builtin URL"


def test_what_an_administrator_added_or_turned_stays(there, bootstrap):
    bootstrap()
    portal = there.client_named("allmende-portal")
    changed = {
        **portal,
        "redirectUris": ["https://data.city.example/*"],
        "directAccessGrantsEnabled": True,
        "attributes": {**portal["attributes"], "logoUri": "https://city.example/logo.svg"},
    }
    there.ask("PUT", f"/clients/{portal['id']}", changed)
    there.ask("PUT", "", {"accessTokenLifespan": 120, "displayName": "City"})
    scopes = {each["name"]: each["id"] for each in there.ask("GET", "/client-scopes")}
    there.ask("DELETE", f"/clients/{portal['id']}/optional-client-scopes/{scopes['entities:write']}")
    there.ask("PUT", f"/clients/{portal['id']}/default-client-scopes/{scopes['entities:write']}")
    there.ask("POST", f"/organizations/{organization(there, 'default')}/groups", {"name": "fire-brigade"})
    before = there.dump()

    said = bootstrap()

    assert there.dump() == before
    assert "left as it is: client allmende-portal, where directAccessGrantsEnabled is true" in said
    assert "left as it is: client allmende-portal / assigned scope entities:write, where optional is false" in said
    assert "nothing to change" in said


def test_what_is_missing_or_was_weakened_comes_back(there, bootstrap):
    bootstrap()
    before = there.dump()
    portal = there.client_named("allmende-portal")
    attributes = {**portal["attributes"], "pkce.code.challenge.method": ""}
    there.ask("PUT", f"/clients/{portal['id']}", {**portal, "attributes": attributes})
    scopes = {each["name"]: each for each in there.ask("GET", "/client-scopes")}
    (audience,) = [each for each in scopes["allmende-api"]["protocolMappers"] if each["name"] == "audience"]
    models = f"/client-scopes/{scopes['allmende-api']['id']}/protocol-mappers/models"
    there.ask("DELETE", f"{models}/{audience['id']}")
    (groups,) = [each for each in scopes["allmende-api"]["protocolMappers"] if each["name"] == "groups"]
    config = {**groups["config"], "full.path": "false"}
    there.ask("PUT", f"{models}/{groups['id']}", {**groups, "config": config})
    there.ask("DELETE", f"/clients/{portal['id']}/default-client-scopes/{scopes['history:read']['id']}")
    there.ask("DELETE", f"/client-scopes/{scopes['tenants:manage']['id']}")
    within = organization(there, "City_B")
    (steward,) = [each["id"] for each in there.groups_of(within) if each["name"] == "data-steward"]
    there.ask("DELETE", f"/organizations/{within}/groups/{steward}")

    said = bootstrap()

    assert set(said.splitlines()[:-1]) == {
        "created: client scope allmende-api / mapper audience",
        "changed: client scope allmende-api / mapper groups (config.full.path: true instead of false)",
        "created: client scope tenants:manage",
        "changed: client allmende-portal (attributes.pkce.code.challenge.method: S256 instead of nothing)",
        "created: client allmende-portal / assigned scope history:read",
        "created: client allmende-portal / assigned scope tenants:manage",
        "created: client allmende-cli / assigned scope tenants:manage",
        "created: organization City_B / group data-steward",
    }
    assert there.dump() == before


def test_a_realm_of_the_city_is_joined_without_a_change_to_what_it_has(there, bootstrap, keycloak):
    there.make_realm({"realm": REALM, "enabled": True, "displayName": "Town hall"})
    there.ask("POST", "/clients", {"clientId": "wiki", "publicClient": True})
    wiki, realm = there.client_named("wiki"), there.ask("GET", "")

    said = bootstrap()

    after = there.ask("GET", "")
    assert said.startswith(f"changed: realm {REALM} (organizationsEnabled: true instead of false)")
    assert there.client_named("wiki") == wiki
    attributes = after.pop("attributes")
    assert {name for name in after if after[name] != realm.get(name)} == {"organizationsEnabled"}
    assert {name: attributes[name] for name in realm["attributes"]} == realm["attributes"]


def test_more_tenants_than_a_page_of_keycloak_are_found_again(there, bootstrap):
    tenants = tuple(f"tenant-{number}" for number in range(103))
    bootstrap("--json", tenants=tenants)

    said = json.loads(bootstrap("--json", tenants=tenants))

    assert (said["created"], said["changed"]) == (0, 0)
    assert sum(each["kind"] == "organization" for each in said["objects"]) == len(tenants)


def test_without_groups_in_organizations_those_of_the_realm_are_made_once(there, keycloak):
    server = Server.log_in(Account(url=keycloak, user="admin", password="admin"))
    realm = to_realm(Plan(realm=REALM, tenants=("default", "City_B"), has_organization_groups=False))

    made = list(bring_up(server, realm))
    again = list(compare(realm, read_realm(server, realm)))

    assert {each.outcome for each in made} == {"created"}
    assert {each.outcome for each in again} == {"unchanged"}
    assert there.ask("GET", "/group-by-path/tenants/City_B/data-reader")["name"] == "data-reader"


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["--admin-user", "nobody"], 4, "does not accept user 'nobody' with this password in its realm master"),
        (["--wait", "0s", "--keycloak", "http://127.0.0.1:9"], 4, "Keycloak at http://127.0.0.1:9 does not answer"),
        (["--realm", "master"], 2, "--realm must not be master"),
        (["--data", "/nowhere"], 4, "No platform runs in /nowhere"),
        (["--admin-password-file", "/nowhere"], 2, "--admin-password-file /nowhere cannot be read"),
    ],
)
def test_what_goes_wrong_is_told_in_one_line(keycloak, arguments, status, words):
    ended, said, complained = run("bootstrap", "--keycloak", keycloak, *arguments)

    assert (ended, said) == (status, "")
    (line,) = [line for line in complained.splitlines() if line.startswith("Error: ")]
    assert complained.splitlines()[-1] == line
    assert words in line


def test_somebody_who_may_not_administer_is_told(there, keycloak, monkeypatch):
    asked = ["bootstrap", "--keycloak", keycloak, "--realm", REALM, "--tenant", "a", "--admin-user", "clerk"]
    monkeypatch.setenv("ALLMENDE_KEYCLOAK_PASSWORD", PASSWORD)
    with Administrator(keycloak, "master") as master:
        clerk = master.make_person("clerk")
        ended, _, complained = run(*asked)
        master.ask("DELETE", f"/users/{clerk}")

    assert ended == 4
    assert "The user may not administer" in complained
    assert there.ask("GET", "", fails={404}) == 404
