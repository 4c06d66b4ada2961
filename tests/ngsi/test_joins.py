# SPDX-License-Identifier: EUPL-1.2
"""Linked entities in any graph: each way ends, nothing is shown inside of itself."""

from hypothesis import given
from hypothesis import strategies as st

from broker.ngsi.contexts import CORE
from broker.ngsi.joins import Presenter
from broker.ngsi.parsing import parse_entity
from broker.ngsi.patching import replace
from broker.ngsi.representation import Representation
from broker.ngsi.views import Join, View

NOW = "2026-11-25T02:00:00.000000Z"
GRAPHS = st.dictionaries(st.integers(0, 5), st.sets(st.integers(0, 7), max_size=3), min_size=1)


def states_of(graph):
    states = {}
    for number, targets in graph.items():
        links = {f"to{target}": {"object": f"urn:a:{target}"} for target in targets}
        entity = parse_entity({"id": f"urn:a:{number}", "type": "T", **links}, CORE)
        states[entity.id] = replace(None, entity, NOW)
    return states


def presented(graph, first, form, **join):
    states = states_of(graph)
    presenter = Presenter(CORE, Representation(form), View(join=Join(**join)), states)
    return presenter.present([states[f"urn:a:{first}"]])


def reached(graph, first, level):
    """The numbers within so many links, by the plainest way."""
    found = {first}
    for _ in range(level):
        found |= {target for number in found for target in graph.get(number, ()) if target in graph}
    return {f"urn:a:{number}" for number in found}


def check_inside(document, level, ancestors):
    assert document["id"] not in ancestors
    for name, member in document.items():
        if name.startswith("to") and isinstance(member, dict):
            assert level > 0
            check_inside(member, level - 1, ancestors | {document["id"]})


@given(GRAPHS, st.data(), st.integers(1, 10))
def test_a_flat_list_holds_all_that_is_reached_once(graph, data, level):
    first = data.draw(st.sampled_from(sorted(graph)))

    ids = [document["id"] for document in presented(graph, first, "normalized", kind="flat", level=level)]

    assert ids[0] == f"urn:a:{first}"
    assert len(ids) == len(set(ids))
    assert set(ids) == reached(graph, first, level)


@given(GRAPHS, st.data(), st.integers(1, 10))
def test_nothing_stands_inside_of_itself_or_deeper_than_asked_for(graph, data, level):
    first = data.draw(st.sampled_from(sorted(graph)))

    (document,) = presented(graph, first, "simplified", kind="inline", level=level)

    check_inside(document, level, set())
