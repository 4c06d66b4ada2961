# SPDX-License-Identifier: EUPL-1.2
"""The parameters of routes beside NGSI-LD, each described once by its name."""

from typing import Final

from api.charts import RANGES
from broker.ngsi.series import DEFAULT_POINTS, MAX_POINTS
from broker.web.openapi.attributes import URI
from broker.web.openapi.parts import Parameter, Schema

LANG: Final = "lang"
_LIST: Final[Schema] = {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1}

PARAMETERS: Final[dict[str, Parameter]] = {
    LANG: Parameter(
        means="The language of words; without it the cookie of an earlier choice decides, then `Accept-Language`",
        example="de",
        schema={"type": "string", "enum": ["de", "en"]},
    ),
    "entity": Parameter(means="The id of the entity", example="urn:ngsi-ld:Room:1", schema=URI, required=True),
    "attribute": Parameter(
        means="The attribute: an IRI, a name of the core @context, or the last part of an IRI",
        example="temperature",
        required=True,
    ),
    "dataset": Parameter(
        means="The `datasetId` of the instance; without it the instance that has none",
        example="urn:ngsi-ld:Dataset:1",
        schema=URI,
    ),
    "from": Parameter(means="The begin: a date, or a time with its zone", example="2026-06-01"),
    "to": Parameter(means="The end, which is included: a date, or a time with its zone", example="2026-06-30"),
    "points": Parameter(
        means="At most so many points",
        example="100",
        schema={"type": "integer", "minimum": 1, "maximum": MAX_POINTS, "default": DEFAULT_POINTS},
    ),
    "box": Parameter(means="Only what lies in `west,south,east,north`, in degrees", example="6.8,50.5,7.4,51"),
    "type": Parameter(means="The entity type: an IRI or a name of the core @context", example="Room"),
    "id": Parameter(
        means="Only these entities, by their ids. Not beside `type`", example="urn:ngsi-ld:Room:1", schema=_LIST
    ),
    "connector": Parameter(means="Only those of this connector", example="town-parking"),
    "limit": Parameter(
        means="At most so many, the newest first",
        example="100",
        schema={"type": "integer", "minimum": 1, "maximum": 10_000, "default": 100},
    ),
    "offset": Parameter(
        means="So many before them are left out",
        example="0",
        schema={"type": "integer", "minimum": 0, "default": 0},
    ),
    "q": Parameter(means="Words of names, the last one may be the beginning of a word", example="hall"),
    "f": Parameter(
        means="A page for people or JSON for programs; without it `Accept` decides",
        example="json",
        schema={"type": "string", "enum": ["html", "json"]},
    ),
    "range": Parameter(
        means="How far back charts reach", example="week", schema={"type": "string", "enum": list(RANGES)}
    ),
    "chart": Parameter(means="The key of an attribute instance whose chart is open", example="k0"),
    "part": Parameter(
        means="Only this part of the page", example="values", schema={"type": "string", "enum": ["values", "charts"]}
    ),
    "sort": Parameter(
        means="`name`, `id`, `modifiedAt` or an attribute; with `-` before it the other way round", example="-name"
    ),
    "columns": Parameter(means="The attributes to show", example="temperature", schema=_LIST),
    "page": Parameter(
        means="The number of a page of a sorted list",
        example="1",
        schema={"type": "integer", "minimum": 1, "maximum": 60},
    ),
    "after": Parameter(means="The id after which a page of a list by id begins", example="urn:ngsi-ld:Room:1"),
    "dialect": Parameter(
        means="Of a CSV file: as a German Excel reads it",
        example="excel-de",
        schema={"type": "string", "enum": ["excel-de"]},
    ),
}
"""By their names in queries."""
