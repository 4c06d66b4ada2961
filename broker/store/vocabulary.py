# SPDX-License-Identifier: EUPL-1.2
"""Attribute and dataset names as small integers, cached per tenant."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from allmende.database.failures import Collided
from allmende.database.pool import Connection
from broker.store import SQL

DEFAULT_INSTANCE = 0


@dataclass(slots=True)
class Names:
    """One kind of names of one tenant; both directions, only what is committed."""

    kind: str
    numbers: dict[str, int] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)

    def learn(self, found: dict[str, int]) -> None:
        """Keep numbers; to be called after the commit of the transaction that found them."""
        self.numbers.update(found)
        self.names.update({number: name for name, number in found.items()})

    async def ensure(self, connection: Connection, schema: str, wanted: Iterable[str]) -> dict[str, int]:
        """Numbers of those `wanted` names that are not known yet; new ones are inserted in this transaction."""
        missing = sorted({name for name in wanted if name not in self.numbers})
        found: dict[str, int] = {}
        query = SQL.text(f"ensure_{self.kind}", schema)
        for _ in range(5):
            if len(found) == len(missing):
                return found
            # A name that another transaction has just inserted is visible to the next statement only.
            found |= {name: number for number, name in await connection.fetch(query, missing)}
        raise Collided(f"Names {missing} are being inserted by another transaction")

    async def resolve(self, connection: Connection, schema: str, numbers: Iterable[int]) -> dict[int, str]:
        """The names of these numbers."""
        missing = [number for number in set(numbers) if number not in self.names]
        if missing:
            rows = await connection.fetch(SQL.text(f"get_{self.kind}", schema), missing)
            self.learn({name: number for number, name in rows})
        return self.names


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers of all names that a transaction writes."""

    attributes: Mapping[str, int]
    datasets: Mapping[str, int]

    def dataset(self, uri: str | None) -> int:
        """The number of an instance's dataset."""
        return DEFAULT_INSTANCE if uri is None else self.datasets[uri]


@dataclass(slots=True)
class Vocabulary:
    """The names of one tenant."""

    attributes: Names = field(default_factory=lambda: Names("attributes"))
    datasets: Names = field(default_factory=lambda: Names("datasets"))
