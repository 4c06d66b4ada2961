# SPDX-License-Identifier: EUPL-1.2
"""Entities with those that they link to: inside of them, or behind them in one list (ETSI GS CIM 009, 4.5.23)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple

from msgspec.structs import replace as replaced

from allmende.errors import TooComplexQuery
from broker.ngsi.contexts import Context
from broker.ngsi.entities import Instance, State
from broker.ngsi.features import to_feature
from broker.ngsi.languages import in_language
from broker.ngsi.projections import Projection, narrow, nested_in, trim
from broker.ngsi.representation import Representation, render
from broker.ngsi.versions import Version, amend
from broker.ngsi.views import View, select_attributes, select_instances

MAX_COPIES: Final = 5_000
"""Entities inside of others in one answer: each path that leads to one makes a copy."""


class Part(NamedTuple):
    """An entity on the way through the links: what is shown of it, and through which entities it was reached."""

    state: State
    pick: Projection | None
    omit: Projection | None
    path: tuple[str, ...] = ()


class Link(NamedTuple):
    """What an attribute links to: the id of an entity, and what is shown of that."""

    target: str
    pick: Projection | None
    omit: Projection | None


def targets_of(instance: Instance) -> list[str]:
    """The ids that a Relationship or ListRelationship names."""
    if instance["type"] == "Relationship":
        target = instance["object"]
        return target if type(target) is list else [target]
    if instance["type"] == "ListRelationship":
        return [part["object"] for part in instance["objectList"]]
    return []


def links_of(part: Part) -> Iterator[Link]:
    """The links of those attributes that are shown."""
    for name, instances in part.state.attributes.items():
        pick, omit = nested_in(part.pick, name), nested_in(part.omit, name)
        for instance in instances:
            for target in targets_of(instance):
                yield Link(target, pick, omit)


def top_part(state: State, view: View, attrs: frozenset[str] | None) -> Part:
    """An entity that was asked for itself, with the attributes that are shown."""
    return _part(select_attributes(state, attrs), view, view.pick, view.omit)


def linked_part(state: State, view: View, link: Link) -> Part:
    """An entity that was reached by a link, with the attributes that are shown."""
    return _part(state, view, link.pick, link.omit)


def _part(state: State, view: View, pick: Projection | None, omit: Projection | None) -> Part:
    return Part(narrow(select_instances(state, view.datasets), pick, omit), pick, omit)


@dataclass(slots=True)
class Presenter:
    """Makes the documents of one answer; `linked` are the entities that links may lead to, by id."""

    context: Context
    representation: Representation
    view: View
    linked: Mapping[str, State] = field(default_factory=dict)
    altered: bool = False
    """Whether something was rewritten for an earlier version."""
    copies: int = 0

    def present(self, states: Sequence[State]) -> list[dict[str, Any]]:
        """The documents of a page; entities of which nothing is left are not among them."""
        parts = [top_part(state, self.view, self.representation.attrs) for state in states]
        join = self.view.join
        level = join.level if join is not None and join.kind == "inline" else 0
        pairs = [(state, self._document(part, level)) for state, part in zip(states, parts, strict=True)]
        if join is not None and join.kind == "flat":
            pairs += [(self.linked[part.state.id], self._document(part, 0)) for part in self._follow(parts, join.level)]
        return [self._shown(state, document) for state, document in pairs if document]

    def _shown(self, state: State, document: dict[str, Any]) -> dict[str, Any]:
        if self.view.place is None:
            return document
        return to_feature(select_instances(state, self.view.datasets), document, self.view.place)

    def _document(self, part: Part, level: int) -> dict[str, Any]:
        state = part.state
        if self.view.languages is not None:
            state = replaced(state, attributes=in_language(state.attributes, self.view.languages))
        if self.view.version is not None:
            state = self._amended(state, self.view.version)
        if level:
            within = part._replace(state=state, path=(*part.path, state.id))
            attributes = {
                name: [self._with_linked(instance, name, within, level) for instance in instances]
                for name, instances in state.attributes.items()
            }
            state = replaced(state, attributes=attributes)
        document = render(state, self.context, replace(self.representation, attrs=None))
        return trim(document, part.pick, part.omit)

    def _amended(self, state: State, version: Version) -> State:
        """The entity for readers of a version; what is not shown anyhow makes no difference to them."""
        amended = amend(state, version, self.context)
        if amended is not state and not self.altered:
            shown = replace(self.representation, attrs=None)
            self.altered = render(amended, self.context, shown) != render(state, self.context, shown)
        return amended

    def _with_linked(self, instance: Instance, name: str, part: Part, level: int) -> Instance:
        targets = targets_of(instance)
        pick, omit = nested_in(part.pick, name), nested_in(part.omit, name)
        found = [self._linked(Link(target, pick, omit), part.path, level - 1) for target in targets]
        if not any(found):
            return instance
        is_list = instance["type"] == "ListRelationship"
        is_one = not is_list and type(instance["object"]) is not list
        if self.representation.form == "simplified":
            values = [document or target for target, document in zip(targets, found, strict=True)]
            return {**instance, "type": "Property", "value": values[0] if is_one else values}
        documents = [document for document in found if document]
        return {**instance, "entityList" if is_list else "entity": documents[0] if is_one else documents}

    def _linked(self, link: Link, path: tuple[str, ...], level: int) -> dict[str, Any] | None:
        """The document of what a link leads to; None where it is not stored, or on the way here."""
        state = self._reached(link, path)
        if state is None:
            return None
        self.copies += 1
        if self.copies > MAX_COPIES:
            raise TooComplexQuery(
                f"The answer would hold more than {MAX_COPIES} linked entities; lower 'joinLevel' or 'limit',"
                " pick fewer relationships, or take join=flat, which holds each once"
            )
        return self._document(linked_part(state, self.view, link)._replace(path=path), level)

    def _follow(self, parts: Sequence[Part], level: int) -> Iterator[Part]:
        """The entities behind the links, each once, the nearest first."""
        seen = {part.state.id for part in parts}
        frontier = list(parts)
        for _ in range(level):
            following: list[Part] = []
            for link in (link for part in frontier for link in links_of(part)):
                state = None if link.target in seen else self._reached(link, ())
                if state is not None:
                    seen.add(state.id)
                    following.append(linked_part(state, self.view, link))
            yield from following
            frontier = following

    def _reached(self, link: Link, path: tuple[str, ...]) -> State | None:
        known = self.view.join.known if self.view.join is not None else frozenset()
        return None if link.target in path or link.target in known else self.linked.get(link.target)
