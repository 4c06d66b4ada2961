# SPDX-License-Identifier: EUPL-1.2
"""A block of a connector file, compiled: what an expression sees becomes entities."""

from collections.abc import Iterator
from typing import Any

from allmende.connector import Entity, Problem
from connectors.declarative.attributes import CompiledAttribute, Uri, compile_attribute, once_a_record
from connectors.declarative.engines import ExpressionError
from connectors.declarative.entities import EntityBlock
from connectors.declarative.expressions import Expression, Expressions
from connectors.declarative.passing import to_entity
from connectors.declarative.scopes import Compute, Scope
from connectors.declarative.values import is_nothing

MOST_ENTITIES = 100_000


class EntityBuilder:
    """Makes the entities of one block."""

    def __init__(self, block: EntityBlock, connector: str, context: Any, expressions: Expressions, place: str) -> None:
        self._each = expressions.compile(block.each, f"{place}.each") if block.each else None
        self._compiled: list[Expression] = []
        self._with_each = self._each is not None
        self._expressions = expressions
        self._type = block.type
        self._uri = Uri(block.type, connector)
        self._context = context if context is None or len(context) > 1 else context[0]
        self._id = self._compile(block.id or "null", f"{place}.id")
        self._passed = self._compile(block.passthrough, f"{place}.passthrough") if block.passthrough else None
        self._when = self._compile(block.when, f"{place}.when") if block.when else None
        self._observed = self._compile(block.observed_at, f"{place}.observedAt") if block.observed_at else None
        self._attributes: list[CompiledAttribute] = [
            compile_attribute(name, attribute, self._compile, f"{place}.{name}")
            for name, attribute in block.attributes.items()
        ]
        self._merged = expressions.merge(self._compiled) if len(self._compiled) > 1 else None

    def _compile(self, text: str, place: str) -> Compute:
        """Compile an expression; several that need JSONata are computed in one call."""
        expression = self._expressions.compile(text, place)
        if self._with_each and expression.record_only:
            return once_a_record(expression.compute)
        if expression.plain or expression.uses_local:
            return expression.compute
        slot = str(len(self._compiled))
        self._compiled.append(expression)
        alone = expression.compute

        def compute(scope: Scope) -> Any:
            return alone(scope) if scope.merged is None else scope.merged.get(slot)

        return compute

    def build(self, whole: Scope, entities: list[Entity], problems: list[Problem]) -> None:
        """Add the entities of a scope, and what cannot be made."""
        try:
            elements = self._elements(whole)
        except ExpressionError as error:
            problems.append(Problem(reason=f"each: {error}", attribute="each"))
            return
        for scope in elements:
            if self._merged is not None and type(scope.element) is dict:
                self._compute_merged(scope)
            try:
                entity = self._entity(scope, problems)
            except _BlockError as error:
                if error.problem not in problems:
                    problems.append(error.problem)
                continue
            if entity is not None:
                entities.append(entity)

    def _elements(self, whole: Scope) -> Iterator[Scope] | tuple[Scope]:
        if self._each is None:
            return (whole,)
        answer = self._each.compute(whole)
        if answer is None:
            return iter(())
        found = answer if isinstance(answer, list) else [answer]
        if len(found) > MOST_ENTITIES:
            raise ExpressionError(f"gives more than {MOST_ENTITIES} elements")
        return (whole.of_element(element) for element in found)

    def _compute_merged(self, scope: Scope) -> None:
        try:
            scope.merged = self._merged(scope) if self._merged else None
        except ExpressionError:
            scope.merged = None  # each is computed alone, which tells the one that fails

    def _entity(self, scope: Scope, problems: list[Problem]) -> Entity | None:
        if self._when is not None and not self._is_wanted(scope):
            return None
        if self._passed is not None:
            return self._pass_on(self._passed, scope)
        entity: Entity = {"id": self._uri_of(scope), "type": self._type}
        observed = None if self._observed is None else self._observed_at(scope)
        for attribute in self._attributes:
            try:
                instance = attribute.build(scope, observed)
            except ExpressionError as error:
                problems.append(Problem(reason=f"Attribute {attribute.name!r}: {error}", attribute=attribute.name))
                continue
            if instance is not None:
                entity[attribute.name] = instance
        if len(entity) == 2:
            return None
        if self._context is not None:
            entity["@context"] = self._context
        return entity

    def _pass_on(self, passed: Compute, scope: Scope) -> Entity | None:
        """Give an entity that the record holds as such; one without attributes is not sent."""
        try:
            given = passed(scope)
            entity = None if given is None else to_entity(given, self._context)
        except ExpressionError as error:
            raise _BlockError("passthrough", f"passthrough: {error}") from error
        return entity if entity is not None and entity.keys() - {"id", "type", "@context"} else None

    def _is_wanted(self, scope: Scope) -> bool:
        try:
            return self._when is None or self._when(scope) not in (False, None)
        except ExpressionError as error:
            raise _BlockError("when", f"when: {error}") from error

    def _uri_of(self, scope: Scope) -> str:
        try:
            value = self._id(scope)
        except ExpressionError as error:
            raise _BlockError("id", f"id: {error}") from error
        if type(value) is not str and type(value) is not int and type(value) is not float and value is not None:
            raise _BlockError("id", f"{value!r} cannot be an id")
        if value is None or value == "":
            raise _BlockError("id", "The record has no id")
        return self._uri.of(value)

    def _observed_at(self, scope: Scope) -> Any:
        try:
            observed = self._observed(scope) if self._observed else None
        except ExpressionError as error:
            raise _BlockError("observedAt", f"observedAt: {error}") from error
        if is_nothing(observed):
            raise _BlockError("observedAt", "observedAt gives nothing")
        return observed


class _BlockError(Exception):
    """The entity cannot be made at all."""

    def __init__(self, attribute: str, reason: str) -> None:
        super().__init__(reason)
        self.problem = Problem(reason=reason, attribute=attribute)
