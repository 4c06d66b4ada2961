# SPDX-License-Identifier: EUPL-1.2
"""Attributes of a connector file, compiled: a scope becomes one NGSI-LD attribute instance."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from connectors.declarative.engines import ExpressionError
from connectors.declarative.entities import Attribute
from connectors.declarative.scopes import Compute, Scope
from connectors.declarative.uris import SAFE, URI
from connectors.declarative.values import is_nothing, to_key

Instance = dict[str, Any]
_KINDS = {
    "value": ("Property", "value"),
    "geo": ("GeoProperty", "value"),
    "relationship": ("Relationship", "object"),
    "language": ("LanguageProperty", "languageMap"),
}
_LITERAL = re.compile(r"'[^'\\]*'|\"[^\"\\]*\"")


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledAttribute:
    """An attribute's name and how its instance is built; `build` gives None where there is nothing."""

    name: str
    build: Callable[[Scope, str | None], Instance | None]


class Uri:
    """Makes ids of entities; the same ids come again and again, so they are kept."""

    def __init__(self, entity_type: str, connector: str) -> None:
        kind = re.split(r"[/#]", entity_type)[-1]
        self._prefix = f"urn:ngsi-ld:{kind}:{connector}:"
        self._known: dict[Any, str] = {}

    def of(self, value: Any) -> str:
        """Give the URI of what `id` gave."""
        known = self._known.get(value)
        if known is None:
            text = to_key(value).strip()
            known = text if URI.fullmatch(text) else self._prefix + quote(text, safe=SAFE)
            if len(self._known) < 10_000:
                self._known[value] = known
        return known


def once_a_record(compute: Compute) -> Compute:
    """Compute what is the same for all elements of a record one time."""
    turn = -1
    kept: Any = None
    failed: ExpressionError | None = None

    def run(scope: Scope) -> Any:
        nonlocal turn, kept, failed
        if scope.turn != turn:
            turn, failed = scope.turn, None
            try:
                kept = compute(scope)
            except ExpressionError as error:
                failed = error
        if failed is not None:
            raise failed
        return kept

    return run


def compile_attribute(
    name: str, attribute: Attribute, compile_text: Callable[[str, str], Compute], place: str
) -> CompiledAttribute:
    """Compile an attribute."""
    kind = next(kind for kind in _KINDS if getattr(attribute, kind) is not None)
    given = getattr(attribute, kind)
    value = compile_text(given, place) if isinstance(given, str) else (lambda _: given)
    build = _builder(kind, value, attribute.unit)
    if not isinstance(given, str) or _LITERAL.fullmatch(given):
        build = _same_each_time(build)
    if "observed_at" in attribute.model_fields_set:
        observed = compile_text(attribute.observed_at, f"{place}.observedAt") if attribute.observed_at else None
        build = _dated(build, observed)
    if attribute.dataset_id is not None:
        build = _in_dataset(build, _dataset(attribute.dataset_id, compile_text, place))
    if attribute.when is not None:
        build = _guarded(build, compile_text(attribute.when, f"{place}.when"))
    return CompiledAttribute(name=name, build=build)


Build = Callable[[Scope, str | None], Instance | None]


def _builder(kind: str, compute: Compute, unit: str | None) -> Build:
    type_name, member = _KINDS[kind]

    def build(scope: Scope, observed: str | None) -> Instance | None:
        value = compute(scope)
        if value is None or value == "":
            return None
        if kind != "value":
            value = _checked(kind, value)
        instance: Instance = {"type": type_name, member: value}
        if observed is not None:
            instance["observedAt"] = observed
        if unit is not None:
            instance["unitCode"] = unit
        return instance

    return build


def _same_each_time(build: Build) -> Build:
    """A literal without a time gives one instance that is never made again."""
    undated: Instance | None = None

    def run(scope: Scope, observed: str | None) -> Instance | None:
        nonlocal undated
        if observed is not None:
            return build(scope, observed)
        undated = undated or build(scope, None)
        return undated

    return run


def _checked(kind: str, value: Any) -> Any:
    if kind == "geo" and not (isinstance(value, dict) and "coordinates" in value and "type" in value):
        raise ExpressionError("geo needs a GeoJSON geometry in WGS 84; $geo makes one")
    if kind == "language" and not isinstance(value, dict):
        raise ExpressionError("language needs an object of texts by language")
    if kind == "relationship":
        for target in value if isinstance(value, list) else [value]:
            if not isinstance(target, str) or not URI.fullmatch(target):
                raise ExpressionError(f"relationship needs the id of an entity, {target!r} is no URI")
    return value


def _dated(build: Build, observed: Compute | None) -> Build:
    if observed is None:
        return lambda scope, _: build(scope, None)

    def run(scope: Scope, _: str | None) -> Instance | None:
        time = observed(scope)
        return build(scope, None if is_nothing(time) else time)

    return run


def _dataset(text: str, compile_text: Callable[[str, str], Compute], place: str) -> Compute:
    if URI.fullmatch(text):
        return lambda _: text
    return compile_text(text, f"{place}.datasetId")


def _in_dataset(build: Build, dataset: Compute) -> Build:
    def run(scope: Scope, observed: str | None) -> Instance | None:
        instance, name = build(scope, observed), dataset(scope)
        if instance is None or is_nothing(name):
            return instance
        text = to_key(name)
        uri = text if URI.fullmatch(text) else f"urn:ngsi-ld:Dataset:{quote(text, safe=SAFE)}"
        return {**instance, "datasetId": uri}

    return run


def _guarded(build: Build, when: Compute) -> Build:
    return lambda scope, observed: build(scope, observed) if when(scope) not in (False, None) else None
