# SPDX-License-Identifier: EUPL-1.2
"""Errors as answers: each class of `allmende.errors` has its problem type here, once."""

from typing import Any, Final

import orjson

from allmende import errors
from allmende.database.failures import Collided, TimedOut
from allmende.errors import RequestError
from broker.web.calls import Answer

ETSI: Final = "https://uri.etsi.org/ngsi-ld/errors/"
BLANK: Final = "about:blank"
TYPES: Final[dict[type[RequestError], str]] = {
    RequestError: ETSI + "InvalidRequest",
    errors.InvalidRequest: ETSI + "InvalidRequest",
    errors.BadRequestData: ETSI + "BadRequestData",
    errors.KeyRequired: BLANK,
    errors.InvalidToken: BLANK,
    errors.Forbidden: BLANK,
    errors.TooComplexQuery: ETSI + "TooComplexQuery",
    errors.NotFound: ETSI + "ResourceNotFound",
    errors.NonexistentTenant: ETSI + "NonexistentTenant",
    errors.NotAcceptable: BLANK,
    errors.AlreadyExists: ETSI + "AlreadyExists",
    errors.Conflict: ETSI + "Conflict",
    errors.LengthRequired: BLANK,
    errors.TooLarge: BLANK,
    errors.AddressTooLong: BLANK,
    errors.UnsupportedMediaType: BLANK,
    errors.WrongHost: BLANK,
    errors.OperationNotSupported: ETSI + "OperationNotSupported",
    errors.Faulty: ETSI + "InternalError",
    errors.Unavailable: BLANK,
    errors.LdContextNotAvailable: ETSI + "LdContextNotAvailable",
}
"""What the specification names has its type; the others are told by their status (RFC 9457, 4.2.1)."""


def to_problem(error: RequestError) -> dict[str, Any]:
    """The problem document of an error."""
    return {
        "type": TYPES[type(error)],
        "title": error.title,
        "status": error.status,
        "detail": str(error) or f"{error.title}.",
    }


def error_answer(error: RequestError) -> Answer:
    """The answer of an NGSI-LD path: `application/json`, whatever was asked for."""
    return Answer(error.status, orjson.dumps(to_problem(error)), headers=headers_of(error))


def headers_of(error: RequestError) -> list[tuple[bytes, bytes]]:
    """What the header of an error's answer says beside its media type."""
    if isinstance(error, errors.Unavailable):
        return [(b"retry-after", b"%d" % error.retry_after)]
    if isinstance(error, errors.InvalidToken):
        return [(b"www-authenticate", b'Bearer realm="allmende", error="invalid_token"')]
    if isinstance(error, errors.KeyRequired):
        return [(b"www-authenticate", b'Bearer realm="allmende"')]
    return []


def to_request_error(error: Exception) -> RequestError | None:
    """The error that a caller sees; None where it is a fault of ours, whose text goes to the log only."""
    if isinstance(error, RequestError):
        return error
    if isinstance(error, TimedOut | Collided):
        return errors.Unavailable("The database does not answer in time; try again")
    return None


def to_fault(request_id: str) -> bytes:
    """The body of a 500: nothing but where to look."""
    return orjson.dumps(
        {
            "type": ETSI + "InternalError",
            "title": "Internal error",
            "status": 500,
            "detail": f"The log tells more about request {request_id}",
        }
    )
