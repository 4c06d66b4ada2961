# SPDX-License-Identifier: EUPL-1.2
"""What a new realm has before anybody adds to it: `python -m tests.keycloak.builtin URL` writes auth/keycloak/builtin.json."""

import json
import sys
from pathlib import Path

from tests.keycloak.people import Administrator

FILE = Path(__file__).parents[2] / "auth" / "keycloak" / "builtin.json"
CLIENTS = {"account", "account-console", "admin-cli", "security-admin-console"}
"""Clients that give tokens: an imported realm makes them without scopes unless its document has them."""
_OF_ONE_REALM = {"id", "containerId", "secret", "client.secret.creation.time"}
_TOLD_BADLY = {"authenticationFlowBindingOverrides", "nodeReRegistrationTimeout"}


def new_realm(url, name="the-name-of-a-new-realm"):
    """A new realm as an importable document, with {realm} for its name."""
    with Administrator(url, name) as administrator:
        administrator.forget_realm()
        administrator.make_realm({"realm": name, "enabled": True, "organizationsEnabled": True})
        exported = administrator.ask("POST", "/partial-export?exportClients=true&exportGroupsAndRoles=true")
        administrator.forget_realm()
    return to_builtin(exported, name)


def to_builtin(exported, name):
    """What of an exported realm a document has to bring along, in an order that does not change."""
    said = cleaned(exported, name)
    clients = [client for client in said["clients"] if client["clientId"] in CLIENTS]
    for each in clients:
        for listed in ("defaultClientScopes", "optionalClientScopes"):
            each[listed] = sorted(each[listed])
    for each in (*said["clientScopes"], *clients):
        if "protocolMappers" in each:
            each["protocolMappers"] = by_name(each["protocolMappers"])
    return {
        "keycloakVersion": said["keycloakVersion"],
        "clientScopes": by_name(said["clientScopes"]),
        "defaultDefaultClientScopes": sorted(said["defaultDefaultClientScopes"]),
        "defaultOptionalClientScopes": sorted(said["defaultOptionalClientScopes"]),
        "defaultRole": said["defaultRole"],
        "roles": {
            "realm": by_name(said["roles"]["realm"]),
            "client": {"account": by_name(said["roles"]["client"]["account"])},
        },
        "scopeMappings": said["scopeMappings"],
        "clientScopeMappings": said["clientScopeMappings"],
        "clients": by_name(clients, "clientId"),
    }


def by_name(objects, name="name"):
    return sorted(objects, key=lambda each: each[name])


def cleaned(value, name):
    """Without what is of one realm alone."""
    if isinstance(value, dict):
        kept = value.keys() - _OF_ONE_REALM - _TOLD_BADLY
        return {key: cleaned(each, name) for key, each in sorted(value.items()) if key in kept}
    if isinstance(value, list):
        listed = [cleaned(each, name) for each in value]
        return sorted(listed) if all(isinstance(each, str) for each in listed) else listed
    return value.replace(name, "{realm}") if isinstance(value, str) else value


if __name__ == "__main__":
    FILE.write_text(json.dumps(new_realm(sys.argv[1]), indent=1, ensure_ascii=False) + "\n")
