# SPDX-License-Identifier: EUPL-1.2
"""Every command of the guide to Keycloak works as it stands there."""

import json
import re
import shutil

import pytest

from tests.conftest import require_part
from tests.docs.paths import ROOT
from tests.docs.running import Place, blocks, make_folder
from tests.keycloak.people import Administrator, Browser, claims_of

PAGE = "docs/how-to/keycloak.md"
AT = "http://127.0.0.1:8180"

pytestmark = [
    pytest.mark.server,
    pytest.mark.keycloak,
    pytest.mark.needs("keycloak"),
    pytest.mark.timeout(400),  # the first start downloads it
]


def test_the_guide_works_from_first_to_last(keycloak, tmp_path):
    require_part("curl", None if shutil.which("curl") else "the program is not installed")
    make_folder(tmp_path)
    (tmp_path / "keycloak.password").write_text("admin\n")
    here = Place(folder=tmp_path, http="", mqtt="")
    steps = iter(block.replace(AT, keycloak) for block in blocks(PAGE))

    with Administrator(keycloak, "allmende") as administrator, Browser(keycloak, "allmende") as browser:
        administrator.forget_realm()
        would, made, more, _ = [here.run(next(steps)) for _ in range(4)]
        administrator.ask("POST", "/groups", {"name": "environment"})
        administrator.make_person(
            "ada",
            of=[("default", "tenant-admin"), ("waterworks", None)],
            groups=["/environment"],
            roles=["platform-admin"],
        )
        address = here.run(next(steps)).strip()
        browser.agree(address, "ada")
        here.run(next(steps))
        portal = administrator.client_named("allmende-portal")
        administrator.forget_realm()
        administrator.make_realm(json.loads((tmp_path / "allmende-realm.json").read_text()))
        imported = administrator.client_named("allmende-portal")
        administrator.forget_realm()

    assert would.splitlines()[-1].replace("would be ", "") == made.splitlines()[-1]
    assert "created: organization waterworks" in more
    assert more.splitlines()[-1].endswith(": 6 created, 0 changed, 55 unchanged")
    assert portal["redirectUris"] == imported["redirectUris"] == ["https://data.city.example/*"]
    told, claims = told_claims(), claims_of(json.loads((tmp_path / "token.json").read_text())["access_token"])
    assert claims["iss"] == f"{keycloak}/realms/allmende"
    assert set(told.pop("scope").split()) == set(claims.pop("scope").split())
    changing = {"iss", "sub", "exp", "iat", "auth_time", "jti", "sid"}
    assert told.keys() == claims.keys()
    assert {name: each for name, each in told.items() if name not in changing} == {
        name: each for name, each in claims.items() if name not in changing
    }


def told_claims():
    """The token that the page shows."""
    (shown,) = re.findall(r"^```json\n(.*?)^```$", (ROOT / PAGE).read_text(), re.DOTALL | re.MULTILINE)
    return json.loads(shown)
