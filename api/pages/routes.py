# SPDX-License-Identifier: EUPL-1.2
"""All pages, each a router of its own."""

from typing import Final

from fastapi import APIRouter

from api.pages import connectors, entity, guide, kinds, search, start, status

PAGES: Final[tuple[APIRouter, ...]] = (
    start.routes,
    search.routes,
    kinds.routes,
    entity.routes,
    connectors.routes,
    status.routes,
    guide.routes,
)
