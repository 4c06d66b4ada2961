# SPDX-License-Identifier: EUPL-1.2
"""A13: two stores that differ only in what is hidden answer every request byte for byte the same."""

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.rights.city import REQUESTS, at, kiosk, lamp, room, vault

pytestmark = [pytest.mark.server, pytest.mark.storage]
HOUR = 60

numbers = st.integers(1, 3)
contents = st.sampled_from([0, 3, 4, "gold"])
seen = st.one_of(
    st.builds(lambda number, warmth: ("room", number, warmth), numbers, st.integers(15, 25)),
    st.builds(lambda number: ("lamp", number), numbers),
    st.builds(lambda number: ("kiosk", number), numbers),
    st.builds(lambda number: ("delete", number), numbers),
)
"""What happens in both stores."""
hidden = st.one_of(
    st.builds(lambda number, value: ("POST", "entities", vault(number, value)), numbers, contents),
    st.builds(lambda number: ("DELETE", f"entities/urn:ngsi-ld:Vault:{number}", None), numbers),
    st.builds(
        lambda kind, number, value: ("PATCH", f"entities/urn:ngsi-ld:{kind}:{number}", {"secret": value}),
        st.sampled_from(["Room", "Lamp", "Kiosk"]),
        numbers,
        contents,
    ),
    st.builds(
        lambda number, value: (
            "POST",
            f"temporal/entities/urn:ngsi-ld:Room:{number}/attrs",
            {"secret": [{"type": "Property", "value": value, "observedAt": at(-5)}]},
        ),
        numbers,
        contents,
    ),
    st.builds(lambda number: ("DELETE", f"entities/urn:ngsi-ld:Room:{number}/attrs/secret", None), numbers),
)
"""What happens in one of them."""
steps = st.lists(st.tuples(seen, st.lists(hidden, max_size=2), st.lists(hidden, max_size=2)), min_size=2, max_size=8)
shifts = st.floats(-0.002, 0.002)
"""Degrees within a cell of 1,000 m, around its middle."""


async def happen(store, step, hour, shift, minute):
    """What is seen happens at the same time in both stores; lamps are told by the cell and the hour only."""
    match step:
        case ("room", number, warmth):
            await store.write(hour * HOUR, "POST", "entityOperations/upsert", [room(number, warmth, hour * HOUR)])
        case ("lamp", number):
            await store.write(hour * HOUR + minute, "POST", "entityOperations/upsert", [lamp(number, shift, minute)])
        case ("kiosk", number):
            await store.write(hour * HOUR, "POST", "entityOperations/upsert", [kiosk(number)])
        case ("delete", number):
            await store.write(hour * HOUR, "DELETE", f"entities/urn:ngsi-ld:Room:{number}")


@given(steps, shifts, shifts, st.data())
@settings(max_examples=8, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate])
async def test_what_is_hidden_makes_no_difference(stores, steps, shift, other, data):
    for hour, (step, *secrets) in enumerate(steps, stores[0].hours + 1):
        for store, own, place, minute in zip(stores, secrets, (shift, other), (1, 31), strict=True):
            await happen(store, step, hour, place, minute)
            for method, path, body in own:
                await store.write(hour * HOUR + 40, method, path, body)
    for store in stores:
        store.hours += len(steps) + 1

    for request in REQUESTS:
        answers = [await store.ask(request) for store in stores]

        assert answers[0] == answers[1], (request, answers[0][2], answers[1][2])
