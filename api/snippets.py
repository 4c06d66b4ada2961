# SPDX-License-Identifier: EUPL-1.2
"""Lines that fetch an entity, its history and its series, to be pasted into a shell, into Python, into JavaScript. Pure.

Addresses are percent-encoded, so that no quote of whatever language can end within one.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlencode

_HISTORY: Final = 20
_POINTS: Final = 100


@dataclass(frozen=True, slots=True)
class Snippet:
    """A text for one purpose: `entity`, `history` or `series`."""

    purpose: str
    text: str


@dataclass(frozen=True, slots=True)
class Target:
    """What snippets fetch: an entity of a platform, whose address is `base`, with the headers that choose a tenant."""

    base: str
    entity_id: str
    attribute: str | None = None
    """Whose history; its name in the core @context or its IRI."""
    dataset: str | None = None
    is_number: bool = False
    headers: Mapping[str, str] | None = None


def to_snippets(target: Target) -> dict[str, list[Snippet]]:
    """Snippets by language: for the entity, and for the history of its attribute where there is one."""
    urls = _urls(target)
    headers = target.headers or {}
    return {
        language: [Snippet(purpose, write(url, headers, purpose, target)) for purpose, url in urls.items()]
        for language, write in _WRITERS.items()
    }


def _urls(target: Target) -> dict[str, str]:
    entity_id = quote(target.entity_id, safe=":")
    urls = {"entity": f"{target.base}/ngsi-ld/v1/entities/{entity_id}"}
    if target.attribute is None:
        return urls
    asked = urlencode({"attrs": target.attribute, "lastN": _HISTORY, "options": "temporalValues"}, quote_via=quote)
    urls["history"] = f"{target.base}/ngsi-ld/v1/temporal/entities/{entity_id}?{asked}"
    if target.is_number:
        parts = {
            "entity": target.entity_id,
            "attribute": target.attribute,
            "dataset": target.dataset,
            "points": _POINTS,
        }
        given = {name: part for name, part in parts.items() if part is not None}
        urls["series"] = f"{target.base}/series?{urlencode(given, quote_via=quote, safe=':')}"
    return urls


def _write_curl(url: str, headers: Mapping[str, str], _purpose: str, _target: Target) -> str:
    fields = "".join(f" -H '{name}: {_in_shell(value)}'" for name, value in headers.items())
    return f"curl{fields} '{url}'"


def _write_python(url: str, headers: Mapping[str, str], purpose: str, target: Target) -> str:
    request = f"Request(url, headers={json.dumps(dict(headers))})" if headers else "url"
    imported = "Request, urlopen" if headers else "urlopen"
    lines = {
        "entity": ["for name, value in answer.items():", "    print(name, value)"],
        "history": [f"print(json.dumps(answer[{json.dumps(target.attribute)}], indent=2))"],
        "series": [
            "for start, lowest, mean, highest, count in answer['points']:",
            "    print(start, mean, answer['unit'])",
        ],
    }
    return "\n".join(
        [
            "import json",
            f"from urllib.request import {imported}",
            "",
            f"url = {json.dumps(url)}",
            f"with urlopen({request}) as response:",
            "    answer = json.load(response)",
            *lines[purpose],
        ]
    )


def _write_javascript(url: str, headers: Mapping[str, str], purpose: str, target: Target) -> str:
    options = f", {{headers: {json.dumps(dict(headers))}}}" if headers else ""
    lines = {
        "entity": "console.log(answer);",
        "history": f"console.log(answer[{json.dumps(target.attribute)}]);",
        "series": "for (const [start, lowest, mean, highest, count] of answer.points) console.log(start, mean, answer.unit);",
    }
    return "\n".join(
        [
            f"const url = {json.dumps(url)};",
            f"const response = await fetch(url{options});",
            "const answer = await response.json();",
            lines[purpose],
        ]
    )


def _in_shell(text: str) -> str:
    return text.replace("'", "'\\''")


_WRITERS: Final[Mapping[str, Callable[[str, Mapping[str, str], str, Target], str]]] = {
    "curl": _write_curl,
    "python": _write_python,
    "javascript": _write_javascript,
}
