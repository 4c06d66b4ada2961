# SPDX-License-Identifier: EUPL-1.2
"""What an answer makes of entities beside their representation: which parts, in which language, with what they link to."""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from msgspec.structs import replace

from broker.ngsi.entities import Attributes, Instance, State
from broker.ngsi.languages import NONE
from broker.ngsi.projections import Projection
from broker.ngsi.versions import Version

JoinKind: TypeAlias = Literal["inline", "flat"]
DEFAULT_JOIN_LEVEL: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """How linked entities are shown, how far links are followed, and which entities the reader knows already."""

    kind: JoinKind
    level: int = DEFAULT_JOIN_LEVEL
    known: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """All that an ordinary answer has nothing of; None: nothing of it."""

    pick: Projection | None = None
    omit: Projection | None = None
    datasets: frozenset[str] | None = None
    """Instances that are shown, by datasetId; `@none` is the default instance."""
    languages: tuple[str, ...] | None = None
    version: Version | None = None
    """What the reader understands."""
    join: Join | None = None
    place: str | None = None
    """GeoJSON: the attribute whose value is the geometry, an IRI."""


def select_instances(state: State, datasets: frozenset[str] | None) -> State:
    """The state with the instances of some datasets; an attribute that has none of them goes."""
    if datasets is None:
        return state
    attributes: Attributes = {}
    for name, instances in state.attributes.items():
        selected: list[Instance] = [each for each in instances if each.get("datasetId", NONE) in datasets]
        if selected:
            attributes[name] = selected
    return replace(state, attributes=attributes)


def select_attributes(state: State, attrs: frozenset[str] | None) -> State:
    """The state with some attributes, by IRI."""
    if attrs is None:
        return state
    return replace(state, attributes={name: part for name, part in state.attributes.items() if name in attrs})
