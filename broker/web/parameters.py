# SPDX-License-Identifier: EUPL-1.2
"""Query parameters: each operation knows its own, and says so to those who ask for others."""

from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import parse_qsl

from allmende.errors import InvalidRequest
from broker.ngsi.lists import split_names
from broker.ngsi.nearness import did_you_mean

_MOST: Final = 100
_FORMS: Final = {
    "normalized": "normalized",
    "concise": "concise",
    "simplified": "simplified",
    "keyValues": "simplified",
    "temporalValues": "temporalValues",
    "aggregatedValues": "aggregatedValues",
}


def parse_parameters(raw: bytes, known: frozenset[str]) -> dict[str, str]:
    """The parameters of a query string; an unknown or repeated one is an error."""
    if not raw:
        return {}
    try:
        pairs = parse_qsl(raw.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MOST)
    except ValueError as error:  # UnicodeDecodeError is one
        raise InvalidRequest(f"The query string must be UTF-8 and hold at most {_MOST} parameters") from error
    parameters: dict[str, str] = {}
    for name, value in pairs:
        if name not in known:
            hint = did_you_mean(name, known)
            raise InvalidRequest(f"Parameter {name!r} is not known here{hint or '; known are: ' + _listed(known)}")
        if name in parameters:
            raise InvalidRequest(f"Parameter {name!r} is given twice; separate its values by commas")
        if "\x00" in value:
            raise InvalidRequest(f"Parameter {name!r} must not hold U+0000")
        parameters[name] = value
    return parameters


def parse_options(parameters: Mapping[str, str], known: frozenset[str]) -> frozenset[str]:
    """The values of `options`; an unknown one is an error, whatever else is given."""
    options = (
        frozenset(value.strip() for value in parameters["options"].split(",")) if "options" in parameters else None
    )
    if options is None:
        return frozenset()
    if unknown := options - known:
        hint = did_you_mean(min(unknown), known) or f"; known are: {_listed(known)}"
        raise InvalidRequest(f"Value {min(unknown)!r} of 'options' is not known here{hint}")
    return options


def parse_form(parameters: Mapping[str, str], options: frozenset[str], known: frozenset[str]) -> str:
    """The representation that is asked for: `format` wins over `options`."""
    form = parameters.get("format")
    if form is not None:
        if form not in known or form not in _FORMS:
            forms = known & set(_FORMS)
            hint = did_you_mean(form, forms) or f"; known are: {_listed(forms)}"
            raise InvalidRequest(f"Value {form!r} of 'format' is not known here{hint}")
        return _FORMS[form]
    asked = {_FORMS[option] for option in options if option in _FORMS}
    if len(asked) > 1:
        raise InvalidRequest(f"Parameter 'options' asks for several representations: {_listed(asked)}")
    return asked.pop() if asked else "normalized"


def parse_names(parameters: Mapping[str, str], name: str) -> list[str] | None:
    """A list separated by commas; None where the parameter is absent."""
    return split_names(parameters, name) if name in parameters else None


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"
