# SPDX-License-Identifier: EUPL-1.2
"""Addresses in a connector file; no words repeat them, since keys and passwords may stand in them."""

from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, SecretStr
from pydantic_core import PydanticCustomError

if TYPE_CHECKING:
    import httpx


def check_address(given: str) -> str:
    """Refuse what is no address of http or https."""
    if "${" in given:
        return given  # a variable that is not set is a problem of its own
    url = _parse(given)
    if url is None:
        raise PydanticCustomError("address", "must be an address that starts with https:// or http:// and a host")
    if url.userinfo:
        raise PydanticCustomError("address", "must not hold a user or password; they belong into 'auth: {basic: …}'")
    return given


def check_proxy(given: SecretStr) -> SecretStr:
    """Refuse what is no proxy of HTTP."""
    text = given.get_secret_value()
    url = None if "${" in text else _parse(text)
    if "${" not in text and (url is None or url.raw_path not in {b"", b"/"}):
        raise PydanticCustomError(
            "proxy", "must be http://host:port or https://host:port, with user:password@ if needed"
        )
    return given


def _parse(text: str) -> "httpx.URL | None":
    import httpx

    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        return None
    return url if url.scheme in {"http", "https"} and url.host else None


Address = Annotated[str, AfterValidator(check_address)]
Proxy = Annotated[SecretStr, AfterValidator(check_proxy)]
