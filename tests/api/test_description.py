# SPDX-License-Identifier: EUPL-1.2
"""`/openapi.json` tells every route and every parameter, and no other."""

import inspect
import re

import jsonschema_rs
import orjson
import pytest
from fastapi.routing import APIRoute
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from api import datasets, events, grants, series
from api.app import PROGRAMS
from api.granting.asking import PAGING
from api.openapi.document import path_of, to_document
from api.openapi.parameters import PARAMETERS
from api.openapi.schemas import API_SCHEMAS
from api.pages.routes import PAGES
from broker.web.operations import OPERATIONS

ROUTES = [route for router in (*PROGRAMS, *PAGES) for route in router.routes if isinstance(route, APIRoute)]
DOCUMENT = to_document(ROUTES)
OWN = {
    id(series.show_series): series.PARAMETERS,
    id(events.stream_events): events._PARAMETERS,
    id(datasets.list_datasets): PAGING,
    id(grants.list_grants): PAGING,
}
"""The parameters of routes that read the query string themselves."""


def told_of(route):
    (method, *_) = sorted(route.methods - {"HEAD"})
    return DOCUMENT["paths"][path_of(route)][method.lower()]


def accepted_by(route):
    """The parameters of the query that a route takes, as its signature and its source say."""
    if id(route.endpoint) in OWN:
        return set(OWN[id(route.endpoint)])
    dependant = route.dependant
    declared = {field.alias for part in (dependant, *dependant.dependencies) for field in part.query_params}
    source = inspect.getsource(inspect.getmodule(route.endpoint))
    read = set(re.findall(r"query_params\.get(?:list)?\(\"(\w+)\"", source)) | set(
        re.findall(r"_choice\(request, \"(\w+)\"", source)
    )
    return declared | read | ({"f"} if "wants_json(request)" in source else set())


@pytest.mark.parametrize("route", ROUTES, ids=path_of)
def test_every_route_is_described_where_it_is_declared(route):
    assert route.openapi_extra is not None, f"declare {path_of(route)} with openapi_extra=describe(…)"
    names = re.findall(r"{(\w+)}", path_of(route))
    told = [each["name"] for each in told_of(route)["parameters"] if each.get("in") == "path"]

    assert told == names
    assert told_of(route)["description"]


def test_every_path_that_is_told_has_a_route():
    own = {path_of(route) for route in ROUTES}
    broker = {f"/ngsi-ld/v1/{operation.path}" for operation in OPERATIONS}

    assert DOCUMENT["paths"].keys() == own | broker


@pytest.mark.parametrize("route", [route for router in PROGRAMS for route in router.routes], ids=path_of)
def test_every_parameter_that_a_route_takes_is_told_and_no_other(route):
    told = {each["name"] for each in told_of(route)["parameters"] if each.get("in") == "query"}

    assert told - {"lang"} == accepted_by(route) - {"lang"}


@pytest.mark.parametrize("route", [route for router in PAGES for route in router.routes], ids=path_of)
def test_every_parameter_that_a_page_reads_is_told(route):
    told = {each["name"] for each in told_of(route)["parameters"] if each.get("in") == "query"}

    assert accepted_by(route) <= told
    assert "lang" in told


def test_names_of_operations_are_unique_and_all_that_is_told_is_used():
    operations = [each for methods in DOCUMENT["paths"].values() for each in methods.values()]
    text = orjson.dumps(DOCUMENT).decode()

    assert len({each["operationId"] for each in operations}) == len(operations)
    for kind in ("schemas", "responses", "headers", "parameters"):
        named = set(re.findall(rf'"#/components/{kind}/([\w-]+)"', text))
        assert named <= DOCUMENT["components"][kind].keys()
    assert set(re.findall(r'"#/components/schemas/(\w+)"', text)) >= API_SCHEMAS.keys()
    told = {each["name"] for operation in operations for each in operation["parameters"] if "name" in each}
    assert told >= PARAMETERS.keys()


def test_it_is_what_openapi_3_1_is():
    assert list(OPENAPI_31_VALIDATOR.iter_errors(DOCUMENT)) == []


def test_every_example_of_a_parameter_is_what_its_schema_says():
    for methods in DOCUMENT["paths"].values():
        for operation in methods.values():
            for parameter in operation["parameters"]:
                if "$ref" not in parameter:
                    schema = jsonschema_rs.Draft202012Validator(parameter["schema"])
                    schema.validate(parameter["example"])
