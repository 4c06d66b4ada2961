# SPDX-License-Identifier: EUPL-1.2
"""All schemas that declarations name."""

from typing import Final

from broker.web.openapi.attributes import ATTRIBUTES
from broker.web.openapi.contexts import CONTEXTS
from broker.web.openapi.entities import ENTITIES
from broker.web.openapi.parts import Schema
from broker.web.openapi.results import RESULTS
from broker.web.openapi.sets import SETS
from broker.web.openapi.temporal import TEMPORAL

SCHEMAS: Final[dict[str, Schema]] = {**ATTRIBUTES, **ENTITIES, **TEMPORAL, **RESULTS, **CONTEXTS, **SETS}
