# SPDX-License-Identifier: EUPL-1.2
"""The page of the platform's own condition; it answers while the database is away."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from api.condition import Condition, Problem, read_condition
from api.languages import to_number
from api.links import type_link
from api.openapi.describing import HTML, describe_page
from api.pages.frame import render
from api.pages.routing import PageRoute, wants_json
from api.pages.texts import Texts, texts_of
from api.pages.words import to_pause
from api.platform import READS, ThePlatform, TheReader, json_response
from api.vocabulary import to_name, to_words
from broker.engine.status import Freshness, Storage
from broker.web.negotiation import JSON
from broker.web.openapi.parts import Reply

PAGE: Final = "status"
_NAMES: Final = {"allmende": "Allmende", "postgresql": "PostgreSQL", "timescaledb": "TimescaleDB", "python": "Python"}
_GIGABYTE: Final = 10**9
_RETRY_S: Final = "5"

routes: Final = APIRouter(route_class=PageRoute)


@dataclass(frozen=True, slots=True)
class Row:
    """A type as its row tells it."""

    name: str
    term: str
    link: str
    entities: str
    observed_at: datetime | None
    usual: str
    is_late: bool


@routes.api_route(
    "/status",
    methods=READS,
    openapi_extra=describe_page(
        "",
        replies={
            200: Reply("How the platform is", "Condition"),
            503: Reply("The same, where requests cannot be answered", "Condition", ("Retry-After",)),
        },
        asks=("f",),
        offers=(HTML, JSON),
    ),
)
async def show_status(request: Request, platform: ThePlatform, reader: TheReader) -> Response:
    """Say whether all is well; 503 where requests cannot be answered, with all that is known then."""
    as_json = wants_json(request)
    condition = await read_condition(platform, reader.tenant, visible=reader.visible)
    code = 503 if condition.status == "unavailable" else 200
    if as_json:
        response = json_response(to_json(condition), code)
    else:
        texts = texts_of(PAGE, reader.language)
        response = render(request, platform, PAGE, status=code, condition=condition, **tell_condition(condition, texts))
    if code == 503:
        response.headers["retry-after"] = _RETRY_S
    return response


def to_json(condition: Condition) -> dict[str, Any]:
    """The condition for programs; lengths of time in seconds."""
    return {
        "status": condition.status,
        "problems": [asdict(problem) for problem in condition.problems],
        "ready": condition.ready,
        "entities": condition.entities,
        "types": [_type_to_json(each) for each in condition.types],
        "storage": None if condition.storage is None else _storage_to_json(condition.storage),
        "disk": {"free_bytes": condition.free_bytes, "free_ratio": condition.free_ratio},
        "versions": condition.versions,
        "mqtt": condition.mqtt or None,
    }


def tell_condition(condition: Condition, texts: Texts) -> dict[str, Any]:
    """What the page says of it."""
    language, storage = texts.language, condition.storage
    rows = None if storage is None or storage.history_rows is None else to_number(storage.history_rows, language)
    return {
        "problems": [_problem(problem, texts) for problem in condition.problems],
        "rows": sorted((_row(each, texts) for each in condition.types), key=_place),
        "level": "" if storage is None else texts[f"level_{storage.level}"],
        "entities": None if condition.entities is None else to_number(condition.entities, language),
        "history": rows,
        "free": _free(condition, texts),
        "versions": [(_NAMES[name], version) for name, version in condition.versions.items()],
    }


def _problem(problem: Problem, texts: Texts) -> tuple[str, str]:
    """A problem in words, and the words of the part itself, which are English."""
    name = f"problem_{problem.what}"
    words = texts[name] if problem.number is None else texts.count(name, problem.number)
    return words, problem.detail


def _row(each: Freshness, texts: Texts) -> Row:
    return Row(
        name=to_words(each.iri, texts.language),
        term=to_name(each.iri),
        link=type_link(each.iri),
        entities=to_number(each.entities, texts.language),
        observed_at=each.observed_at,
        usual="" if each.usual is None else texts.say("every", to_pause(each.usual, texts)),
        is_late=each.is_late,
    )


def _place(row: Row) -> tuple[bool, bool, str]:
    """What is late stands first, what has no readings last."""
    return not row.is_late, row.observed_at is None, row.name


def _free(condition: Condition, texts: Texts) -> str:
    if condition.free_bytes is None or condition.free_ratio is None:
        return ""
    gigabytes = to_number(round(condition.free_bytes / _GIGABYTE, 1), texts.language)
    return texts.say("free_of", gigabytes, to_number(int(100 * condition.free_ratio), texts.language))


def _type_to_json(each: Freshness) -> dict[str, Any]:
    usual = None if each.usual is None else each.usual / timedelta(seconds=1)
    return {
        "type": each.iri,
        "entities": each.entities,
        "observed_at": each.observed_at,
        "usual_s": usual,
        "is_late": each.is_late,
    }


def _storage_to_json(storage: Storage) -> dict[str, Any]:
    return {"level": storage.level, "history_rows_estimate": storage.history_rows}
