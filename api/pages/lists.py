# SPDX-License-Identifier: EUPL-1.2
"""A page of the list of a type: in which order it can be had, and where the pages beside it are."""

from dataclasses import dataclass, replace
from typing import Final

from allmende.errors import OperationNotSupported
from api.pages.asked import MOST_PAGES, PAGE, Asked
from api.platform import Platform, Reader
from broker.engine.directory import Listing, list_of_type
from broker.ngsi.listings import ID, LABEL, ListQuery, Sort

_NONE: Final = Listing([], 0, False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    """A page; where `is_refused`, there are too many entities to sort or narrow them."""

    listing: Listing = _NONE
    is_refused: bool = False
    is_named: bool = False
    """Whether it is sorted by names because nothing else was said."""
    previous: str = ""
    """The address of the page before, empty where there is none; of a list by id that of its beginning."""
    following: str = ""
    number: int = 0
    """Of the page from 1; 0 in a list by id, whose pages have none."""


async def fetch_page(platform: Platform, reader: Reader, query: ListQuery, asked: Asked) -> ListPage:
    """The page that is asked for: sorted by name where nothing is said and that can be had, else by id."""
    named = not asked.sort and not asked.after
    by_name = replace(query, sort=Sort(LABEL, language=query.sort.language)) if named else query
    try:
        listing = await list_of_type(platform.resources, reader.tenant, by_name, visible=reader.visible)
        return _to_page(listing, by_name, asked, is_named=named)
    except OperationNotSupported:
        if asked.sort not in {"", ID} or asked.is_narrowed:
            return ListPage(is_refused=True)
    plain = replace(query, sort=Sort(ID), offset=0)
    listing = await list_of_type(platform.resources, reader.tenant, plain, visible=reader.visible)
    return _to_page(listing, plain, asked)


def _to_page(listing: Listing, query: ListQuery, asked: Asked, *, is_named: bool = False) -> ListPage:
    """The page with its neighbours: of a list by id they follow an id, of any other they have numbers."""
    if query.is_plain:
        return ListPage(
            listing=listing,
            previous=asked.address() if asked.after else "",
            following=asked.address(after=listing.states[-1].id) if listing.more else "",
        )
    return ListPage(
        listing=listing,
        is_named=is_named,
        previous=asked.address(page=asked.page - 1) if asked.page > 1 else "",
        following=asked.address(page=asked.page + 1) if listing.more and asked.page < MOST_PAGES else "",
        number=asked.page,
    )


def pages_of(count: int) -> int:
    """How many pages so many entities fill."""
    return max(1, -(-count // PAGE))
