# SPDX-License-Identifier: EUPL-1.2
"""SQL text of a type selection on an expression that gives the types of an entity: literal fragments and parameters."""

from broker.ngsi.queries import Selector
from broker.ngsi.selections import AllOf, AnyOf, OneType, Selection
from broker.store.parameters import Parameters


def has_types(types: str, selection: Selection, parameters: Parameters) -> str:
    """Whether an entity of these types is selected."""
    match selection:
        case OneType(name):
            return f"{parameters.add(name)}::text = ANY({types})"
        case AnyOf(parts) | AllOf(parts):
            junction = " OR " if isinstance(selection, AnyOf) else " AND "
            return "(" + junction.join(has_types(types, part, parameters) for part in parts) + ")"


def names_of(selection: Selection) -> list[str]:
    """Types of which every selected entity has at least one."""
    match selection:
        case OneType(name):
            return [name]
        case AnyOf(parts):
            return sorted({name for part in parts for name in names_of(part)})
        case AllOf(parts):
            return min((names_of(part) for part in parts), key=len)


def selected(selector: Selector, parameters: Parameters) -> str:
    """Whether an entity `e` of the name `w` is what a selector asks for."""
    conditions = ["true"] if selector.types is None else [has_types("e.types", selector.types, parameters)]
    if selector.ids:
        conditions.append(f"w.id = ANY({parameters.add(list(selector.ids))}::text[])")
    if selector.id_pattern is not None:
        conditions.append(f"w.id ~ {parameters.add(selector.id_pattern)}")
    return "(" + " AND ".join(conditions) + ")"
