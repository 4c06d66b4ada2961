# SPDX-License-Identifier: EUPL-1.2
"""What is to be told to other processes: gathered for a moment, bounded, and never told by halves."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from broker.engine.notices import Doubt, Gone, Here, Notice, write_notice, write_notices
from broker.engine.rings import Change, unite

MOST_TOLD: Final = 2_000
"""Entities of a tenant that are told at once; instead of more, the others are told to begin anew."""


@dataclass(slots=True)
class Pending:
    """Changes by schema and entity, tenants of which not all is told one by one, and answers to those who are new."""

    changed: dict[str, dict[str, Change]] = field(default_factory=dict)
    untold: set[str] = field(default_factory=set)
    replies: list[Here] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    """The schemas of tenants that were deleted."""

    def add(self, schema: str, changes: Sequence[Change]) -> None:
        """Gather changes; those of an entity are told as one."""
        if schema in self.untold:
            return
        changed = self.changed.setdefault(schema, {})
        for change in changes:
            changed[change.id] = unite(changed.get(change.id), change)
        if len(changed) > MOST_TOLD:
            self.doubt(schema)

    def doubt(self, schema: str) -> None:
        """Tell of a tenant only that something may have changed."""
        self.changed.pop(schema, None)
        self.untold.add(schema)

    def texts(self, most_bytes: int) -> list[str]:
        """The notices that tell all of it, each of at most so many bytes."""
        notices: list[Notice] = [*self.replies, *map(Gone, self.gone), *map(Doubt, sorted(self.untold))]
        texts = [write_notice(notice) for notice in notices]
        for schema, changed in self.changed.items():
            texts += write_notices(schema, changed.values(), most_bytes)
        return texts
