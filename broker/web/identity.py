# SPDX-License-Identifier: EUPL-1.2
"""Who this broker is, over HTTP (ETSI GS CIM 009, 6.33)."""

from datetime import timedelta
from typing import Final

from broker.engine.identity import retrieve_identity
from broker.ngsi.instants import from_instant
from broker.web.answers import document_answer
from broker.web.bodies import linked_context
from broker.web.calls import DOCUMENTS, Answer, Call, Operation
from broker.web.openapi.parts import Example, Reply


async def show_identity(call: Call) -> Answer:
    """Retrieve Context Source Identity Information (6.33.3.1)."""
    identity = await retrieve_identity(call.resources, call.tenant)
    document = {
        "id": f"urn:ngsi-ld:ContextSourceIdentity:{identity.alias}",
        "type": "ContextSourceIdentity",
        "contextSourceAlias": identity.alias,
        "contextSourceUptime": to_duration(identity.uptime),
        "contextSourceTimeAt": from_instant(identity.now),
    }
    return document_answer(call, linked_context(call), document)


def to_duration(time: timedelta) -> str:
    """A duration in whole seconds (ISO 8601).

    >>> to_duration(timedelta(days=1, hours=2, seconds=5))
    'P1DT2H0M5S'
    """
    minutes, seconds = divmod(time.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"P{time.days}DT{hours}H{minutes}M{seconds}S"


OPERATIONS: Final = (
    Operation(
        name="Retrieve Context Source Identity Information",
        clause="6.33.3.1",
        method="GET",
        path="info/sourceIdentity",
        endpoint=show_identity,
        offers=DOCUMENTS,
        about="Names this broker, and how long it has run.",
        gives={200: Reply("Who it is", "ContextSourceIdentity", ("Link", "ETag"))},
        example=Example(),
    ),
)
