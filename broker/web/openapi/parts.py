# SPDX-License-Identifier: EUPL-1.2
"""What a declaration says of an operation to those who call it: parameters, answers, an example."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

Schema: TypeAlias = Mapping[str, Any]
"""A JSON Schema (2020-12) as OpenAPI 3.1 has them."""

TEXT: Final[Schema] = {"type": "string"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter of a path or a query: what it means, and a value that works."""

    means: str
    example: Any
    schema: Schema = field(default_factory=lambda: TEXT)
    required: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that is no error: what it means, and what its body is."""

    means: str
    schema: str | Schema | None = None
    """Of the body: one of `SCHEMAS` by its name, or a schema of its own; None: there is no body."""
    headers: tuple[str, ...] = ()
    """Header fields that it has beside those of every answer; `HEADERS` describes them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A request that works after those of the operations that are declared before it."""

    ids: tuple[str, ...] = ()
    """The parameters of the path."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
