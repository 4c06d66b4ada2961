# SPDX-License-Identifier: EUPL-1.2
"""Which operation a method and a path name.

Paths are split before they are decoded: the id of an entity may be a URL, whose slashes are then %2F.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote_to_bytes

from allmende.errors import BadRequestData, NotFound
from broker.web.calls import PREFIX, Operation

_PREFIX: Final = PREFIX.encode()
_ID_FORGOTTEN: Final = frozenset({("PUT", "entities"), ("PATCH", "entities")})
"""Methods that a collection does not know, and that are taken for a forgotten id: 400, not 405."""

_NAME_FORGOTTEN: Final = ("PATCH", "temporal/entities/{}/attrs/{}")
"""The other way round: an instance of history under an attribute without a name is 405."""


class MethodNotAllowed(Exception):
    """The path exists and has no such method; the answer has no body."""

    def __init__(self, allowed: Iterable[str]) -> None:
        super().__init__("Method not allowed")
        self.allowed = ", ".join(sorted(allowed))


@dataclass(slots=True)
class Node:
    """A segment of paths: what may follow it, and the operations that end here."""

    path: str = ""
    literals: "dict[bytes, Node]" = field(default_factory=dict)
    parameter: "Node | None" = None
    operations: dict[str, Operation] = field(default_factory=dict)

    @property
    def allowed(self) -> set[str]:
        """The methods that this path has."""
        return {*self.operations, *({"HEAD"} if "GET" in self.operations else ()), "OPTIONS"}


class Routes:
    """The operations by path."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._root = Node()
        for operation in operations:
            node = self._root
            for segment in operation.path.split("/"):
                node = _step(node, segment)
            if operation.method in node.operations:
                raise ValueError(f"{operation.method} {operation.path} is declared twice")
            node.operations[operation.method] = operation

    def match(self, method: str, raw_path: bytes) -> tuple[Operation, Sequence[str]]:
        """The operation and the decoded parameters of the path; a slash at the end makes no difference."""
        node, ids = self._find(method, raw_path)
        operation = node.operations.get("GET" if method == "HEAD" else method)
        if operation is None:
            if (method, node.path) in _ID_FORGOTTEN:
                raise BadRequestData(f"{method} needs an id: {PREFIX}{node.path}/<id>")
            if not node.operations and node.parameter is None:
                raise NotFound(f"There is nothing at {raw_path.decode('latin-1')}")
            raise MethodNotAllowed(node.allowed)
        return operation, ids

    def _find(self, method: str, raw_path: bytes) -> tuple[Node, list[str]]:
        segments = raw_path[len(_PREFIX) :].split(b"/")
        if segments[-1] == b"":
            segments.pop()
        node = self._root
        ids: list[str] = []
        for segment in segments:
            following = node.literals.get(segment)
            if following is None:
                following = node.parameter
                if following is None:
                    raise NotFound(f"There is nothing at {raw_path.decode('latin-1')}")
                if not segment and (method, following.path) == _NAME_FORGOTTEN:
                    raise MethodNotAllowed(following.allowed)
                ids.append(_decode(segment))
            node = following
        return node, ids


def _step(node: Node, segment: str) -> Node:
    is_parameter = segment.startswith("{")
    path = f"{node.path}/{'{}' if is_parameter else segment}".lstrip("/")
    if is_parameter:
        node.parameter = node.parameter or Node(path)
        return node.parameter
    return node.literals.setdefault(segment.encode(), Node(path))


def _decode(segment: bytes) -> str:
    if not segment:
        raise BadRequestData("The path lacks an id between two slashes")
    try:
        return (unquote_to_bytes(segment) if b"%" in segment else segment).decode()
    except UnicodeDecodeError as error:
        raise BadRequestData("The path must be UTF-8, percent-encoded") from error
