# SPDX-License-Identifier: EUPL-1.2
"""The order of queries agrees with a plain reading of the specification, whatever attributes hold."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auth.policy import Visible
from broker.engine.batches import delete_entities, upsert_entities
from broker.engine.entities import query_entities
from broker.ngsi.contexts import CORE
from broker.ngsi.orderings import parse_order
from broker.ngsi.parsing import parse_entity
from broker.ngsi.queries import Query

pytestmark = [pytest.mark.server, pytest.mark.storage]

KINDS = [int, str, dict, list, bool]
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=3)
VALUES = st.one_of(
    st.integers(-(2**53), 2**53),
    st.floats(-1e6, 1e6),
    TEXTS,
    st.booleans(),
    st.just({"a": 1}),
    st.just([1]),
    st.sampled_from(["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"]).map(
        lambda time: {"@type": "DateTime", "@value": time}
    ),
    st.none(),
)


def key_of(value: Any) -> tuple[Any, ...]:
    """Kind, number, text (4.23.2)."""
    if isinstance(value, dict) and "@value" in value:
        return 5, 0, value["@value"]
    kind = int if isinstance(value, float) else type(value)
    number = value if kind is int else 0
    return KINDS.index(kind), number, value if kind is str else str(value) if kind is bool else ""


def in_order(values: list[Any], *, descending: bool) -> list[int]:
    known = [position for position, value in enumerate(values) if value is not None]
    # Either way equals keep the order of their ids.
    known.sort(key=lambda position: key_of(values[position]), reverse=descending)
    return [*known, *(position for position, value in enumerate(values) if value is None)]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(VALUES, min_size=1, max_size=12), st.booleans())
async def test_any_values_are_in_the_order_of_the_specification(resources, values, descending):
    ids = [f"urn:a:{position:02}" for position in range(len(values))]
    entities = [
        parse_entity({"id": entity_id, "type": "T", **({} if value is None else {"alpha": {"value": value}})}, CORE)
        for entity_id, value in zip(ids, values, strict=True)
    ]
    await upsert_entities(resources, "default", entities, update=False)
    order = parse_order({"orderBy": f"alpha;{'desc' if descending else 'asc'}"}, CORE)

    page = await query_entities(resources, "default", Query(limit=100, order=order), visible=Visible.everything())
    await delete_entities(resources, "default", ids)

    assert [state.id for state in page.states] == [
        ids[position] for position in in_order(values, descending=descending)
    ]
