# SPDX-License-Identifier: EUPL-1.2
"""All pages, each a router of its own."""

from typing import Final

from fastapi import APIRouter

from api.pages import entity, kinds, search, start

PAGES: Final[tuple[APIRouter, ...]] = (start.routes, search.routes, entity.routes, kinds.routes)
