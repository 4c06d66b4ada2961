# SPDX-License-Identifier: EUPL-1.2
"""Entities in the aggregated temporal representation (ETSI GS CIM 009, 4.5.19.0)."""

from collections.abc import Mapping, Sequence
from typing import Any

from broker.ngsi.aggregation import Period, Summary, value_of
from broker.ngsi.contexts import Context
from broker.ngsi.instants import short_instant


def render_aggregated(
    entity_id: str,
    types: Sequence[str],
    attributes: Mapping[str, Sequence[Summary]],
    methods: Sequence[str],
    context: Context,
) -> dict[str, Any]:
    """An entity whose attributes tell, for each method, values with the beginnings and ends of their periods."""
    names = [context.compact(name) for name in types]
    document: dict[str, Any] = {"id": entity_id, "type": names[0] if len(names) == 1 else names}
    for name, summaries in attributes.items():
        shown = [_render(summary, methods) for summary in summaries]
        document[context.compact(name)] = shown[0] if len(shown) == 1 else shown
    return document


def _render(summary: Summary, methods: Sequence[str]) -> dict[str, Any]:
    """One instance of an attribute. A method that says nothing of a period leaves it out."""
    shown: dict[str, Any] = {"type": "Relationship" if summary.is_relationship else "Property"}
    if summary.dataset is not None:
        shown["datasetId"] = summary.dataset
    edges = _edges(summary.periods)
    for method in methods:
        values = [value_of(method, period.told) for period in summary.periods]
        shown[method] = [[value, *edge] for value, edge in zip(values, edges, strict=True) if value is not None]
    return shown


def _edges(periods: Sequence[Period]) -> list[tuple[str, str]]:
    """Where periods begin and end; most begin where the one before ends, which need not be written twice."""
    edges: list[tuple[str, str]] = []
    last, text = None, ""
    for start, end, _ in periods:
        begin = text if start == last else short_instant(start)
        last, text = end, short_instant(end)
        edges.append((begin, text))
    return edges
