# SPDX-License-Identifier: EUPL-1.2
"""JSON-LD @contexts, compiled: PyLD reads a user's @context once, from then on expansion is a look-up in a table.

NGSI-LD fixes the structure of an entity, so only names have to be translated. The core @context is protected and acts
as if it were last, in whatever version it is named.
"""

import re
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urljoin

from pyld import jsonld
from pyld.context_resolver import ContextResolver

from allmende.errors import AllmendeError, BadRequestData
from broker.ngsi.core_terms import CORE_TERMS, DEFAULT_VOCABULARY
from broker.ngsi.datatypes import shown
from broker.ngsi.naming import Context

__all__ = [
    "CORE",
    "CORE_CONTEXT_URL",
    "Context",
    "compile_context",
    "is_addressed",
    "is_core",
    "link_target",
    "require_document",
    "validate_context",
]

CORE_CONTEXT_URL: Final = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.8.jsonld"
CORE: Final = Context(None, {}, {})
MAX_TERMS: Final = 10_000
MAX_DOCUMENTS: Final = 20

_HERE: Final = "http://here.invalid"
"""Stands before a path of this API where PyLD wants a host."""

_CORE_URL: Final = re.compile(r"https?://uri\.etsi\.org/ngsi-ld/v1/ngsi-ld-core-context(-v1\.[0-9]+)?\.jsonld")
_KEYWORDS: Final = frozenset({"@base", "@direction", "@language", "@protected", "@version", "@vocab"})
_DEFAULTS: Final = frozenset({"@direction", "@language", "@vocab"})
"""Keywords that null resets; where there is nothing to be reset, PyLD stumbles over that."""

_IGNORED: Final = re.compile(r"@[A-Za-z]+")


def compile_context(source: Any, load: Callable[[str], Any], locate: Callable[[str], str] = str) -> Context:
    """Compile a URL, an object or a list of these.

    `load` gives the document of a URL, `locate` where it was found in the end: relative references belong to that.
    """
    if source is None:
        return CORE
    if type(source) is str and is_core(source):
        return Context(source, {}, {})
    mappings = _read(_checked(source), load, locate)
    terms = {
        term: None if mapping is None or mapping["reverse"] else mapping["@id"] for term, mapping in mappings.items()
    }
    prefixes = {term: mapping["@id"] for term, mapping in mappings.items() if mapping and mapping["_prefix"]}
    return Context(source, terms, prefixes)


def validate_context(source: Any) -> None:
    """Refuse what is certainly no @context; what a list names elsewhere is judged when it is used."""
    parts = source if type(source) is list else [source]
    for part in parts:
        if type(part) not in {dict, str}:
            raise BadRequestData(f"An @context must be a URL, an object, or a list of these, not {shown(part)}")
    inline = [part for part in parts if type(part) is dict]
    if len(inline) == len(parts):
        compile_context(inline, _nothing)
    else:
        _checked(inline)
        _limit(_count_terms(inline))


def is_core(url: str) -> bool:
    """Whether a URL names the core @context, in whatever version."""
    return _CORE_URL.fullmatch(url) is not None


def is_addressed(context: Context) -> bool:
    """Whether one URL names the whole of an @context, the core aside."""
    sources = context.source if type(context.source) is list else [context.source]
    own = [source for source in sources if not (source is None or (type(source) is str and is_core(source)))]
    return context.address is not None or (len(own) <= 1 and all(type(source) is str for source in own))


def link_target(context: Context) -> str:
    """The URL that the Link header of an answer names."""
    if context.address is not None:
        return context.address
    sources = context.source if type(context.source) is list else [context.source]
    urls = [source for source in sources if type(source) is str]
    return next((url for url in urls if not is_core(url)), urls[0] if urls else CORE_CONTEXT_URL)


def _read(source: Any, load: Callable[[str], Any], locate: Callable[[str], str]) -> dict[str, Any]:
    """The term definitions that PyLD finds; it takes a while for each, so there are not too many in all documents."""
    terms = _count_terms(source)

    def loader(url: str, _options: Any = None) -> dict[str, Any]:
        nonlocal terms
        if is_core(url):
            content, place = _core_document(), url
        else:
            named = url.removeprefix(_HERE)
            content, place = _checked(require_document(named, load(named))), urljoin(_HERE, locate(named))
            terms += _count_terms(content)
            _limit(terms)
        document = {"@context": content}
        return {"contentType": "application/ld+json", "contextUrl": None, "documentUrl": place, "document": document}

    _limit(terms)

    processor = jsonld.JsonLdProcessor()
    options = {
        "base": f"{_HERE}/",
        "processingMode": "json-ld-1.1",
        "documentLoader": loader,
        "contextResolver": ContextResolver({}, loader, MAX_DOCUMENTS),
    }
    initial = processor.process_context(None, None, options)
    try:
        active = processor.process_context(initial, {"@context": source}, options)
    except jsonld.JsonLdError as error:
        raise _cause(error) from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:  # what PyLD meets in malformed definitions
        raise BadRequestData("The @context is not valid JSON-LD") from error
    mappings: dict[str, Any] = active["mappings"]
    return mappings


def _nothing(url: str) -> Any:
    raise BadRequestData(f"An @context must not name {url} within an object")


def _limit(terms: int) -> None:
    if terms > MAX_TERMS:
        raise BadRequestData(
            f"A @context must have at most {MAX_TERMS} terms, with those of all documents that it names"
        )


def _cause(error: jsonld.JsonLdError) -> AllmendeError:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, AllmendeError):
            return cause
        cause = cause.__cause__
    details = error.details if isinstance(error.details, dict) else {}
    place = next((f" (at {shown(details[name])})" for name in ("term", "url") if name in details), "")
    return BadRequestData(f"The @context is not valid JSON-LD: {error.code}{place}")


def require_document(url: str, document: Any) -> Any:
    """The @context that a document holds, as it was written."""
    if type(document) is not dict or "@context" not in document:
        raise BadRequestData(f"The document {url} must be a JSON object with a member '@context'")
    return document["@context"]


def _core_document() -> dict[str, str]:
    """The core terms where a user's @context builds upon them; what protects them comes afterwards."""
    terms = {term: iri for term, iri in CORE_TERMS.items() if not iri.startswith("@")}
    return {**terms, "@vocab": DEFAULT_VOCABULARY}


def _count_terms(source: Any) -> int:
    if type(source) is list:
        return sum(map(_count_terms, source))
    return len(source) if type(source) is dict else 1


def _checked(source: Any) -> Any:
    """A copy without what JSON-LD ignores; scoped contexts and context keywords that NGSI-LD has no use for are refused."""
    if type(source) is list:
        return [_checked(part) for part in source]
    if type(source) is not dict:
        return source
    checked: dict[str, Any] = {}
    for term, definition in source.items():
        if term in {"@context", "@import", "@propagate"}:
            raise BadRequestData(f"A @context must not hold {term}")
        if type(definition) is dict and "@context" in definition:
            raise BadRequestData(f"The @context must not hold scoped contexts, but the term {shown(term)} has one")
        if definition is None and term in _DEFAULTS:
            continue
        if term in _KEYWORDS or not _IGNORED.fullmatch(term):
            checked[term] = definition
    return checked
