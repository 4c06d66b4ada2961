# SPDX-License-Identifier: EUPL-1.2
"""Whatever is asked for by `/openapi.json`, right or wrong: no fault, and no answer that it does not tell."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from broker.ngsi.contexts import CORE_CONTEXT_URL
from broker.web.openapi import examples
from tests.launch.running import up

pytestmark = [pytest.mark.fuzz, pytest.mark.server]

SECONDS = int(os.environ.get("ALLMENDE_TEST_FUZZ_S", "60"))
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "allow_header_conformance",
)
NAMES = {
    "entityId": [examples.HALL, examples.BUILDING, examples.NEW["id"]],
    "instanceId": [examples.INSTANCE],
    "contextId": [CORE_CONTEXT_URL, "https://example.org/none.jsonld"],
    "entity_id": [examples.HALL],
    "entity": [examples.HALL],
    "attrId": ["temperature", "name", "location", "inBuilding", "scope"],
    "attribute": ["temperature"],
    "slug": ["trees"],
    "type": ["Room", "Building"],
    "name": ["Room", "town-parking"],
}
"""What is stored or has the form of it, so that not everything is asked in vain."""
URN = {"type": "string", "pattern": r"^urn:[A-Za-z0-9-]{1,20}:[^/\s{}%]{1,40}$"}
"""A URI for a path. Those that are made up by `format: uri` have slashes, which schemathesis sends in no path; where it has
to throw away too many, it ends its run."""
LEFT_OUT = {"/events", "/admin/tenants/import"}
"""An answer that does not end, and a body that cannot be made up."""
STATED = ("Entity", "EntityWithoutId", "EntityFragment", "EntityTemporalInput", "EntityTemporalFragment")
"""What requests state: they are made of names without an @context, which most requests would be refused for."""


def test_no_request_finds_a_fault_or_an_answer_that_is_not_told(tmp_path: Path) -> None:
    with up(tmp_path / "data", "--open", log=tmp_path / "log") as platform:
        url, _ = platform.ready()
        for entity in examples.STORED:
            httpx.post(f"{url}/ngsi-ld/v1/entities", json=entity).raise_for_status()
        told = tmp_path / "openapi.json"
        told.write_bytes(orjson.dumps(tailored(httpx.get(f"{url}/openapi.json").json())))
        program = Path(sys.executable).with_name("st")
        # One worker: ast.parse of CPython 3.11, by which Hypothesis describes functions, does not bear two threads.
        options = ["--max-time", str(SECONDS), "--checks", ",".join(CHECKS), "--workers", "1", "--warnings", "off"]
        options += ["--continue-on-failure", "--no-shrink", "--request-timeout", "60", "--report-dir", str(tmp_path)]

        run = subprocess.run(
            [program, "run", told, "--url", url, *options],
            check=False,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            env={**os.environ, "NO_PROXY": "*"},
            timeout=SECONDS * 2 + 120,
        )
        is_ready = httpx.get(f"{url}/readyz").status_code

    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr[-2_000:]
    assert is_ready == 200
    assert "request_failed" not in (tmp_path / "log").read_text()


def tailored(document: dict[str, Any]) -> dict[str, Any]:
    """The description for a run that reaches far: with names that are stored, without what would refuse most requests."""
    document["paths"] = {path: told for path, told in document["paths"].items() if path not in LEFT_OUT}
    for methods in document["paths"].values():
        for operation in methods.values():
            # Headers and keys that are made up are refused before anything else is looked at.
            operation["parameters"] = [_likely(each) for each in operation["parameters"] if "$ref" not in each]
            operation["security"] = []
            for content in operation.get("requestBody", {}).get("content", {}).values():
                content["schema"] = content["schema"].get("allOf", [content["schema"]])[0]
                content["schema"].get("properties", {}).pop("@context", None)
            operation.get("requestBody", {}).get("content", {}).pop("application/ld+json", None)
    schemas = document["components"]["schemas"]
    for name in (*STATED, "AttributeFragment", "Query"):
        schemas[name]["properties"].pop("@context", None)
        schemas[name]["propertyNames"] = {"pattern": "^[A-Za-z][A-Za-z0-9_]{0,20}$"}
    for name in STATED:
        schemas[name]["properties"]["type"] = {"enum": ["Room", "Building", ["Room", "Hall"]]}
    return document


def _likely(parameter: dict[str, Any]) -> dict[str, Any]:
    names, schema = NAMES.get(parameter["name"]), parameter["schema"]
    if parameter["in"] == "path" and schema.get("format") == "uri":
        schema = URN
    return {**parameter, "schema": schema if names is None else {"anyOf": [{"enum": names}, schema]}}
