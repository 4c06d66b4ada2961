# SPDX-License-Identifier: EUPL-1.2
"""People of a real Keycloak: an administrator who makes them, and their logins as a browser does them."""

import base64
import contextlib
import hashlib
import html
import io
import json
import re
import secrets
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from allmende.cli import main

BACK = "http://127.0.0.1:8080/back"
PASSWORD = "a pass word"


def run(*arguments):
    """Run `allmende auth …` as a person does: exit status, standard output, standard error."""
    said, complained = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(complained):
        try:
            main(["auth", *arguments])
        except SystemExit as end:
            status = end.code
    return status, said.getvalue(), complained.getvalue()


def claims_of(token, part=1):
    """What a token says."""
    text = token.split(".")[part]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


class Administrator:
    """Keycloak's own administrator, in one realm."""

    def __init__(self, url, realm):
        self.url, self.realm = url, realm
        self.client = httpx.Client(base_url=url, timeout=60, trust_env=False)

    def ask(self, method, path, body=None, fails=(), token=None):
        """The answer of the administration; what was made by its id."""
        if token is None:
            said = {"grant_type": "password", "client_id": "admin-cli", "username": "admin", "password": "admin"}
            answer = self.client.post("/realms/master/protocol/openid-connect/token", data=said)
            token = answer.json()["access_token"]
        place = f"/admin/realms/{self.realm}{path}".rstrip("/")
        answer = self.client.request(method, place, json=body, headers={"authorization": f"Bearer {token}"})
        assert answer.is_success or answer.status_code in fails, (method, path, answer.status_code, answer.text)
        if not answer.is_success:
            return answer.status_code
        made = answer.headers.get("location", "").rpartition("/")[2]
        return made or (answer.json() if answer.content else None)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.client.close()

    def forget_realm(self):
        self.ask("DELETE", "", fails={404})

    def make_realm(self, document):
        with Administrator(self.url, "") as everywhere:
            everywhere.ask("POST", "", document)

    def dump(self):
        """All of the realm that can be exported, without ids and keys, lists in order."""
        exported = self.ask("POST", "/partial-export?exportClients=true&exportGroupsAndRoles=true")
        exported["members"] = [
            (each["alias"], each["name"], sorted(group["name"] for group in self.groups_of(each["id"])))
            for each in self.ask("GET", "/organizations")
        ]
        exported.pop("components")  # keys, which differ from realm to realm
        return without_ids(exported)

    def groups_of(self, organization):
        return self.ask("GET", f"/organizations/{organization}/groups")

    def make_person(self, name, *, of=(), groups=(), roles=()):
        """Somebody with a password; `of` are pairs of an organization and a group in it."""
        person = {
            "username": name,
            "email": f"{name}@city.example",
            "emailVerified": True,
            "enabled": True,
            "firstName": name.title(),
            "lastName": "Muster",
            "groups": list(groups),
            "credentials": [{"type": "password", "value": PASSWORD, "temporary": False}],
        }
        made = self.ask("POST", "/users", person)
        for alias, group in of:
            self.join(made, alias, group)
        known = [self.ask("GET", f"/roles/{role}") for role in roles]
        self.ask("POST", f"/users/{made}/role-mappings/realm", known)
        return made

    def join(self, person, alias, group):
        """Make somebody a member of an organization, and of a group in it where one is named."""
        (within,) = [each["id"] for each in self.ask("GET", "/organizations") if each["alias"] == alias]
        self.ask("POST", f"/organizations/{within}/members", person, fails={409})
        if group:
            (found,) = [each["id"] for each in self.groups_of(within) if each["name"] == group]
            self.ask("PUT", f"/organizations/{within}/groups/{found}/members/{person}")

    def client_named(self, name):
        (client,) = self.ask("GET", f"/clients?clientId={name}")
        return client


def without_ids(value):
    """A document as two realms may share it."""
    if isinstance(value, dict):
        left_out = {"id", "containerId", "secret", "client.secret.creation.time", "realm", "keycloakVersion"}
        return {name: without_ids(each) for name, each in value.items() if name not in left_out}
    if isinstance(value, list):
        return sorted((without_ids(each) for each in value), key=lambda each: json.dumps(each, sort_keys=True))
    return value


class Browser:
    """Somebody at Keycloak's pages. Its cookies are for secure places, and so are those of this machine to a browser."""

    def __init__(self, url, realm):
        self.client = httpx.Client(base_url=url, timeout=60, trust_env=False)
        self.place = f"/realms/{realm}/protocol/openid-connect"

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.client.close()

    def send(self, page, **fields):
        """Send the form of a page."""
        action = html.unescape(re.search(r'<form[^>]*action="([^"]+)"', page.text)[1])
        cookies = "; ".join(f"{each.name}={each.value}" for each in self.client.cookies.jar)
        origin = f"{self.client.base_url.scheme}://{self.client.base_url.netloc.decode()}"
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))
        return self.client.post(action, data={**hidden, **fields}, headers={"cookie": cookies, "origin": origin})

    def sign_in(self, page, name):
        """Name and password, on one page or on two."""
        answer = page
        while 'name="username"' in answer.text or 'name="password"' in answer.text:
            fields = {"username": name}
            if 'name="password"' in answer.text:
                fields["password"] = PASSWORD
            answer = self.send(answer, **fields)
        return answer

    def ask_for_code(self, client, **query):
        said = {"client_id": client, "response_type": "code", "redirect_uri": BACK, "state": "s", **query}
        return self.client.get(f"{self.place}/auth?{urlencode(said)}")

    def tokens(self, **said):
        """The answer to a request for tokens."""
        return self.client.post(f"{self.place}/token", data=said)

    def log_in(self, name, scope, client="allmende-portal"):
        """Code flow with PKCE from the first page to the tokens."""
        verifier = secrets.token_urlsafe(48)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        page = self.ask_for_code(client, scope=scope, code_challenge=challenge, code_challenge_method="S256")
        answer = self.sign_in(page, name)
        assert answer.status_code == 302, answer.text
        code = parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]
        given = self.tokens(
            grant_type="authorization_code", client_id=client, code=code, redirect_uri=BACK, code_verifier=verifier
        )
        assert given.status_code == 200, given.text
        return given.json()

    def log_in_by_device(self, name, scope, client="allmende-cli"):
        """Device flow: the program shows a code, somebody confirms it at a page."""
        device = self.client.post(f"{self.place}/auth/device", data={"client_id": client, "scope": scope}).json()
        self.agree(device["verification_uri_complete"], name)
        given = self.tokens(
            grant_type="urn:ietf:params:oauth:grant-type:device_code",
            client_id=client,
            device_code=device["device_code"],
        )
        assert given.status_code == 200, given.text
        return given.json()

    def agree(self, address, name):
        """Log in at the page of a device, and let it have a token."""
        answer = self.follow(self.sign_in(self.follow(self.client.get(address)), name))
        if 'name="accept"' in answer.text:
            self.follow(self.send(answer, accept="Yes"))

    def follow(self, answer):
        """Go on to where an answer leads."""
        while answer.is_redirect:
            cookies = "; ".join(f"{each.name}={each.value}" for each in self.client.cookies.jar)
            answer = self.client.get(answer.headers["location"], headers={"cookie": cookies})
        return answer
