# SPDX-License-Identifier: EUPL-1.2
"""From datasets and grants to what somebody may see, and for how long that holds: pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from auth.granting.values import Dataset, Grant, Policy
from auth.policy import Share, Visible
from auth.principals import AUTHENTICATED, Subject

ALWAYS: Final = datetime.min.replace(tzinfo=UTC)
NEVER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Compiled:
    """What is visible from `since` until before `until`."""

    visible: Visible
    since: datetime
    until: datetime

    def holds_at(self, now: datetime) -> bool:
        """Whether this is still, or already, so."""
        return self.since <= now < self.until


def compile_rights(policy: Policy, subjects: frozenset[Subject], now: datetime) -> Compiled:
    """What whoever is called so may see at a time; nobody in particular (no subjects): what is public."""
    own = grants_of(policy, subjects)
    times = [time for grant in own for time in (grant.valid_from, grant.valid_until) if time is not None]
    since = max((time for time in times if time <= now), default=ALWAYS)
    until = min((time for time in times if time > now), default=NEVER)
    opened = [dataset.share for dataset in policy.datasets if is_open(dataset, subjects)]
    granted = [share for grant in own if grant.holds_at(now) and (share := share_of(grant, policy)) is not None]
    return Compiled(Visible.of([*opened, *granted]), since, until)


def listed_datasets(policy: Policy, subjects: frozenset[Subject], now: datetime) -> Iterator[Dataset]:
    """The datasets that whoever is called so may know of, by their slugs: those that are open, or granted by name."""
    own = [grant for grant in grants_of(policy, subjects) if grant.target_kind == "dataset" and grant.holds_at(now)]
    named = {grant.target_id for grant in own}
    for dataset in policy.datasets:
        if is_open(dataset, subjects) or dataset.slug in named:
            yield dataset


def is_open(dataset: Dataset, subjects: frozenset[Subject]) -> bool:
    """Whether a dataset is open without a grant: to everybody, or to whoever is known in the tenant."""
    return dataset.visibility == "public" or (dataset.visibility == "registered" and AUTHENTICATED in subjects)


def grants_of(policy: Policy, subjects: Iterable[Subject]) -> list[Grant]:
    """The grants that name one of these."""
    return [grant for subject in subjects for grant in policy.by_subject.get(subject, ())]


def share_of(grant: Grant, policy: Policy) -> Share | None:
    """What a grant shows, as every action includes to read; None where that is nothing."""
    match grant.target_kind:
        case "tenant":
            whole = Share()
        case "dataset":
            dataset = policy.by_slug.get(grant.target_id)
            if dataset is None:
                return None
            whole = dataset.share
        case "type":
            whole = Share(types=frozenset({grant.target_id}))
        case "scope":
            whole = Share(scopes=frozenset({grant.target_id}))
        case "entity":
            whole = Share(ids=frozenset({grant.target_id}))
    return narrowed(whole, grant.pick, grant.omit)


def narrowed(share: Share, pick: frozenset[str] | None, omit: frozenset[str]) -> Share | None:
    """A share with those of its attributes only that `pick` and `omit` let through; None where none can be."""
    if share.pick is None and pick is None:
        return replace(share, omit=share.omit | omit)
    picked = share.pick if pick is None else pick if share.pick is None else share.pick & pick
    left = (picked or frozenset()) - share.omit - omit
    return replace(share, pick=left, omit=frozenset()) if left else None
