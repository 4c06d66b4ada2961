# SPDX-License-Identifier: EUPL-1.2
"""Datasets and grants as values."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Final, Literal, TypeAlias
from uuid import UUID

from auth.policy import Share
from auth.principals import Subject

SLUG: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
Visibility: TypeAlias = Literal["private", "registered", "public"]
Action: TypeAlias = Literal["read", "write", "admin"]
"""Each includes those before it."""
TargetKind: TypeAlias = Literal["tenant", "dataset", "type", "scope", "entity"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """A part of a tenant under a name, which is shown to everybody, to whoever is known, or to whom it is granted."""

    slug: str
    title: Mapping[str, str] = field(default_factory=dict)
    """By language."""
    license: str | None = None
    visibility: Visibility = "private"
    share: Share
    """What of the tenant it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What somebody may do, and with what. `pick` and `omit` narrow the attributes, as those of a share."""

    subject: Subject
    action: Action = "read"
    target_kind: TargetKind
    target_id: str = ""
    """Of a dataset its slug, of a type its IRI; empty for the tenant."""
    pick: frozenset[str] | None = None
    omit: frozenset[str] = frozenset()
    valid_from: datetime | None = None
    valid_until: datetime | None = None

    @property
    def id(self) -> UUID:
        """Made of its content: the same grant twice has the same id."""
        times = [time and time.astimezone(UTC).isoformat() for time in (self.valid_from, self.valid_until)]
        pick = None if self.pick is None else sorted(self.pick)
        parts = [*self.subject, self.action, self.target_kind, self.target_id, pick, sorted(self.omit), *times]
        return UUID(bytes=hashlib.sha256(json.dumps(parts).encode()).digest()[:16])

    def holds_at(self, now: datetime) -> bool:
        """Whether it is valid at a time: from its beginning until before its end."""
        return (self.valid_from is None or self.valid_from <= now) and (
            self.valid_until is None or now < self.valid_until
        )


@dataclass(frozen=True)
class Policy:
    """All that is said of a tenant: its datasets by slug, its grants by whom they name."""

    version: int
    datasets: tuple[Dataset, ...] = ()
    grants: tuple[Grant, ...] = ()

    @cached_property
    def by_slug(self) -> Mapping[str, Dataset]:
        """The datasets by their slugs."""
        return {dataset.slug: dataset for dataset in self.datasets}

    @cached_property
    def by_subject(self) -> Mapping[Subject, list[Grant]]:
        """The grants of each who is named."""
        named: dict[Subject, list[Grant]] = {}
        for grant in self.grants:
            named.setdefault(grant.subject, []).append(grant)
        return named
