# SPDX-License-Identifier: EUPL-1.2
"""The entities that others link to, with one statement for each level of links (ETSI GS CIM 009, 4.5.23)."""

from collections.abc import Iterable, Sequence
from typing import Final

from allmende.database.failures import TimedOut
from allmende.database.pool import Connection
from allmende.errors import TooComplexQuery
from auth.policy import Visible
from broker.engine.entities import living_states
from broker.engine.resources import Resources
from broker.ngsi.entities import State
from broker.ngsi.joins import Link, Part, linked_part, links_of, top_part
from broker.ngsi.views import View
from broker.store.reads import get_states

MAX_LINKED: Final = 2_000
"""Linked entities that are read for one answer."""


async def find_linked(
    resources: Resources,
    tenant: str,
    states: Sequence[State],
    view: View,
    *,
    attrs: frozenset[str] | None,
    visible: Visible,
) -> dict[str, State]:
    """What a join may show, by id: the entities themselves, and all within `joinLevel` links of them."""
    found = {state.id: state for state in states}
    join = view.join
    if join is None:
        return found
    schema = await resources.tenants.schema_of(tenant)
    parts = [top_part(state, view, attrs) for state in states]

    async def work(connection: Connection) -> dict[str, State]:
        frontier = parts
        seen: set[tuple[str, int, int]] = set()
        for _ in range(join.level):
            links = _unseen((link for part in frontier for link in links_of(part)), seen)
            missing = {link.target for link in links} - found.keys() - join.known
            if len(found) + len(missing) > MAX_LINKED + len(states):
                raise TooComplexQuery(
                    f"The entities link to more than {MAX_LINKED} others; lower 'joinLevel' or 'limit', or pick fewer"
                )
            if missing:
                linked = await get_states(connection, schema, list(missing))
                found.update((state.id, state) for state in living_states([*linked.values()], resources))
            frontier = _reached(links, found, view)
            if not frontier:
                break
        return found

    try:
        return await resources.read(schema, visible, work)
    except TimedOut as error:
        raise TooComplexQuery("The links take too long to follow; lower 'joinLevel' or 'limit'") from error


def _unseen(links: Iterable[Link], seen: set[tuple[str, int, int]]) -> list[Link]:
    """Each link once for each projection of its target: what was reached on a shorter way leads at least as far."""
    unseen: list[Link] = []
    for link in links:
        key = (link.target, id(link.pick), id(link.omit))
        if key not in seen:
            seen.add(key)
            unseen.append(link)
    return unseen


def _reached(links: Iterable[Link], found: dict[str, State], view: View) -> list[Part]:
    return [linked_part(found[link.target], view, link) for link in links if link.target in found]
