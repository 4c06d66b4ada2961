# SPDX-License-Identifier: EUPL-1.2
"""The platform's HTTP put together: the front, the broker's binding, and FastAPI for what people read about."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware

from allmende.errors import AllmendeError
from api import (
    attributes,
    datasets,
    deadletters,
    description,
    events,
    grants,
    hooks,
    keys,
    markers,
    operations,
    series,
    tenants,
)
from api.assets import PREFIX as ASSETS
from api.face import Face
from api.front import Front
from api.gate import HttpGate
from api.metrics import HttpMetrics
from api.pages.routes import PAGES
from api.platform import Platform
from api.problems import answer_error, answer_fault, answer_http, answer_invalid
from auth.keys import Keyring
from auth.trust import Trust
from broker.engine.resources import Resources
from broker.web.access import Access
from broker.web.binding import NgsiLd

PROGRAMS: Final = (
    keys.routes,
    tenants.routes,
    attributes.routes,
    datasets.routes,
    deadletters.routes,
    description.routes,
    events.routes,
    grants.routes,
    hooks.routes,
    markers.routes,
    operations.routes,
    series.routes,
)
"""What programs ask for, NGSI-LD aside."""


def build_app(  # noqa: PLR0913 - each is named
    resources: Resources,
    keyring: Keyring,
    gate: HttpGate,
    *,
    trouble: Callable[[], str | None] = lambda: None,
    data: Path | None = None,
    face: Face | None = None,
    mqtt: str = "",
    trust: Trust | None = None,
) -> Front:
    """Make the ASGI application of a platform; `trouble` says what of it does not work while requests are answered.

    The sockets of webhooks lie below `data`; `face` is how the pages look; `mqtt` where messages are taken;
    `trust` whose access tokens are believed.
    """
    access = Access(keyring=keyring, trust=trust or Trust(), open=gate.open, open_reads=gate.open_reads)
    others = _build_others(Platform(resources, keyring, access, trouble, data, mqtt, face=face or Face()))
    return Front(gate, NgsiLd(resources, access), others, HttpMetrics.register(resources.registry))


def _build_others(platform: Platform) -> FastAPI:
    """Administration, pages and operations; documentation pages would load scripts from elsewhere, so there are none."""
    app = FastAPI(title="Allmende", openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.platform = platform
    app.state.routers = (*PROGRAMS, *PAGES)
    for routes in app.state.routers:
        app.include_router(routes)
    app.mount(ASSETS, platform.assets)
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=6)
    app.add_exception_handler(AllmendeError, answer_error)
    app.add_exception_handler(RequestValidationError, answer_invalid)
    app.add_exception_handler(HTTPException, answer_http)
    app.add_exception_handler(Exception, answer_fault)
    return app
