# SPDX-License-Identifier: EUPL-1.2
"""The filter that the parameters of a request state together: `q`, `expandValues`, `scopeQ`, `csf` (5.7.2)."""

from collections.abc import Mapping
from typing import Final

from allmende.errors import BadRequestData
from broker.ngsi.filters.language import parse_q
from broker.ngsi.filters.scopes import parse_scope_q
from broker.ngsi.filters.tree import And, Filter, depth_of
from broker.ngsi.lists import split_names
from broker.ngsi.naming import Context

PARAMETERS: Final = frozenset({"q", "expandValues", "jsonKeys", "scopeQ", "csf"})


def parse_filters(parameters: Mapping[str, str], context: Context) -> Filter | None:
    """What `q` and `scopeQ` ask for; both are to hold.

    `csf` chooses among sources; a broker that has none but itself only checks it. `jsonKeys` names values that are not
    to be expanded, and none is.
    """
    if PARAMETERS.isdisjoint(parameters):
        return None
    if "csf" in parameters:
        parse_q(parameters["csf"], context, parameter="csf")
    _names(parameters, "jsonKeys", context)
    parts: list[Filter] = []
    if "q" in parameters:
        expanded = _names(parameters, "expandValues", context)
        condition = parse_q(parameters["q"], context, expanded=expanded)
        _require_reach(condition, parameters)
        parts.append(condition)
    if "scopeQ" in parameters:
        parts.append(parse_scope_q(parameters["scopeQ"]))
    return And(tuple(parts)) if len(parts) > 1 else next(iter(parts), None)


def _require_reach(condition: Filter, parameters: Mapping[str, str]) -> None:
    """Links are followed as far as linked entities are asked for."""
    depth = depth_of(condition)
    level = parameters.get("joinLevel", "1") if parameters.get("join", "@none") != "@none" else "0"
    if depth and not (level.isdecimal() and depth <= int(level[:9])):
        raise BadRequestData(
            f"Parameter 'q' follows {depth} links one after the other; that needs join=inline or join=flat"
            f" and joinLevel={depth} at least"
        )


def _names(parameters: Mapping[str, str], name: str, context: Context) -> frozenset[str]:
    """The IRIs of the attributes that a list names."""
    return frozenset(context.attribute_names[part] for part in split_names(parameters, name))
