# SPDX-License-Identifier: EUPL-1.2
"""Errors as answers."""

import orjson
import pytest

from allmende import errors
from allmende.database.failures import Collided, Refused, TimedOut
from allmende.errors import RequestError
from broker.web.problems import ETSI, TYPES, error_answer, to_problem, to_request_error


def kinds(error):
    return {error}.union(*(kinds(kind) for kind in error.__subclasses__()))


def test_every_error_that_a_caller_sees_is_mapped_once():
    assert set(TYPES) == kinds(RequestError)


@pytest.mark.parametrize("kind", sorted(kinds(RequestError), key=lambda kind: kind.__name__))
def test_a_problem_names_its_status_and_tells_more_than_its_title(kind):
    for error in (kind("Entity urn:a:1 is in trouble"), kind("")):
        problem = to_problem(error)

        assert problem["status"] == kind.status
        assert problem["title"]
        assert problem["detail"]
        assert problem["detail"] != problem["title"]


@pytest.mark.parametrize(
    ("error", "name", "status"),
    [
        (errors.InvalidRequest("x"), "InvalidRequest", 400),
        (errors.BadRequestData("x"), "BadRequestData", 400),
        (errors.TooComplexQuery("x"), "TooComplexQuery", 403),
        (errors.NotFound("x"), "ResourceNotFound", 404),
        (errors.NonexistentTenant("x"), "NonexistentTenant", 404),
        (errors.AlreadyExists("x"), "AlreadyExists", 409),
        (errors.Conflict("x"), "Conflict", 409),
        (errors.OperationNotSupported("x"), "OperationNotSupported", 422),
        (errors.LdContextNotAvailable("x"), "LdContextNotAvailable", 504),
    ],
)
def test_what_the_specification_names_has_its_type(error, name, status):
    answer = error_answer(error)

    assert answer.status == status
    assert dict(answer.head())[b"content-type"] == b"application/json"
    assert orjson.loads(answer.body)["type"] == ETSI + name


def test_a_client_is_told_when_to_come_back():
    answer = error_answer(errors.Unavailable("The database is away", retry_after=7))

    assert (b"retry-after", b"7") in answer.head()


def test_a_slow_or_busy_database_is_temporary_and_a_refusal_is_our_fault():
    assert to_request_error(TimedOut("x")).status == 503
    assert to_request_error(Collided("x")).status == 503
    assert to_request_error(Refused("secret detail")) is None
    assert to_request_error(ValueError("secret detail")) is None
