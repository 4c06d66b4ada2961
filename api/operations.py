# SPDX-License-Identifier: EUPL-1.2
"""What operators and their tools ask: is it alive, is it ready, what are its figures."""

from typing import Final

from fastapi import APIRouter, Depends, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from allmende.database.migrations import steps
from allmende.errors import Unavailable
from api.openapi.describing import describe
from api.platform import READS, Platform, ThePlatform, admit_reader, json_response
from api.store import get_version
from broker.web.openapi.parts import TEXT, Reply

_NEWEST: Final = steps("platform")[-1].number

routes: Final = APIRouter()


@routes.api_route(
    "/livez",
    methods=READS,
    openapi_extra=describe("Operations", {200: Reply("The process answers", "Alive")}, caller="anybody"),
)
async def live() -> Response:
    """Say that the event loop turns; nothing else is asked."""
    return json_response({"status": "alive"})


@routes.api_route(
    "/readyz",
    methods=READS,
    openapi_extra=describe(
        "Operations", {200: Reply("Requests can be answered", "Ready")}, fails=(Unavailable,), caller="anybody"
    ),
)
async def ready(platform: ThePlatform) -> Response:
    """Say whether requests can be answered: the database is there and of this version.

    Where they can and messages cannot come, it is ready and `degraded`: whoever asks is answered all the same.
    """
    return json_response(await readiness_of(platform))


@routes.api_route(
    "/metrics",
    methods=READS,
    dependencies=[Depends(admit_reader)],
    openapi_extra=describe("Operations", {200: Reply("Figures", TEXT)}, offers=(CONTENT_TYPE_LATEST,)),
)
async def metrics(platform: ThePlatform) -> Response:
    """Give the figures of this process to Prometheus."""
    return Response(generate_latest(platform.resources.registry), headers={"content-type": CONTENT_TYPE_LATEST})


async def readiness_of(platform: Platform) -> dict[str, str]:
    """What `/readyz` says; Unavailable where requests cannot be answered."""
    await _require_version(platform)
    if platform.resources.writer.away:
        raise Unavailable("The writer has lost the database and tries to reach it again")
    trouble = platform.trouble()
    return {"status": "ready"} if trouble is None else {"status": "degraded", "detail": trouble}


async def _require_version(platform: Platform) -> None:
    async with platform.resources.database.platform() as connection:
        version = await get_version(connection)
    if version < _NEWEST:
        raise Unavailable(f"The database is at migration {version} of {_NEWEST}; run allmende migrate")
