# SPDX-License-Identifier: EUPL-1.2
"""A whole platform and an issuer of access tokens that comes late, rotates its keys, and goes away."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from allmende.cli.remote import Remote
from tests.auth.issuing import MiniIssuer, administrator
from tests.launch.running import Running, up

pytestmark = pytest.mark.server


def test_an_issuer_that_comes_late_rotates_its_keys_and_goes_away_has_no_right_token_refused(tmp_path: Path) -> None:
    issuer = MiniIssuer()
    issuer.stop()

    with up(tmp_path, "--keycloak", issuer.url.removesuffix(issuer.path)) as platform:
        http, _ = platform.ready()
        with httpx.Client(base_url=http, trust_env=False, timeout=30) as client:
            early = ask(client, issuer.token(**administrator()))
            degraded = client.get("/readyz").json()
            ill = doctor(tmp_path, issuer)
            issuer.start()
            well = doctor(tmp_path, issuer)
            while (answer := ask(client, issuer.token(**administrator()))).status_code == 503:
                time.sleep(float(answer.headers["retry-after"]))
            listed = Remote(http, issuer.token(**administrator()), "default").get("/admin/keys")
            known = [issuer.token(sub=f"{number}", **administrator()) for number in range(100)]
            issuer.asked.clear()
            with ThreadPoolExecutor(8) as crowd:
                before = list(crowd.map(lambda token: ask(client, token).status_code, known[:40]))
                issuer.rotate()
                both = [issuer.token(sub=f"{number}", **administrator()) for number in range(40)] + known[40:80]
                after = list(crowd.map(lambda token: ask(client, token).status_code, both))
            fetches = issuer.fetches
            issuer.stop()
            away = ask(client, known[99]).status_code
            issuer.rotate("c")
            unknown = ask(client, issuer.token(**administrator()))
            public = client.get("/ngsi-ld/v1/types").status_code

    assert (early.status_code, degraded["status"]) == (503, "degraded")
    assert "issuer" in degraded["detail"]
    assert (ill["ok"], well["ok"]) == (False, True)
    assert "--keycloak" in str(ill["text"])
    assert (answer.status_code, listed) == (200, [])
    assert set(before + after) == {200}
    assert fetches <= 2
    assert (away, unknown.status_code, public) == (200, 503, 200)
    assert 1 <= int(unknown.headers["retry-after"]) <= 60


def ask(client: httpx.Client, token: str) -> httpx.Response:
    """What only an administrator is told."""
    return client.get("/admin/keys", headers={"authorization": f"Bearer {token}"})


def doctor(data: Path, issuer: MiniIssuer) -> dict[str, object]:
    """What the doctor finds of the issuer."""
    command = Running("doctor", "--data", data, "--keycloak", issuer.url, "--json")
    output, _ = command.process.communicate(timeout=60)
    return next(finding for finding in json.loads(output.splitlines()[-1]) if finding["what"] == "issuer")
