# SPDX-License-Identifier: EUPL-1.2
"""The mapping of a connector file: a record and what was seen before become entities; no I/O."""

from typing import Any

from allmende.connector import Entity, Mapped, Problem, Record
from allmende.errors import AllmendeError
from connectors.declarative.building import EntityBuilder
from connectors.declarative.expressions import Expressions
from connectors.declarative.format import ConnectorFile
from connectors.declarative.kinds.broker import BrokerSource
from connectors.declarative.lorawan.preparing import Prepare, Prepared
from connectors.declarative.scopes import Scope
from connectors.declarative.topics import TopicReader


class Mapping:
    """Maps records; one instance belongs to the thread that made it, as the engine's expressions do."""

    def __init__(self, connector: ConnectorFile, expressions: Expressions, prepare: Prepare | None = None) -> None:
        many = len(connector.blocks) > 1
        context = connector.context
        self._times = expressions.times
        self._turn = 0
        self._prepare = prepare or Prepared
        source = connector.source
        self._topic_of = TopicReader(source.filters).read if isinstance(source, BrokerSource) else _no_topic
        self._builders = [
            EntityBuilder(block, connector.name, context, expressions, f"entities.{number}" if many else "entity")
            for number, block in enumerate(connector.blocks)
        ]

    def seen(self, content: Any) -> Any:
        """Give what expressions see of a raw record; the record itself where it cannot be made ready."""
        try:
            prepared = self._prepare(content)
        except AllmendeError:
            return content
        return content if prepared is None else prepared.content

    def map(self, record: Record, state: Any) -> Mapped:
        """Give the entities of a record, what could not be mapped, and what is now known of its file."""
        if record.problem is not None:
            return Mapped(entities=[], problems=[Problem(reason=record.problem)], state=state)
        try:
            prepared = self._prepare(record.content)
        except AllmendeError as error:
            return Mapped(entities=[], problems=[Problem(reason=str(error))], state=state)
        if prepared is None:
            return Mapped(entities=[], state=state)
        self._turn += 1
        self._times.seen = dict(state) if state and not record.first else {}
        entities: list[Entity] = []
        problems: list[Problem] = []
        for builder in self._builders:
            scope = Scope(
                prepared.content,
                prepared.content,
                record.part,
                self._turn,
                topic=self._topic_of(record.part),
                device=prepared.device,
            )
            builder.build(scope, entities, problems)
        return Mapped(entities=entities, problems=problems, state=self._times.seen)


def _no_topic(_part: str) -> None:
    """A file has none."""
