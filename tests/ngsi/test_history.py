# SPDX-License-Identifier: EUPL-1.2
"""History and current state are one: whatever was written, what history was told last is what is current."""

from collections.abc import Callable
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from allmende.errors import RequestError
from broker.ngsi.contexts import CORE
from broker.ngsi.entities import NULL, State
from broker.ngsi.history import HistoryRow, changes, to_instance
from broker.ngsi.merging import Merge, merge_entity
from broker.ngsi.parsing import parse_entity, parse_fragment, parse_instance, parse_merge
from broker.ngsi.patching import (
    append_attributes,
    delete_attribute,
    partial_update,
    replace,
    update_attributes,
    upsert_update,
)
from tests.ngsi.strategies import attributes, entities

Write = Callable[[State, str], State]

THEN = "2026-11-25T02:00:00.000000Z"
LATER = "2100-01-01T00:00:00Z"
NAMES = ["alpha", "beta", "location"]
TIMES = frozenset({"createdAt", "modifiedAt", "expiresAt", "observedAt"})
BASE = {"id": "urn:a:1", "type": "T"}


def whole(write: Callable[..., State]) -> Callable[[dict[str, object]], Write]:
    return lambda told: lambda state, now: write(state, parse_entity({**BASE, **told}, CORE), now)


def part(write: Callable[..., State]) -> Callable[[dict[str, object]], Write]:
    return lambda told: lambda state, now: write(state, parse_fragment(told, CORE, nulls=True), now)


def merging(told: dict[str, object]) -> Write:
    return lambda state, now: merge_entity(state, Merge(parse_merge(told, CORE), CORE), now)


def partly(name: str, told: dict[str, object]) -> Write:
    return lambda state, now: partial_update(
        state, CORE.expand(name), parse_instance(name, told, CORE, nulls=True), now
    )


def deleting(name: str, *, delete_all: bool) -> Write:
    return lambda state, now: delete_attribute(state, CORE.expand(name), None, delete_all, now)


names = st.sampled_from(NAMES)
nulls = st.dictionaries(names, st.just(NULL), min_size=1)
parts = st.sampled_from([{"value": 7}, {"value": NULL}, {"unitCode": "CEL"}, {"expiresAt": LATER}, {"expiresAt": NULL}])
writes = st.one_of(
    attributes().map(whole(replace)),
    attributes().map(whole(upsert_update)),
    attributes().map(part(lambda state, told, now: append_attributes(state, told, now, overwrite=True).state)),
    attributes().map(part(lambda state, told, now: append_attributes(state, told, now, overwrite=False).state)),
    (attributes() | nulls).map(part(lambda state, told, now: update_attributes(state, told, now).state)),
    (attributes() | nulls | st.dictionaries(names, parts, min_size=1)).map(merging),
    st.builds(partly, names, parts),
    st.builds(deleting, names, delete_all=st.booleans()),
)


def without_times(instance: dict[str, object]) -> dict[str, object]:
    return {name: member for name, member in instance.items() if name not in TIMES}


def told_by(row: HistoryRow) -> dict[str, object]:
    time, number = datetime(2026, 1, 1, tzinfo=UTC), None if row.number is None else float(row.number)
    return to_instance(number, row.value, dataset=row.dataset, observed_at=None, modified_at=time, deleted=row.deleted)


@settings(max_examples=60)
@given(entities(), st.lists(writes, max_size=6))
def test_what_history_was_told_last_is_what_is_current(body: dict[str, object], asked: list[Write]) -> None:
    state = replace(None, parse_entity({**body, **BASE}, CORE), THEN)
    rows = changes({}, state.attributes, THEN)
    for second, write in enumerate(asked, start=1):
        now = f"2026-11-25T02:00:0{second}.000000Z"
        try:
            written = write(state, now)
        except RequestError:
            continue
        rows += changes(state.attributes, written.attributes, now)
        state = written

    newest = {(row.attribute, row.dataset): row for row in rows}
    current = {(name, one.get("datasetId")): one for name, each in state.attributes.items() for one in each}
    assert {key for key, row in newest.items() if not row.deleted} == current.keys()
    for key, instance in current.items():
        assert without_times(told_by(newest[key])) == without_times(instance)
