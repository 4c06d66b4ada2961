# SPDX-License-Identifier: EUPL-1.2
"""How an address is told who asks: the block `auth`."""

from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr, model_validator
from pydantic_core import PydanticCustomError

from connectors.declarative.block import Block
from connectors.declarative.kinds.addresses import Address


def not_empty(given: SecretStr) -> SecretStr:
    """Refuse an empty secret: a variable that is set to nothing must not open a door, or ask in nobody's name."""
    if not given.get_secret_value():
        raise PydanticCustomError("empty", "must not be empty")
    return given


Secret = Annotated[SecretStr, AfterValidator(not_empty)]


class Basic(Block):
    """A name and a password."""

    user: str = Field(description="The name")
    password: SecretStr = Field(description="The password")


class ApiKey(Block):
    """A key in a header or in the query."""

    header: str | None = Field(None, description="The header that holds the key")
    query: str | None = Field(None, description="The parameter of the query that holds the key")
    value: Secret = Field(description="The key")

    @model_validator(mode="after")
    def _one_place(self) -> "ApiKey":
        if (self.header is None) == (self.query is None):
            raise PydanticCustomError("place", "a key is sent in exactly one of header and query")
        return self


class OAuth2(Block):
    """A token that is fetched with a client's id and secret."""

    token_url: Address = Field(description="The address that gives tokens")
    client: str = Field(description="The id of the client")
    secret: Secret = Field(description="The secret of the client")
    scope: str | None = Field(None, description="What is asked for")


class Auth(Block):
    """Exactly one of basic, bearer, api_key and oauth2."""

    basic: Basic | None = Field(None, description="`user` and `password`")
    bearer: Secret | None = Field(None, description="A token that does not change")
    api_key: ApiKey | None = Field(None, description="`value`, and the `header` or the `query` parameter that holds it")
    oauth2: OAuth2 | None = Field(None, description="Client credentials: `token_url`, `client`, `secret`, `scope`")

    @model_validator(mode="after")
    def _one_kind(self) -> "Auth":
        if sum(getattr(self, kind) is not None for kind in Auth.model_fields) != 1:
            raise PydanticCustomError("kinds", "auth has exactly one of basic, bearer, api_key and oauth2")
        return self
