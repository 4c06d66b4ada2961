# SPDX-License-Identifier: EUPL-1.2
"""A house that holds a bit of everything, and what is true of it (ETSI GS CIM 009, 4.9, 4.19)."""

from broker.ngsi.contexts import CORE
from broker.ngsi.entities import State
from broker.ngsi.parsing import parse_entity

CREATED, MODIFIED = "2026-01-01T00:00:00.000000Z", "2026-02-01T00:00:00.500000Z"
HOUSE = {
    "id": "urn:ngsi-ld:House:1",
    "type": ["House", "Building"],
    "number": 20,
    "half": 20.5,
    "large": 2**60 + 1,
    "text": "red",
    "umlaut": "ä",
    "figure": "20",
    "truth": True,
    "colors": {"type": "Property", "value": ["blue", "red", 7]},
    "nested": {"type": "Property", "value": [["red"]]},
    "empty": {"type": "Property", "value": []},
    "address": {"type": "Property", "value": {"city": "Berlin", "zip": None, "place": {"lat": 1}}},
    "day": "2026-11-25",
    "hour": "12:00:00Z",
    "opened": "2026-11-25T12:00:00Z",
    "typed": {"type": "Property", "value": {"@type": "DateTime", "@value": "2026-11-25T12:00:00.000Z"}},
    "measured": {
        "type": "Property",
        "value": 1,
        "unitCode": "CEL",
        "observedAt": "2026-11-25T12:00:00.5Z",
        "accuracy": {"type": "Property", "value": 0.1, "raw": {"type": "Property", "value": {"a": {"b": 40}}}},
    },
    "several": [
        {"type": "Property", "value": 1},
        {"type": "Property", "value": 2, "datasetId": "urn:d:2"},
    ],
    "parked": {"type": "Relationship", "object": "urn:ngsi-ld:Street:1"},
    "owners": {"type": "ListRelationship", "objectList": ["urn:a:1", "urn:a:2"]},
    "list": {"type": "ListProperty", "valueList": [1, "x"]},
    "kind": {"type": "VocabProperty", "vocab": "commercial"},
    "tickets": {"type": "JsonProperty", "json": {"value": "Overstay", "id": 5}},
    "color": {"type": "LanguageProperty", "languageMap": {"fr": "rouge", "en": "red", "de": ["rot", "feuerrot"]}},
    "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [7, 51]}},
}
ENTITY = parse_entity(HOUSE, CORE)
STATE = State(
    ENTITY.id, ENTITY.types, ENTITY.attributes, ["/Madrid/Gardens/ParqueNorte", "CompanyA"], CREATED, MODIFIED
)
STREET = parse_entity(
    {"id": "urn:ngsi-ld:Street:1", "type": "Street", "name": "Ring", "parked": {"object": HOUSE["id"]}}, CORE
)
BY_ID = {STATE.id: STATE, STREET.id: State(STREET.id, STREET.types, STREET.attributes, [], CREATED, MODIFIED)}
KIND = "https://uri.etsi.org/ngsi-ld/default-context/commercial"

EQUAL = [
    *[
        "number==20",
        "number==20.0",
        "number==2e1",
        "half==20.5",
        "number==1,20",
        "number==10..20",
        "half==20..21",
        "number==20..30",
    ],
    *['umlaut=="ä"', r'umlaut=="\u00e4"', 'umlaut=="a","ä"'],
    *['text=="red"', "text==red", 'text=="blue","red"', 'text=="a".."z"', "truth==true"],
    *['colors=="red"', "colors==7", 'colors=="x",7', "colors==6..8", 'list=="x"', "list==1"],
    *[
        "parked==urn:ngsi-ld:Street:1",
        'parked=="urn:ngsi-ld:Street:1"',
        "owners==urn:a:2",
        "owners==urn:a:9,urn:a:1",
    ],
    *[f"kind=={KIND}", 'address[city]=="Berlin"', "address[place.lat]==1", 'tickets[value]=="Overstay"'],
    *['color[en]=="red"', 'color[de]=="feuerrot"', 'color[*]=="rouge"', 'color=="rouge"'],
    *["measured.accuracy==0.1", "measured.accuracy.raw[a.b]==40", "measured.unitCode==CEL"],
    *["several==1", "several==2", "several.datasetId==urn:d:2"],
    *["opened==2026-11-25T12:00:00.000Z", "typed==2026-11-25T12:00:00Z", "day==2026-11-25", "hour==12:00:00.0Z"],
    "measured.observedAt==2026-11-25T12:00:00.500Z",
    "modifiedAt==2026-02-01T00:00:00.5Z",
    "number.modifiedAt==2026-02-01T00:00:00.5Z",
]
OTHER = [
    *["number==21", 'number=="20"', "figure==20", 'truth=="true"', "truth==1", "number==true", "number==21..30"],
    *[
        'text=="Red"',
        'umlaut=="a\u0308"',
        'umlaut=="Ä"',
        'text=="rouge","blau"',
        'colors=="blu"',
        'nested=="red"',
        "empty==1",
        'nested=="a".."z"',
        "location==7",
    ],
    *["parked==urn:ngsi-ld:Street:2", "owners==urn:a:3", "kind==commercial", 'parked=="a".."z"'],
    *['color[en]=="rouge"', 'color[*]=="blau"', "address[city]==Paris", "address[zip]==0", 'address=="Berlin"'],
    *[
        "opened==2026-11-25",
        "day==2026-11-25T00:00:00Z",
        'opened=="2026-11-25T12:00:00.000Z"',
        "number==2026-11-25",
    ],
    *['typed=="2026-11-25T12:00:00.000Z"', "measured.unitCode==FAH", "text==2026-11-25T12:00:00Z"],
]
ORDERS = [
    *[
        ("number>19", True),
        ("number>20", False),
        ("number>=20", True),
        ("number<20.5", True),
        ("number<=19.9", False),
    ],
    *[('text>"re"', True), ('text>"red"', False), ('text>="red"', True), ('text<"s"', True), ('text<"Z"', False)],
    *[('umlaut>"z"', True), ('umlaut<"\ufb01"', True), ('umlaut<"\U0001f600"', True), ('umlaut>"a\u0308"', True)],
    *[("figure>1", False), ('number>"1"', False), ("truth>0", False), ("colors>6", True), ('nested<"z"', False)],
    *[('parked>"urn:a"', False), ('owners<"z"', False), ("several>1", True), ("several>2", False)],
    *[('color[de]>"rou"', False), ('color>"rou"', True), ('kind>"a"', True)],
    *[("opened>2026-11-25T11:59:59.999Z", True), ("opened>2026-11-25T12:00:00.0Z", False)],
    *[("opened<2026-11-25T12:00:00.001Z", True), ("opened>2026-11-24", False), ("day>2026-11-24", True)],
    *[("typed>=2026-11-25T12:00:00Z", True), ("hour<12:00:00.1Z", True), ("text>2026-11-25", False)],
    *[
        ("measured.observedAt>2026-11-25T12:00:00.49Z", True),
        ("measured.observedAt>=2026-11-25T12:00:00.51Z", False),
    ],
    *[("measured.observedAt<2026-11-25T12:00:00.55Z", True), ("measured.observedAt>2026-11-25T12:00:00.55Z", False)],
    *[("large<1.152921504606847e18", True), ("large==1152921504606846976", False), ("large>1152921504606846976", True)],
    *[("createdAt<2026-01-01T00:00:00.000001Z", True), ("measured.createdAt>2025-12-31T23:59:59Z", True)],
    ("measured.accuracy.createdAt>2025-12-31T23:59:59Z", False),
]
PATTERNS = [
    *[
        ('text~="^r"', True),
        ('text~="e"', True),
        ('text~="^e"', False),
        ('text!~="^e"', True),
        ('text!~="r"', False),
    ],
    *[('number~="2"', False), ('number!~="x"', False), ('truth~="t"', False), ('parked~="urn"', False)],
    *[('parked!~="x"', False), ('colors~="^re"', True), ('colors!~="x"', False), ('list~="x"', True)],
    *[
        ('color[en]~="^re"', True),
        ('color[*]~="^ro"', True),
        ('color[de]!~="^x"', True),
        ('color[de]!~="^r"', False),
    ],
    *[('empty!~="x"', False), ('address[city]~="^B"', True), ('measured.unitCode~="^C"', True)],
    ('measured.observedAt~="^2026-11"', True),
]
LINKS = [
    *[('parked{name}=="Ring"', True), ('parked{name}=="x"', False), ('parked{Street:name}=="Ring"', True)],
    *[('parked{House:name}=="Ring"', False), ("parked{parked{number}}==20", True), ("owners{name}", False)],
    *[("!parked{name}", False), ("!parked{x}", True), ("number{name}", False)],
]
SCOPES = [
    *[("/Madrid/Gardens/ParqueNorte", True), ("/Madrid", False), ("/Madrid/Gardens", False), ("/madrid/#", False)],
    *[("/Madrid/+/ParqueNorte", True), ("/Madrid/+", False), ("/+/+/+", True), ("+", True), ("/+/Gardens", False)],
    *[("/Madrid/#", True), ("/Madrid/Gardens/ParqueNorte/#", True), ("/Gardens/#", False), ("/#", True)],
    *[("/CompanyA", True), ("CompanyA", True), ("/CompanyA;/Madrid/#", True), ("/CompanyA;/Madrid", False)],
    *[
        ("/X,/CompanyA", True),
        ("/X|/CompanyA", True),
        ("(/X;/CompanyA)|/Madrid/+/+", True),
        ("(/X,/CompanyA);/Y", False),
    ],
]
