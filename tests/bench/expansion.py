# SPDX-License-Identifier: EUPL-1.2
"""Expansion by a user's @context, against PyLD."""

import time
from collections.abc import Callable, Iterator
from typing import Any

from pyld import jsonld

from broker.ngsi.contexts import CORE_CONTEXT_URL, compile_context
from broker.ngsi.parsing import parse_entity
from tests.bench.figures import RUNS, Figure
from tests.bench.samples import OBSERVED, air_quality
from tests.ngsi.oracle import core_document

URL = "https://example.org/air.jsonld"
TERMS = [name for name, _, _ in OBSERVED] + ["AirQualityObserved", "refDevice", "status", "address"]
DOCUMENT = {"@context": {name: f"https://example.org/air#{name}" for name in TERMS}}


def run() -> Iterator[Figure]:
    context = compile_context(URL, {URL: DOCUMENT}.__getitem__)
    entities = [air_quality(number) for number in range(200)]
    documents = {URL: DOCUMENT, CORE_CONTEXT_URL: core_document()}

    def load(url: str, _options: Any = None) -> dict[str, Any]:
        return {
            "contentType": "application/ld+json",
            "contextUrl": None,
            "documentUrl": url,
            "document": documents[url],
        }

    asked = [{**entity, "@context": [URL, CORE_CONTEXT_URL]} for entity in entities]
    options = {"documentLoader": load}

    def expand(entity: dict[str, Any]) -> object:
        names = context.attribute_names
        return context.type_names[entity["type"]], [names[name] for name in entity if name not in {"id", "type"}]

    alone = [rate(entities * 200, expand) for _ in range(RUNS)]
    ours = [rate(entities * 20, lambda entity: parse_entity(entity, context)) for _ in range(RUNS)]
    theirs = [rate(asked, lambda entity: jsonld.expand(entity, options)) for _ in range(RUNS)]
    yield Figure("expansion by a user's @context", alone, "entities/s", theirs, ">= 100 times PyLD")
    yield Figure("the same with every check of the data model", ours, "entities/s", theirs)


def rate(entities: list[Any], expand: Callable[[Any], object]) -> float:
    expand(entities[0])
    started = time.perf_counter()
    for entity in entities:
        expand(entity)
    return len(entities) / (time.perf_counter() - started)
