# SPDX-License-Identifier: EUPL-1.2
"""Attributes of every kind, and what is read of one."""

from broker.ngsi.contexts import CORE
from broker.ngsi.parsing import parse_entity

BASE = {"id": "urn:ngsi-ld:Room:1", "type": "Room"}
POINT = {"type": "Point", "coordinates": [7.1, 50.7]}
TIME = "2026-11-25T01:50:31Z"


def parsed(value, name="alpha"):
    (instances,) = parse_entity({**BASE, name: value}, CORE).attributes.values()
    return instances


PROPERTY = {"type": "Property", "value": 1}
RELATIONSHIP = {"type": "Relationship", "object": "urn:a:2"}
LANGUAGE = {"type": "LanguageProperty", "languageMap": {"de": "x"}}
VOCAB = {"type": "VocabProperty", "vocab": "x"}
JSON = {"type": "JsonProperty", "json": {"a": 1}}
LIST = {"type": "ListProperty", "valueList": [1]}
LINKS = {"type": "ListRelationship", "objectList": ["urn:a:2"]}
PLACE = {"type": "GeoProperty", "value": POINT}
