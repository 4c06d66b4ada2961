# SPDX-License-Identifier: EUPL-1.2
"""What people call the entities that an entity points to."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Final

from allmende.errors import NotFound
from api.entities import Row
from api.labels import label_of
from api.platform import Platform, Reader
from api.values import Shown
from broker.engine.entities import retrieve_entity

MOST: Final = 50
"""So many targets are looked up; the others are told by their ids."""


async def name_targets(platform: Platform, reader: Reader, rows: Iterable[Row]) -> Mapping[str, str]:
    """Names by id; a target that is not here has none."""
    shown = [part for row in rows for part in (row.shown, *(note for _, note in row.notes))]
    ids = list(dict.fromkeys(target for part in shown for target in _targets(part)))[:MOST]
    names = await asyncio.gather(*(_name(platform, reader, target) for target in ids))
    return {target: name for target, name in zip(ids, names, strict=True) if name}


def _targets(shown: Shown) -> list[str]:
    return [part.text for part in shown.parts if part.form == "link"]


async def _name(platform: Platform, reader: Reader, entity_id: str) -> str:
    try:
        state = await retrieve_entity(platform.resources, reader.tenant, entity_id, visible=reader.visible)
    except NotFound:
        return ""
    return label_of(state, reader.language)
