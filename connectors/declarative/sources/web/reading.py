# SPDX-License-Identifier: EUPL-1.2
"""The rows of an answer, where it is what was asked for; no I/O."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

from allmende.errors import Retry
from connectors.declarative.kinds.reading import Written
from connectors.declarative.sources.layouts import Unusable
from connectors.declarative.sources.readers import Select, read_rows
from connectors.declarative.sources.web.answers import Answer, layout_of
from connectors.declarative.sources.web.masking import Shown


def rows_of(answer: Answer, written: Written, select: Select | None, shown: Shown) -> Iterator[Any]:
    """Give the rows of an answer: dicts, or Unusable; raises Retry where it is not what was asked for."""
    url = shown.url(answer.url)
    if answer.is_web_page:
        raise Retry(f"{url} answers with a web page and not with data: check the address, and whether it wants 'auth'")
    if answer.status == 204:
        return iter(())
    layout = layout_of(answer, written)
    rows = read_rows(answer.content, layout, select)
    first = next(rows, None)
    if first is None:
        return iter(())
    if type(first) is Unusable and first.is_whole:
        # A dead letter would pass over what the address may well give the next time.
        named = answer.media_type or "no Content-Type"
        raise Retry(f"{url} answers with what is no {layout.format} ({named}): {first.problem}")
    return chain((first,), rows)
