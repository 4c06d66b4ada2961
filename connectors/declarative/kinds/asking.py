# SPDX-License-Identifier: EUPL-1.2
"""What every block with an address says of how it is asked."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from connectors.declarative.block import Block
from connectors.declarative.kinds.addresses import Proxy
from connectors.declarative.kinds.auth import Auth
from connectors.declarative.quantities import Period, Size

_WORD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def check_headers(given: dict[str, str]) -> dict[str, str]:
    """Refuse what cannot be a header."""
    for name, value in given.items():
        if not _WORD.fullmatch(name) or any(ord(sign) < 32 for sign in value):
            raise PydanticCustomError("header", "'{key}' cannot be a header, or its value has control characters",
                                      {"key": name})  # fmt: skip
    return given


def as_texts(given: object) -> object:
    """Take numbers as the texts that they are in the file."""
    if isinstance(given, dict):
        return {key: as_texts(value) for key, value in given.items()}
    if isinstance(given, list):
        return [as_texts(value) for value in given]
    return str(given) if type(given) in {int, float} else given


Texts = Annotated[
    dict[str, str | list[str]],
    BeforeValidator(as_texts, json_schema_input_type=dict[str, str | int | float | list[str | int | float]]),
]


class Asking(Block):
    """How an address is asked."""

    headers: Annotated[
        dict[str, str],
        BeforeValidator(as_texts, json_schema_input_type=dict[str, str | int | float]),
        AfterValidator(check_headers),
    ] = Field(default_factory=dict, description="Headers of each request")
    params: Texts = Field(
        default_factory=dict,
        description="Parameters behind the query of the address; {today-1d}, {now} are dates in UTC",
    )
    auth: Auth | None = Field(None, description="How the address is told who asks")
    certificate: str | None = Field(None, description="File with the certificate (PEM) that this side shows")
    certificate_key: str | None = Field(
        None, description="File with the private key of `certificate`; default: in the same file"
    )
    ca: str | None = Field(None, description="File with certificates (PEM) that are trusted beside the system's")
    proxy: Proxy | None = Field(
        None, description="Proxy that everything is asked through: http://user:password@host:port; default: none"
    )
    timeout: Period = Field(
        timedelta(seconds=30),
        description="Longest silence of the other side; a whole answer may take ten times as long",
    )
    max_size: Annotated[Size, Field(ge=1)] = Field(
        64 * 1024**2, description="Most bytes of an answer, unpacked, such as 500kB or 64MiB"
    )

    @model_validator(mode="after")
    def _certificate_with_its_key(self) -> "Asking":
        if self.certificate_key is not None and self.certificate is None:
            raise PydanticCustomError("certificate", "certificate_key is for a certificate, which is not given")
        return self
