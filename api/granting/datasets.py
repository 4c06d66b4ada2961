# SPDX-License-Identifier: EUPL-1.2
"""Documents of datasets."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from allmende.errors import BadRequestData, RequestError
from api.granting.models import Coarseness, DatasetDocument
from api.granting.names import Rename, merged, read_as, with_iris
from auth.granting.values import Dataset
from auth.policy import EXACT, Rounding, Share
from broker.ngsi.contexts import Context
from broker.ngsi.datatypes import require_uri, shown
from broker.ngsi.durations import parse_duration
from broker.ngsi.filters.scopes import parse_scope_q
from broker.ngsi.filters.tree import InScope

LONGEST: Final = timedelta(days=3660)


def parse_dataset(document: Mapping[str, Any], context: Context) -> Dataset:
    """The dataset that a document describes, its names by an @context."""
    return _dataset(merged({}, with_iris(document, context)))


def patched(dataset: Dataset, patch: Mapping[str, Any], context: Context) -> Dataset:
    """What a merge patch makes of a dataset; the names in the patch are by its @context."""
    if patch.get("slug", dataset.slug) != dataset.slug:
        raise BadRequestData(f"Member 'slug' never changes; leave it out, or make it {dataset.slug!r}")
    return _dataset(merged(to_document(dataset, str, whole=True), with_iris(patch, context)))


def to_document(dataset: Dataset, rename: Rename, *, whole: bool) -> dict[str, Any]:
    """A dataset told: `rename` makes names of IRIs; but for `whole`, it does not say which attributes there are beside it."""
    share = dataset.share
    lists = {"types": _renamed(share.types, rename), "scopes": _sorted(share.scopes), "ids": _sorted(share.ids)}
    told: dict[str, Any] = {
        "slug": dataset.slug,
        "title": dict(dataset.title),
        "license": dataset.license,
        "visibility": dataset.visibility,
        "selector": {name: value for name, value in lists.items() if value is not None},
        "attributes": to_attributes(share.pick, share.omit if whole else frozenset(), rename),
        "rounding": _to_rounding(share.rounding),
    }
    return {name: value for name, value in told.items() if value is not None}


def to_attributes(pick: frozenset[str] | None, omit: frozenset[str], rename: Rename) -> dict[str, Any] | None:
    """Which attributes are shown; None where all are."""
    if pick is not None:
        return {"pick": _renamed(pick, rename)}
    return {"omit": _renamed(omit, rename)} if omit else None


def parse_scope(text: str, place: str) -> str:
    """One scope as `scopeQ` writes it, with a slash before it; `place` begins the message otherwise."""
    try:
        scope = parse_scope_q(text)
    except RequestError:
        scope = None
    if not isinstance(scope, InScope):
        raise BadRequestData(f"Member {place!r} must hold single scopes such as /A/B, /A/+ or /A/#, not {shown(text)}")
    return "".join(f"/{level}" for level in scope.levels) + ("/#" if scope.below else "")


def to_duration(seconds: int) -> str:
    """A time of fixed length.

    >>> to_duration(3600), to_duration(90), to_duration(2 * 86_400 + 60)
    ('PT1H', 'PT1M30S', 'P2DT1M')
    """
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3600)
    minutes, left = divmod(rest, 60)
    clock = "".join(f"{number}{unit}" for number, unit in ((hours, "H"), (minutes, "M"), (left, "S")) if number)
    return f"P{f'{days}D' if days else ''}{f'T{clock}' if clock else ''}"


def _dataset(document: Any) -> Dataset:
    read = read_as(DatasetDocument, document)
    selector, attributes = read.selector, read.attributes
    share = Share(
        types=_set(selector.types),
        scopes=_set(selector.scopes, lambda text: parse_scope(text, "selector.scopes")),
        ids=_set(selector.ids, lambda text: require_uri(text, "Member 'selector.ids': an id")),
        pick=None if attributes is None else _set(attributes.pick),
        omit=frozenset((attributes and attributes.omit) or ()),
        rounding=EXACT if read.rounding is None else _rounding(read.rounding),
    )
    title = read.title.model_dump(exclude_none=True)
    return Dataset(slug=read.slug, title=title, license=read.license, visibility=read.visibility, share=share)


def _rounding(read: Coarseness) -> Rounding:
    return Rounding(place_m=read.place_m or 0.0, time_s=0 if read.time is None else _seconds(read.time))


def _seconds(text: str) -> int:
    """Whole seconds of a duration that is as long whenever it begins."""
    place = "Member 'rounding.time'"
    duration = parse_duration(text, place)
    seconds = duration.rest.total_seconds()
    if duration.months or not (seconds.is_integer() and 1 <= seconds <= LONGEST.total_seconds()):
        raise BadRequestData(
            f"{place} must be of a fixed length of whole seconds, up to {LONGEST.days} days, such as PT1H or P1D, not {shown(text)}"
        )
    return int(seconds)


def _to_rounding(rounding: Rounding) -> dict[str, Any] | None:
    told: dict[str, Any] = {}
    if rounding.place_m:
        told["place_m"] = rounding.place_m
    if rounding.time_s:
        told["time"] = to_duration(rounding.time_s)
    return told or None


def _renamed(iris: frozenset[str] | None, rename: Rename) -> list[str] | None:
    return None if iris is None else sorted(map(rename, iris))


def _sorted(texts: frozenset[str] | None) -> list[str] | None:
    return None if texts is None else sorted(texts)


def _set(texts: list[str] | None, read: Rename = str) -> frozenset[str] | None:
    return None if texts is None else frozenset(map(read, texts))
