# SPDX-License-Identifier: EUPL-1.2
"""A realm of a real Keycloak, as an administrator would set it up by hand, and the tokens that it gives."""

import httpx

REALM = "tokens"
PASSWORD = "a password"
_TOLD = {"access.token.claim": "true", "id.token.claim": "true"}
MAPPERS = [
    ("audience", "oidc-audience-mapper", {"included.custom.audience": "allmende-api", "access.token.claim": "true"}),
    ("groups", "oidc-group-membership-mapper", {**_TOLD, "claim.name": "groups", "full.path": "true"}),
    ("organizations", "oidc-organization-group-membership-mapper", _TOLD),
]
SCOPES = "openid organization entities:read entities:write grants:manage"


class Realm:
    """A realm with two organizations, people in their groups, and clients."""

    def __init__(self, url):
        self.url = url
        self.issuer = f"{url}/realms/{REALM}"
        self.client = httpx.Client(base_url=url, timeout=60, trust_env=False)
        self.ask("DELETE", "", fails={404})
        self.ask("POST", None, {"realm": REALM, "enabled": True, "organizationsEnabled": True})
        for scope in ("entities:read", "entities:write", "grants:manage"):
            attributes = {"include.in.token.scope": "true"}
            self.ask("POST", "client-scopes", {"name": scope, "protocol": "openid-connect", "attributes": attributes})
        self.make_client("allmende-test", MAPPERS)
        self.make_client("stranger", MAPPERS)
        self.make_client("allmende-deaf", MAPPERS[1:])
        bound = (
            "tenant",
            "oidc-hardcoded-claim-mapper",
            {**_TOLD, "claim.name": "allmende_tenant", "claim.value": "town"},
        )
        self.make_client("conn-town-parking", [*MAPPERS, bound], secret=PASSWORD)
        for tenant in ("town", "village"):
            self.ask("POST", "organizations", {"name": tenant, "alias": tenant})
        self.make_user("mayor", "town", "tenant-admin")
        self.make_user("reader", "town", "data-reader")
        self.make_user("neighbour", "village", "tenant-admin")
        self.make_user("citizen")

    def ask(self, method, path, body=None, fails=()):
        """The administration's answer; what it made is found at its Location."""
        token = self.token("admin", client="admin-cli", password="admin", realm="master", scope="openid")
        where = "/admin/realms" if path is None else f"/admin/realms/{REALM}/{path}".rstrip("/")
        answer = self.client.request(method, where, json=body, headers={"authorization": f"Bearer {token}"})
        assert answer.is_success or answer.status_code in fails, (method, path, answer.text)
        return answer.json() if answer.content else answer.headers.get("location", "").rpartition("/")[2]

    def make_client(self, name, mappers, secret=None):
        """A client of people, or with a secret one of a program."""
        self.ask(
            "POST",
            "clients",
            {
                "clientId": name,
                "publicClient": secret is None,
                "directAccessGrantsEnabled": secret is None,
                "serviceAccountsEnabled": secret is not None,
                "secret": secret,
                "defaultClientScopes": ["basic"],
                "optionalClientScopes": ["organization", "entities:read", "entities:write", "grants:manage"],
                "protocolMappers": [
                    {"name": each, "protocol": "openid-connect", "protocolMapper": kind, "config": config}
                    for each, kind, config in mappers
                ],
            },
        )

    def make_user(self, name, tenant=None, group=None):
        """Somebody, perhaps of a group of an organization."""
        credentials = [{"type": "password", "value": PASSWORD, "temporary": False}]
        person = {"username": name, "email": f"{name}@town.example", "emailVerified": True, "enabled": True}
        person |= {"firstName": name, "lastName": name, "credentials": credentials}
        user = self.ask("POST", "users", person)
        if tenant is not None:
            (within,) = [each["id"] for each in self.ask("GET", "organizations") if each["alias"] == tenant]
            self.ask("POST", f"organizations/{within}/members", user)
            made = self.ask("POST", f"organizations/{within}/groups", {"name": group})
            made = made["id"] if isinstance(made, dict) else made
            self.ask("PUT", f"organizations/{within}/groups/{made}/members/{user}")

    def tokens(self, user, *, client="allmende-test", password=PASSWORD, realm=REALM, scope=SCOPES):
        """Everything that a login gives; without a user, that of a program."""
        said = {"client_id": client, "scope": scope}
        said |= (
            {"grant_type": "client_credentials", "client_secret": password}
            if user is None
            else {"grant_type": "password", "username": user, "password": password}
        )
        answer = self.client.post(f"/realms/{realm}/protocol/openid-connect/token", data=said)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def token(self, user, **more):
        """An access token."""
        return self.tokens(user, **more)["access_token"]

    def rotate(self, priority):
        """Sign with a new key from now on."""
        config = {"priority": [str(priority)], "enabled": ["true"], "active": ["true"], "keySize": ["2048"]}
        (realm,) = [self.ask("GET", "")["id"]]
        self.ask(
            "POST",
            "components",
            {
                "name": f"key {priority}",
                "providerId": "rsa-generated",
                "providerType": "org.keycloak.keys.KeyProvider",
                "parentId": realm,
                "config": config,
            },
        )
