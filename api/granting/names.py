# SPDX-License-Identifier: EUPL-1.2
"""Names in documents of rights: types and attributes by their @context, and the same document as a merge patch."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeAlias, TypeVar

from pydantic import BaseModel, ValidationError

from allmende.errors import BadRequestData
from broker.ngsi.contexts import Context
from broker.ngsi.nearness import did_you_mean

M = TypeVar("M", bound=BaseModel)
Rename: TypeAlias = Callable[[str], str]
_LISTS: Final = (("selector", "types"), ("attributes", "pick"), ("attributes", "omit"))


def with_iris(document: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """A document, or a patch of one, with IRIs in the place of names; what is no name is left to the check of its form."""
    expanded = {name: dict(value) if isinstance(value, dict) else value for name, value in document.items()}
    for outer, inner in _LISTS:
        holder = expanded.get(outer)
        if isinstance(holder, dict) and isinstance(holder.get(inner), list):
            table = context.type_names if inner == "types" else context.attribute_names
            holder[inner] = [_iri(table, name, f"{outer}.{inner}") for name in holder[inner]]
    target = expanded.get("target")
    if isinstance(target, dict) and target.get("kind") == "type" and isinstance(target.get("id"), str):
        target["id"] = _iri(context.type_names, target["id"], "target.id")
    return expanded


def merged(document: Any, patch: Any) -> Any:
    """What a merge patch makes of a document (RFC 7396).

    >>> merged({"a": 1, "b": {"c": 2, "d": 3}}, {"a": None, "b": {"c": 4}})
    {'b': {'c': 4, 'd': 3}}
    """
    if not isinstance(patch, dict):
        return patch
    result = dict(document) if isinstance(document, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result


def read_as(model: type[M], document: Mapping[str, Any]) -> M:
    """A document in its form; BadRequestData names the first member that is wrong."""
    try:
        return model.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise _complaint(model, first["loc"], first["type"], first["msg"]) from error


def _iri(table: Mapping[str, str], name: Any, place: str) -> Any:
    if not isinstance(name, str):
        return name
    try:
        return table[name]
    except BadRequestData as error:
        raise BadRequestData(f"Member {place!r}: {error}") from error


def _complaint(model: type[BaseModel], place: tuple[int | str, ...], kind: str, words: str) -> BadRequestData:
    told = ".".join(map(str, place)) or "the document"
    if kind == "extra_forbidden":
        known = sorted(_members(model, place[:-1]))
        hint = did_you_mean(str(place[-1]), known) or f"; known are: {', '.join(known)}"
        return BadRequestData(f"Member {told!r} is not known{hint}")
    if kind == "missing":
        return BadRequestData(f"Member {told!r} is required")
    return BadRequestData(f"Member {told!r}: {words.removeprefix('Value error, ')}")


def _members(model: type[BaseModel], place: Iterable[int | str]) -> set[str]:
    """The members that an object of a document may have."""
    for step in place:
        annotation = next((f.annotation for n, f in model.model_fields.items() if step in {n, f.alias}), None)
        inner = [part for part in (annotation, *getattr(annotation, "__args__", ())) if isinstance(part, type)]
        model = next((part for part in inner if issubclass(part, BaseModel)), model)
    return {field.alias or name for name, field in model.model_fields.items()}
