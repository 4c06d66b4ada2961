# SPDX-License-Identifier: EUPL-1.2
"""What the templates of an entity's page are given. Pure."""

from typing import Any, Final
from urllib.parse import quote

import orjson

from api.charts import numbers_of
from api.entities import Row, to_groups
from api.labels import label_with_language
from api.links import type_link
from api.places import to_coordinates, to_length, to_surroundings
from api.platform import Reader
from api.snippets import Target, to_snippets
from api.vocabulary import to_words
from auth.tenants import DEFAULT
from broker.ngsi.contexts import CORE
from broker.ngsi.entities import State
from broker.ngsi.representation import Representation, render

FIRST_ROWS: Final = 20
"""So many rows of a group are shown, the rest is folded up."""


def tell_entity(state: State, rows: list[Row], reader: Reader, *, base: str) -> dict[str, Any]:
    """All but the charts; `base` is the address of the platform as its reader knows it."""
    language = reader.language
    name, name_language = label_with_language(state, language)
    return {
        "id": state.id,
        "type": state.types[0],
        "name": name,
        "name_language": name_language,
        "types": [(to_words(name, language), type_link(name)) for name in state.types],
        "scopes": state.scopes,
        "groups": to_groups(rows, FIRST_ROWS),
        "snippets": to_snippets(_target(state.id, rows, base, reader.tenant)),
        "raw": orjson.dumps(to_document(state), option=orjson.OPT_INDENT_2).decode(),
        # The stream takes a list of ids, in which a comma separates.
        "events": "" if "," in state.id else f"/events?id={quote(state.id, safe=':')}",
        "coordinates": lambda spot: to_coordinates(spot, language),
        "length": lambda metres: to_length(metres, language),
        **_place(rows),
    }


def to_document(state: State) -> dict[str, Any]:
    """An entity as NGSI-LD, normalized, by the core @context."""
    return render(state, CORE, Representation("normalized"))


def _place(rows: list[Row]) -> dict[str, Any]:
    """The place that a map shows: where the entity is, else the first place that it tells of."""
    places = [row for row in rows if row.shown.place is not None]
    place = next((row for row in places if row.term == "location"), places[0] if places else None)
    around = to_surroundings(place.shown.place.spot) if place is not None and place.shown.place is not None else ""
    return {"place": place, "around": around}


def _target(entity_id: str, rows: list[Row], base: str, tenant: str) -> Target:
    """What snippets show: the first number, else the first attribute."""
    row = next(iter([*numbers_of(rows), *rows]), None)
    return Target(
        base=base,
        entity_id=entity_id,
        attribute=None if row is None else CORE.compact(row.iri),
        dataset=None if row is None else row.dataset,
        is_number=row is not None and row.number is not None,
        headers={} if tenant == DEFAULT else {"NGSILD-Tenant": tenant},
    )
