# SPDX-License-Identifier: EUPL-1.2
"""Every operation is described by its declaration: parameters, bodies, answers and an example that is right."""

import re

import jsonschema_rs
import pytest

from broker.web.openapi.document import NAME, components, to_operation, to_paths
from broker.web.openapi.parameters import BY_ID, IN_PATHS, PARAMETERS
from broker.web.openapi.problems import problem_answers
from broker.web.openapi.schemas import SCHEMAS
from broker.web.operations import OPERATIONS
from broker.web.routing import Routes

EACH = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
PARTS = {"components": {**components(), "responses": problem_answers("application/json")}}


def validator_of(schema):
    """A validator of a schema that may refer to components."""
    return jsonschema_rs.Draft202012Validator({**PARTS, **schema})


@EACH
def test_an_operation_tells_what_it_does_and_answers(operation):
    assert operation.about, f"say in `about` what {operation.name} does"
    assert operation.gives, f"say in `gives` what {operation.name} answers"
    assert all(200 <= status < 300 for status in operation.gives)
    assert operation.example is not None, f"give {operation.name} an `example`"
    assert (operation.takes in SCHEMAS) == bool(operation.reads), "name the schema of the body in `takes`"


@EACH
def test_a_path_names_its_parameters_and_each_is_described(operation):
    names = NAME.findall(operation.path)

    assert "" not in names, f"name the parameters of {operation.path}"
    assert set(names) <= IN_PATHS.keys()
    assert len(names) == len(operation.example.ids) == len(set(names))


@EACH
def test_every_parameter_is_described_and_no_other(operation):
    told = {parameter["name"] for parameter in to_operation(operation)["parameters"] if parameter.get("in") == "query"}

    assert told == operation.parameters
    assert operation.told.keys() - BY_ID.keys() <= operation.parameters
    assert operation.example.parameters.keys() <= operation.parameters


def test_every_described_parameter_is_known_to_an_operation():
    known = frozenset().union(*(operation.parameters for operation in OPERATIONS))

    assert PARAMETERS.keys() == known - {"options", "format"}
    assert IN_PATHS.keys() == {name for operation in OPERATIONS for name in NAME.findall(operation.path)}


def test_a_temporal_query_is_told_no_member_that_it_must_not_have():
    (query,) = [operation for operation in OPERATIONS if operation.name == "Query Temporal Evolution of Entities"]

    assert SCHEMAS["TemporalQuery"]["properties"].keys() & PARAMETERS.keys() <= query.parameters


def test_every_operation_is_told_and_every_path_leads_to_one():
    told = {(method, path): each for path, methods in to_paths(OPERATIONS).items() for method, each in methods.items()}
    routes = Routes(OPERATIONS)

    found = {key: routes.match(key[0].upper(), NAME.sub("urn:a:1", key[1]).encode())[0].name for key in told}

    assert len(told) == len(OPERATIONS)
    assert found == {key: each["summary"] for key, each in told.items()}
    assert len({each["operationId"] for each in told.values()}) == len(OPERATIONS)


def test_every_reference_leads_somewhere():
    document = {"paths": to_paths(OPERATIONS), **PARTS}
    text = str(document)

    for reference in set(re.findall(r"'#/([^']+)'", text)):
        part = document
        for name in reference.split("/"):
            part = part[name]
        assert part, reference


@EACH
def test_the_body_of_an_example_is_what_the_schema_says(operation):
    if operation.reads:
        for content in to_operation(operation)["requestBody"]["content"].values():
            validator_of(content["schema"]).validate(content["example"])


@EACH
def test_the_example_of_a_parameter_is_what_its_schema_says(operation):
    for parameter in to_operation(operation)["parameters"]:
        if "$ref" not in parameter:
            validator_of(parameter["schema"]).validate(parameter["example"])
