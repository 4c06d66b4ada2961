# SPDX-License-Identifier: EUPL-1.2
"""The parameters of operations, each described once by its name; an operation tells those that mean something else there."""

from typing import Final

from broker.ngsi.aggregation import METHODS
from broker.ngsi.contextaddresses import KINDS
from broker.ngsi.geometry import GEOMETRIES
from broker.ngsi.projections import MAX_JOIN_LEVEL
from broker.ngsi.queries import DEFAULT_LIMIT, MAX_LIMIT, MAX_OFFSET
from broker.web.openapi.examples import CONTEXT
from broker.web.openapi.parts import Parameter, Schema

_LIST: Final[Schema] = {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1}
FLAG: Final[Schema] = {"type": "boolean", "default": False}
_URI: Final[Schema] = {"type": "string", "format": "uri", "maxLength": 1024}
_TIME: Final[Schema] = {"type": "string", "format": "date-time"}
_ROOM: Final = "urn:ngsi-ld:Room:1"

IN_PATHS: Final[dict[str, Parameter]] = {
    "entityId": Parameter(means="The id of the entity, percent-encoded", example=_ROOM, schema=_URI),
    "attrId": Parameter(
        means="The attribute: its name in the @context of the request, or its IRI", example="temperature"
    ),
    "instanceId": Parameter(
        means="The id of an instance of history, which reading the history tells",
        example="urn:ngsi-ld:Instance:865c5cc7f491e228afe0:1780272000000000",
        schema=_URI,
    ),
    "contextId": Parameter(means="The local id of the @context or its URL, percent-encoded", example=CONTEXT),
    "type": Parameter(means="The entity type: its name in the @context of the request, or its IRI", example="Room"),
    "entityMapId": Parameter(
        means="The id of the entity map",
        example="urn:ngsi-ld:EntityMap:0b9c6f4e-1d5e-4f8a-9a55-2b7f1a6c0d3e",
        schema=_URI,
    ),
    "snapshotId": Parameter(means="The id of the snapshot", example="urn:ngsi-ld:Snapshot:1", schema=_URI),
}
"""By their names in paths."""

_SELECTING: Final[dict[str, Parameter]] = {
    "id": Parameter(means="Entities with one of these ids, separated by commas", example=_ROOM, schema=_LIST),
    "idPattern": Parameter(
        means="Entities whose id matches this pattern: what PostgreSQL and RE2 read alike. Beside `id` it means nothing",
        example=".*:Room:[0-9]+$",
    ),
    "type": Parameter(
        means="Entities of these types: `,` or `|` is or, `;` is and, with parentheses; `*` is any", example="Room,Hall"
    ),
    "attrs": Parameter(
        means="Entities that have one of these attributes, and only these of them",
        example="temperature,name",
        schema=_LIST,
    ),
    "q": Parameter(
        means="What entities hold, in the query language of ETSI GS CIM 009, 4.9",
        example='temperature>20;name[en]=="Hall"',
    ),
    "expandValues": Parameter(
        means="Attributes whose values in `q` are words of the @context and become IRIs",
        example="category",
        schema=_LIST,
    ),
    "jsonKeys": Parameter(
        means="Attributes whose values are not to be expanded; none is", example="category", schema=_LIST
    ),
    "scopeQ": Parameter(means="Scopes: `/A/B`, `/A/+` one level below, `/A/#` all below", example="/Town/#"),
    "csf": Parameter(
        means="Which sources are asked, in the language of `q`; it is checked, and there are no other sources",
        example="endpoint",
    ),
    "local": Parameter(
        means="Ask this broker only, which it does in any case; a query needs nothing else then",
        example="true",
        schema=FLAG,
    ),
}
_PLACES: Final[dict[str, Parameter]] = {
    "georel": Parameter(
        means="How a place of the entity lies to the geometry: within, contains, intersects, equals, disjoint, overlaps,"
        " `near;maxDistance==…` or `near;minDistance==…` in metres",
        example="near;maxDistance==2000",
    ),
    "geometry": Parameter(
        means="The kind of the geometry that is compared with",
        example="Point",
        schema={"type": "string", "enum": list(GEOMETRIES)},
    ),
    "coordinates": Parameter(means="Its coordinates as in GeoJSON, longitude first", example="[7.1,50.7]"),
    "geoproperty": Parameter(means="The GeoProperty that is compared, by default `location`", example="location"),
}
_PAGES: Final[dict[str, Parameter]] = {
    "limit": Parameter(
        means="At most so many; 0 with `count=true`",
        example="20",
        schema={"type": "integer", "minimum": 0, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
    ),
    "offset": Parameter(
        means="So many are left out before",
        example="0",
        schema={"type": "integer", "minimum": 0, "maximum": MAX_OFFSET, "default": 0},
    ),
    "count": Parameter(means="Count all that match: `NGSILD-Results-Count` says how many", example="true", schema=FLAG),
    "details": Parameter(means="Tell what each has, not only its name", example="true", schema=FLAG),
}
_VIEWS: Final[dict[str, Parameter]] = {
    "pick": Parameter(
        means="Only these members; `{…}` picks from linked entities. Not beside `attrs`", example="id,type,temperature"
    ),
    "omit": Parameter(means="All members but these. Not beside `attrs`", example="name"),
    "lang": Parameter(means="Each LanguageProperty as a Property in one language", example="de,en;q=0.5"),
    "datasetId": Parameter(
        means="Only the instances of these datasets; `@none` is the one without", example="@none", schema=_LIST
    ),
    "join": Parameter(
        means="Linked entities inside of their relationships, or behind the others in one list",
        example="inline",
        schema={"type": "string", "enum": ["inline", "flat", "@none"], "default": "@none"},
    ),
    "joinLevel": Parameter(
        means="How many links are followed",
        example="1",
        schema={"type": "integer", "minimum": 1, "maximum": MAX_JOIN_LEVEL, "default": 1},
    ),
    "containedBy": Parameter(
        means="Ids of entities that are known already, and are not linked again",
        example="urn:ngsi-ld:Building:7",
        schema=_LIST,
    ),
    "geometryProperty": Parameter(
        means="GeoJSON only: the GeoProperty that is the geometry, by default `location`", example="location"
    ),
}
_ORDERING: Final[dict[str, Parameter]] = {
    "orderBy": Parameter(
        means="Members in whose order entities come, each with `;asc`, `;desc`, `;dist-asc` or `;dist-desc`",
        example="temperature;desc",
    ),
    "orderFrom": Parameter(means="Coordinates from which distances of an order are measured", example="[7.1,50.7]"),
    "orderGeometry": Parameter(
        means="The kind of geometry of `orderFrom`",
        example="Point",
        schema={"type": "string", "enum": list(GEOMETRIES)},
    ),
    "collation": Parameter(means="The language in whose order texts come", example="de"),
}
_CHANGING: Final[dict[str, Parameter]] = {
    "drop": Parameter(means="Only these attributes go", example="temperature", schema=_LIST),
    "keep": Parameter(means="All attributes but these go", example="name", schema=_LIST),
    "deleteAll": Parameter(means="All instances of the attribute go", example="true", schema=FLAG),
    "observedAt": Parameter(
        means="The time of attributes that have one and are told without", example="2026-06-01T12:00:00Z", schema=_TIME
    ),
}
_HISTORY: Final[dict[str, Parameter]] = {
    "timerel": Parameter(
        means="Instances before a time, after it, or between two; `timeAt` goes with it",
        example="after",
        schema={"type": "string", "enum": ["before", "after", "between"]},
    ),
    "timeAt": Parameter(means="The time of `timerel`", example="2026-05-01T00:00:00Z", schema=_TIME),
    "endTimeAt": Parameter(means="The end of `between`", example="2026-07-01T00:00:00Z", schema=_TIME),
    "timeproperty": Parameter(
        means="Which time of an instance counts",
        example="observedAt",
        schema={
            "type": "string",
            "enum": ["observedAt", "createdAt", "modifiedAt", "deletedAt"],
            "default": "observedAt",
        },
    ),
    "aggrMethods": Parameter(
        means="What values come to in each period: with `format=aggregatedValues`, or where no form is named",
        example="avg,max",
        schema={"type": "array", "items": {"type": "string", "enum": list(METHODS)}, "minItems": 1},
    ),
    "aggrPeriodDuration": Parameter(
        means="How long a period is; without it one is as long as all of it",
        example="PT1H",
        schema={"type": "string", "format": "duration"},
    ),
    "lastN": Parameter(
        means="The newest instances of each attribute, at most so many",
        example="10",
        schema={"type": "integer", "minimum": 1},
    ),
}
_CONTEXTS: Final[dict[str, Parameter]] = {
    "kind": Parameter(
        means="Only those that were added, that were fetched, or that this platform made an address for",
        example="Hosted",
        schema={"type": "string", "enum": list(KINDS)},
    ),
    "reload": Parameter(
        means="Fetch a Cached one anew instead; on any error the one that is known stays", example="true", schema=FLAG
    ),
}
_MAPPING: Final[dict[str, Parameter]] = {
    "entityMap": Parameter(
        means="Make an entity map, which keeps the pages of the query together; `NGSILD-EntityMap` says where it is",
        example="true",
        schema=FLAG,
    ),
    "entityMapLifetime": Parameter(
        means="For how long the map is kept; a day at most",
        example="PT1H",
        schema={"type": "string", "format": "duration"},
    ),
}
PARAMETERS: Final[dict[str, Parameter]] = {
    **_SELECTING,
    **_PLACES,
    **_PAGES,
    **_VIEWS,
    **_ORDERING,
    **_CHANGING,
    **_HISTORY,
    **_CONTEXTS,
    **_MAPPING,
}
"""By their names in queries; `options` and `format` are described by what an operation says of them."""

OF_TYPE: Final = Parameter(means="The entity has one of these types, else it is not found", example="Room")
"""`type` where the path names the entity."""

SHOWN_ATTRS: Final = Parameter(means="Only these attributes", example="temperature,name", schema=_LIST)
"""`attrs` where the path names the entity."""

ONE_DATASET: Final = Parameter(means="The instance of this dataset; `@none` is the one without", example="@none")
"""`datasetId` where an instance is changed."""

TOLD_LANGUAGE: Final = Parameter(means="The language of texts that are told without one", example="de")
"""`lang` where something is written."""

BY_ID: Final = {"type": OF_TYPE, "attrs": SHOWN_ATTRS}
"""What parameters mean where the path names the entity."""
