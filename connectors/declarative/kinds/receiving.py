# SPDX-License-Identifier: EUPL-1.2
"""How a source is sent to by HTTP: who may send, how much, and where."""

import re
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import (
    Discriminator,
    Field,
    Tag,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from connectors.declarative.block import Block
from connectors.declarative.kinds.auth import ApiKey, Secret
from connectors.declarative.quantities import Period, Size

MOST_BYTES = 16 * 1024 * 1024
_ADDRESS = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):(\d{1,5})")
_KINDS = ("api_key", "bearer", "basic", "hmac")
AUTH_TAGS = ("auth block", "auth word")
"""What pydantic puts into the place of a mistake: whether `auth` is a block or a word."""


class BasicAuth(Block):
    """User and password, RFC 7617."""

    user: str = Field(description="The user")
    password: Secret = Field(description="The password")


class Timestamp(Block):
    """When the sender signed, against replays."""

    header: str = Field(description="The header with the time: seconds or milliseconds since 1970, or ISO 8601")
    tolerance: Period = Field(timedelta(minutes=5), description="How far it may be from now; default 5m")
    signed: str = Field("{time}.{body}", description="What is signed; default `{time}.{body}`")

    @field_validator("signed")
    @classmethod
    def _both(cls, given: str) -> str:
        if given.count("{body}") != 1 or "{time}" not in given:
            raise PydanticCustomError("signed", "must hold {time} and, once, {body}")
        return given


class HmacAuth(Block):
    """A signature of the body."""

    header: str = Field(description="The header that holds the signature")
    secret: Secret = Field(description="The secret that both sides know")
    algorithm: Literal["sha256", "sha1", "sha512"] = Field("sha256", description="Default sha256")
    encoding: Literal["hex", "base64"] = Field("hex", description="How the signature is written; default hex")
    prefix: str = Field("", description="What stands before it, such as `sha256=`")
    timestamp: Timestamp | None = Field(None, description="A time that is signed with the body")


class Admission(Block):
    """Who may send: exactly one of api_key, bearer, basic and hmac."""

    api_key: ApiKey | None = Field(None, description="`value`, and the `header` or the `query` parameter that holds it")
    bearer: Secret | None = Field(None, description="A key as `Authorization: Bearer`")
    basic: BasicAuth | None = Field(None, description="User and password")
    hmac: HmacAuth | None = Field(None, description="A signature of the body")

    @model_validator(mode="after")
    def _one_kind(self) -> "Admission":
        if sum(getattr(self, kind) is not None for kind in _KINDS) != 1:
            raise PydanticCustomError("auth", "auth is `none`, or has exactly one of api_key, bearer, basic and hmac")
        return self


class Challenge(Block):
    """A GET by which a sender asks whether this address wants to be sent to."""

    parameter: str = Field(description="The parameter whose value is the answer, such as `hub.challenge`")
    token_parameter: str = Field("hub.verify_token", description="The parameter with the token")
    token: Secret | None = Field(None, description="Answer only who knows it; default: whoever asks")


class Receiving(Block):
    """Who may send, and what is taken."""

    auth: Annotated[
        Annotated[Admission, Tag(AUTH_TAGS[0])] | Annotated[Literal["none"], Tag(AUTH_TAGS[1])],
        Discriminator(lambda given: AUTH_TAGS[isinstance(given, str)]),
    ] = Field(description="Who may send; `none`: whoever reaches the address")
    max_size: Annotated[Size, Field(ge=1, le=MOST_BYTES)] = Field(
        1024 * 1024, description="The largest body; default 1MiB, at most 16MiB"
    )
    challenge: Challenge | None = Field(None, description="How a GET that verifies the address is answered")
    quiet: Period | None = Field(None, description="`run --once` ends when nothing has come for so long")
    listen: str | None = Field(None, description="`host:port`: the connector listens itself, away from the platform")

    @field_validator("listen")
    @classmethod
    def _host_and_port(cls, given: str | None) -> str | None:
        if given is not None and "${" not in given and address_in(given) is None:
            raise PydanticCustomError("listen", "must be host:port, such as 0.0.0.0:8090")
        return given


def address_in(text: str) -> tuple[str, int] | None:
    """Give host and port; None where the text is no `host:port`."""
    match: Any = _ADDRESS.fullmatch(text)
    return (match[1].strip("[]"), int(match[2])) if match and int(match[2]) < 65536 else None
