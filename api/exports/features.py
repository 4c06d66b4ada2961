# SPDX-License-Identifier: EUPL-1.2
"""Entities of a type as a GeoJSON FeatureCollection (RFC 7946). Pure."""

from collections.abc import Collection, Sequence
from typing import Any, Final

import orjson

from api.exports.members import is_name, member_names, plain_value
from api.labels import label_of
from broker.ngsi.contents import geometry_of, last_observed
from broker.ngsi.contexts import CORE
from broker.ngsi.entities import State

BEGIN: Final = b'{"type":"FeatureCollection","features":['
BETWEEN: Final = b",\n"
END: Final = b"]}\n"


def to_features(states: Sequence[State], chosen: Collection[str], language: str) -> bytes:
    """The features, separated by commas, with the chosen attributes, or where none are chosen with all."""
    return BETWEEN.join(orjson.dumps(to_feature(state, chosen, language)) for state in states)


def to_feature(state: State, chosen: Collection[str], language: str) -> dict[str, Any]:
    """One entity; without a place its geometry is null. Units stand beside the values as `<name>.unit`."""
    types = [CORE.compact(name) for name in state.types]
    properties: dict[str, Any] = {
        "type": types[0] if len(types) == 1 else types,
        "name": label_of(state, language),
        "observedAt": last_observed(state.attributes),
    }
    geometry = geometry_of(state.attributes)
    names = member_names(tuple(state.attributes))
    for iri, instances in state.attributes.items():
        instance = instances[0]
        is_told = is_name(iri) or (geometry is not None and instance.get("value") is geometry)
        if is_told or (chosen and iri not in chosen):
            continue
        properties[names[iri]] = plain_value(instance, language)
        if "unitCode" in instance:
            properties[f"{names[iri]}.unit"] = instance["unitCode"]
    return {"type": "Feature", "id": state.id, "geometry": geometry, "properties": properties}
