# SPDX-License-Identifier: EUPL-1.2
"""The guide to Keycloak names what the realm has."""

import re

from auth.keycloak.items import Kind
from auth.keycloak.realm import ACTING, GROUPS, READING, Plan, to_realm
from tests.docs.paths import ROOT


def test_everything_that_the_realm_has_of_its_own_is_told() -> None:
    page = (ROOT / "docs/how-to/keycloak.md").read_text()
    section = page.partition("\n## What it has\n")[2].partition("\n## ")[0]
    realm = to_realm(Plan())

    told = set(re.findall(r"`([a-z][a-z:-]+)`", "".join(line for line in section.splitlines() if line.startswith("|"))))

    kinds: tuple[Kind, ...] = ("client", "client scope", "role")
    made = {each.name for kind in kinds for each in realm.of(kind)}
    assert made >= {*READING, *ACTING}
    assert {*made, *GROUPS} <= told
    assert told - {*made, *GROUPS} == {"aud", "groups"}
