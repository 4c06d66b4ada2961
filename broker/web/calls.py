# SPDX-License-Identifier: EUPL-1.2
"""The binding's vocabulary: an operation is declared once, a call is what its endpoint gets, an answer what it gives."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from allmende.errors import RequestError
from auth.policy import Visible
from broker.engine.resources import Resources
from broker.web.negotiation import GEO_JSON, JSON, JSON_LD, MERGE_PATCH
from broker.web.openapi.parts import Example, Parameter, Reply

PREFIX: Final = "/ngsi-ld/v1/"
DOCUMENTS: Final = (JSON, JSON_LD)
ENTITIES: Final = (JSON, JSON_LD, GEO_JSON)
PATCHES: Final = (JSON, JSON_LD, MERGE_PATCH)

Header: TypeAlias = tuple[bytes, bytes]
Endpoint: TypeAlias = "Callable[[Call], Awaitable[Answer]]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation of the API: routes, checks and descriptions are made of this."""

    name: str
    clause: str
    method: str
    path: str
    """Below the prefix; `{name}` stands for a parameter."""
    endpoint: Endpoint
    parameters: frozenset[str] = frozenset()
    options: frozenset[str] = frozenset()
    """The values that `options` and `format` may have."""
    reads: tuple[str, ...] = ()
    """Media types of the body; none: no body is read."""
    offers: tuple[str, ...] = ()
    """Media types of the answer in the server's order; none: the answer is not negotiated."""
    writes: bool = False
    blind: bool = False
    """It reads without asking what its caller may see: who may not see the whole tenant is refused."""
    about: str = ""
    """What it does, in a sentence or two."""
    told: Mapping[str, Parameter] = field(default_factory=dict)
    """Parameters that mean something of their own here; those of the same name elsewhere are in `PARAMETERS`."""
    takes: str = ""
    """The schema of the body, by its name in `SCHEMAS`."""
    gives: Mapping[int, Reply] = field(default_factory=dict)
    """The answers that are no errors, by their status."""
    errors: tuple[type[RequestError], ...] = ()
    """Errors beside those that every operation may have."""
    example: Example | None = None
    founds: bool = False
    """Whoever may write makes the tenant by it, where there is none (5.5.10)."""

    @property
    def scope(self) -> str:
        """What a token must have been given for."""
        if self.path.startswith("jsonldContexts"):
            return "contexts:write" if self.writes else "entities:read"
        if self.writes:
            return "entities:write"
        return "history:read" if self.path.startswith("temporal/") else "entities:read"


@dataclass(slots=True)
class Call:
    """A request that has passed the checks that its operation declares."""

    resources: Resources
    operation: Operation
    tenant: str
    visible: Visible
    ids: Sequence[str]
    """The parameters of the path."""
    headers: Mapping[bytes, bytes]
    parameters: Mapping[str, str]
    raw_path: bytes = b""
    raw_query: bytes = b""
    media_type: str = JSON
    """Of the answer."""
    content_type: str = ""
    """Of the body."""
    body: bytes = b""
    scheme: str = "http"
    waits: bool = True
    """Whether it may still wait for @contexts that are not at hand."""

    @property
    def owner(self) -> str:
        """The tenant whose @contexts hold: of a snapshot, which is a tenant within one, that whose snapshot it is."""
        return self.tenant.partition(".")[0]

    @property
    def origin(self) -> str:
        """Scheme and host that the client reached this API by; empty where it named no host."""
        host = self.headers.get(b"host", b"").decode("latin-1")
        return f"{self.scheme}://{host}" if host else ""


@dataclass(slots=True)
class Answer:
    """What goes back; without a body there is neither media type nor length (204)."""

    status: int
    body: bytes | None = None
    media_type: str = JSON
    headers: list[Header] = field(default_factory=list)

    def head(self) -> list[Header]:
        """The header fields."""
        if self.body is None:
            return self.headers
        length = (b"content-length", b"%d" % len(self.body))
        if not self.body:
            return [length, *self.headers]
        return [(b"content-type", self.media_type.encode()), length, *self.headers]
