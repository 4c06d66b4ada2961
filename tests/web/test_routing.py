# SPDX-License-Identifier: EUPL-1.2
"""Paths and methods."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.errors import BadRequestData, NotFound
from broker.web.calls import PREFIX
from broker.web.openapi.document import NAME
from broker.web.operations import OPERATIONS
from broker.web.routing import MethodNotAllowed, Routes

ROUTES = Routes(OPERATIONS)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_every_operation_is_found_at_its_path(operation):
    path = (PREFIX + NAME.sub("urn%3Aa:1", operation.path)).encode()

    for method in {operation.method, *({"HEAD"} if operation.method == "GET" else ())}:
        found, ids = ROUTES.match(method, path)

        assert found is operation
        assert ids == ["urn:a:1"] * operation.path.count("{")


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_every_operation_says_what_it_is(operation):
    assert operation.endpoint.__doc__.startswith(f"{operation.name} ({operation.clause})")
    # A query by a body changes no entity, although it is a POST.
    asks = operation.method == "GET" or operation.path.endswith(("entityOperations/query", "entityMaps"))
    assert operation.writes != asks
    assert ("options" in operation.parameters) >= bool(operation.options)
    assert operation.endpoint.__module__.startswith("broker.web.")


def test_an_operation_that_is_declared_twice_is_a_fault():
    with pytest.raises(ValueError, match="declared twice"):
        Routes([OPERATIONS[0], OPERATIONS[0]])


@given(
    method=st.sampled_from(["GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS"]), path=st.binary(max_size=80)
)
def test_any_path_is_an_operation_or_an_error_that_a_caller_understands(method, path):
    try:
        _, ids = ROUTES.match(method, PREFIX.encode() + path)
    except (BadRequestData, NotFound, MethodNotAllowed):
        return

    assert all(ids)
