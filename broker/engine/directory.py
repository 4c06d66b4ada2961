# SPDX-License-Identifier: EUPL-1.2
"""How people find entities: by words, and in lists of a type; each call has a bounded cost, whatever there is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from allmende.database.failures import Refused, TimedOut
from allmende.database.pool import Connection
from allmende.errors import BadRequestData, OperationNotSupported
from auth.policy import Visible
from broker.engine.resources import Resources
from broker.ngsi.datatypes import is_uri
from broker.ngsi.entities import State
from broker.ngsi.listings import AttributeUse, ListQuery, attribute_uses, in_order
from broker.ngsi.words import fold, has_enough, to_query
from broker.store.directory import (
    Candidate,
    Found,
    find_keys,
    find_of_type,
    get_found,
    get_states,
    search_id,
    search_labels,
)

MOST_FOUND: Final = 50
MOST_SORTED: Final = 3_000
"""Entities that are looked at to sort or narrow a list: at most 25 ms, of which the database takes half."""

SAMPLE: Final = 200
_TOO_SHORT: Final = "A search needs a word of at least two letters or digits"


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of a list, and how many entities the list has; None of one in the order of ids, which nobody counts."""

    states: list[State]
    count: int | None
    more: bool


async def search_entities(
    resources: Resources,
    tenant: str,
    text: str,
    *,
    types: Sequence[str] = (),
    limit: int = 20,
    visible: Visible,
) -> list[Found]:
    """Entities that have all words of a text in their label, the last one as the beginning of a word; best first.

    The entity whose id the text is comes before all. BadRequestData where the text has no word of two letters.
    """
    asked = text.strip()
    if not has_enough(asked):
        raise BadRequestData(_TOO_SHORT)
    schema = await resources.tenants.schema_of(tenant)

    async def work(connection: Connection) -> list[Found]:
        exact = await search_id(connection, schema, asked, types, visible) if is_uri(asked) else None
        candidates = await search_labels(connection, schema, to_query(asked, types), visible)
        seqs = dict.fromkeys([*([] if exact is None else [exact]), *_ranked(asked, candidates)])
        return await get_found(connection, schema, list(seqs)[: min(limit, MOST_FOUND)], visible)

    return await resources.read(schema, visible, work)


async def list_of_type(resources: Resources, tenant: str, query: ListQuery, *, visible: Visible) -> Listing:
    """A page of the entities of a type.

    A list that is sorted or narrowed is made of at most `MOST_SORTED` candidates: OperationNotSupported where there are
    more. One in the order of ids may be of any length.
    """
    require_words(query.words)
    if query.offset > MOST_SORTED:
        raise OperationNotSupported(f"A list goes on at most {MOST_SORTED} entities far; narrow it by words")
    schema = await resources.tenants.schema_of(tenant)

    async def work(connection: Connection) -> Listing:
        if not query.is_plain:
            return await _sort(connection, schema, query, visible)
        states, more = await find_of_type(connection, schema, query, visible)
        return Listing(states, None, more)

    try:
        return await resources.read(schema, visible, work)
    except TimedOut as error:
        raise OperationNotSupported("The list takes too long; narrow it by words") from error
    except Refused as error:
        raise BadRequestData("The list cannot be made; check the values of its filters") from error


async def _sort(connection: Connection, schema: str, query: ListQuery, visible: Visible) -> Listing:
    keys = await find_keys(connection, schema, query, visible, most=MOST_SORTED)
    if keys is None:
        words = f"More than {MOST_SORTED} entities are too many to sort or filter; narrow the list by words"
        raise OperationNotSupported(words)
    seqs = in_order(keys, descending=query.sort.descending)
    end = query.offset + query.limit
    page = seqs[query.offset : end]
    states = await get_states(connection, schema, page)
    return Listing([states[seq] for seq in page if seq in states], len(seqs), end < len(seqs))


def require_words(words: str) -> None:
    """Refuse words that narrow a list by next to nothing; none at all are fine."""
    if words.strip() and not has_enough(words):
        raise BadRequestData(_TOO_SHORT)


async def attributes_of_type(
    resources: Resources, tenant: str, type_iri: str, *, visible: Visible
) -> list[AttributeUse]:
    """Which attributes a type's entities have, as its first 200 show; the most frequent first."""
    schema = await resources.tenants.schema_of(tenant)

    async def work(connection: Connection) -> list[State]:
        sample = await find_of_type(connection, schema, ListQuery(type=type_iri, limit=SAMPLE), visible)
        return sample[0]

    uses = attribute_uses(await resources.read(schema, visible, work))
    return [use for use in uses if visible.sees_attribute(use.iri)]


def _ranked(asked: str, candidates: Sequence[Candidate]) -> list[int]:
    """The same label first, then those that begin so, then the others; each by label and id."""
    wanted = fold(asked)

    def rank(candidate: Candidate) -> tuple[int, str, str]:
        labels = [fold(text) for text in candidate.texts.values()]
        place = 0 if wanted in labels else 1 if any(label.startswith(wanted) for label in labels) else 2
        return place, labels[0] if labels else candidate.id, candidate.id

    return [candidate.seq for candidate in sorted(candidates, key=rank)]
