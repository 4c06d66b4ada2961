# SPDX-License-Identifier: EUPL-1.2
"""The one tree of errors.

AllmendeError
├── RequestError                what a caller may see; `status` and `type` follow ETSI GS CIM 009, 5.5.2 and 6.3.2
│   ├── InvalidRequest          400  the request is not understood (not JSON, unknown parameter)
│   ├── BadRequestData          400  it is understood, and violates the data model
│   ├── KeyRequired             401  a key is missing or wrong
│   │   └── InvalidToken        401  an access token is not to be believed
│   ├── Forbidden               403  the key does not open this
│   ├── TooComplexQuery         403  answering takes longer than allowed
│   ├── NotFound                404  entity, attribute or instance does not exist
│   ├── NonexistentTenant       404
│   ├── NotAcceptable           406
│   ├── AlreadyExists           409
│   ├── Conflict                409
│   ├── LengthRequired          411
│   ├── TooLarge                413
│   ├── AddressTooLong          414
│   ├── UnsupportedMediaType    415
│   ├── WrongHost               421
│   ├── OperationNotSupported   422
│   ├── Faulty                  500  a fault of the platform; its log says why
│   ├── Unavailable             503  the database, or the issuer of a token, is away; `retry_after` seconds
│   └── LdContextNotAvailable   504
├── SettingsError               a setting is wrong: one line, exit status 2
└── SourceError                 what a connector's source raises; the runner decides
    ├── Retry                   try again later
    ├── Skip                    this record cannot be used
    └── Stop                    this source cannot go on
"""

from typing import ClassVar


class AllmendeError(Exception):
    """Whatever this platform raises on purpose."""


class RequestError(AllmendeError):
    """An error that the caller of an operation sees; `attribute` is the one that is at fault, where it is one."""

    status: ClassVar[int] = 400
    type: ClassVar[str] = "InvalidRequest"
    title: ClassVar[str] = "Invalid request"

    def __init__(self, message: str, *, attribute: str | None = None) -> None:
        super().__init__(message)
        self.attribute = attribute


class InvalidRequest(RequestError):
    """The request is not understood."""


class BadRequestData(RequestError):
    """The request is understood and violates the data model."""

    type = "BadRequestData"
    title = "Bad request data"


class KeyRequired(RequestError):
    """A key is missing or wrong."""

    status = 401
    type = "KeyRequired"
    title = "A key is required"


class InvalidToken(KeyRequired):
    """An access token is not to be believed."""

    type = "InvalidToken"
    title = "The token is not valid"


class Forbidden(RequestError):
    """The key does not open this."""

    status = 403
    type = "Forbidden"
    title = "Not allowed"


class TooComplexQuery(RequestError):
    """Answering the query takes longer, or reads more, than allowed."""

    status = 403
    type = "TooComplexQuery"
    title = "Query is too complex"


class NotFound(RequestError):
    """The entity, attribute or instance does not exist."""

    status = 404
    type = "ResourceNotFound"
    title = "Resource not found"


class NonexistentTenant(RequestError):
    """The tenant does not exist."""

    status = 404
    type = "NonexistentTenant"
    title = "Tenant does not exist"


class NotAcceptable(RequestError):
    """No media type that the client accepts can be served."""

    status = 406
    type = "NotAcceptable"
    title = "Not acceptable"


class AlreadyExists(RequestError):
    """The entity exists."""

    status = 409
    type = "AlreadyExists"
    title = "Already exists"


class Conflict(RequestError):
    """The operation contradicts the state."""

    status = 409
    type = "Conflict"
    title = "Conflict"


class LengthRequired(RequestError):
    """A body needs a Content-Length."""

    status = 411
    type = "LengthRequired"
    title = "Content-Length is required"


class TooLarge(RequestError):
    """The body is larger than allowed."""

    status = 413
    type = "TooLarge"
    title = "Too large"


class AddressTooLong(RequestError):
    """The address of the request is longer than allowed."""

    status = 414
    type = "AddressTooLong"
    title = "Address is too long"


class UnsupportedMediaType(RequestError):
    """The media type of the body is not supported."""

    status = 415
    type = "UnsupportedMediaType"
    title = "Unsupported media type"


class WrongHost(RequestError):
    """The request is addressed to a host that this platform is not."""

    status = 421
    type = "WrongHost"
    title = "Misdirected request"


class OperationNotSupported(RequestError):
    """The operation is not supported."""

    status = 422
    type = "OperationNotSupported"
    title = "Operation not supported"


class Faulty(RequestError):
    """A fault of the platform."""

    status = 500
    type = "InternalError"
    title = "Internal error"


class Unavailable(RequestError):
    """The database is away, and nothing is known to be stored; or the issuer of a token, and nobody knows its key."""

    status = 503
    type = "Unavailable"
    title = "Temporarily unavailable"

    def __init__(self, message: str, *, retry_after: int = 2) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class LdContextNotAvailable(RequestError):
    """A remote @context cannot be retrieved."""

    status = 504
    type = "LdContextNotAvailable"
    title = "@context is not available"


class SettingsError(AllmendeError):
    """A setting is wrong: the message is one line that says what to change."""


class SourceError(AllmendeError):
    """What a connector's source raises; the runner decides what follows."""


class Retry(SourceError):
    """Try again later; where `after_s` is given, not before so many seconds have gone."""

    def __init__(self, message: str, *, after_s: float | None = None) -> None:
        super().__init__(message)
        self.after_s = after_s


class Skip(SourceError):
    """This record cannot be used."""


class Stop(SourceError):
    """This source cannot go on."""
