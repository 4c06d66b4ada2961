# SPDX-License-Identifier: EUPL-1.2
"""Preview: what would become of the first records; nothing is published, no cursor moves."""

from dataclasses import dataclass, field
from typing import Any

from allmende.connector import Entity
from connectors.declarative.connector import Declared


@dataclass(slots=True)
class Preview:
    """The answer of a preview."""

    records: int = 0
    entities: list[Entity] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)
    pairs: list[tuple[Any, list[Entity]]] = field(default_factory=list)
    """Each raw record beside its entities."""

    @classmethod
    def of_problems(cls, problems: list[str]) -> "Preview":
        """Give the answer where nothing can be read: the file or its source is wrong."""
        return cls(errors=[{"record": None, "file": None, "attribute": None, "reason": words} for words in problems])

    def as_json(self) -> dict[str, Any]:
        """Give what `preview --json` prints."""
        return {
            "records": self.records,
            "entities": self.entities,
            "warnings": self.warnings,
            "errors": self.errors,
        }


async def preview(connector: Declared, limit: int) -> Preview:
    """Read and map at most so many records."""
    answer = Preview(warnings=list(connector.warnings))
    states: dict[str, Any] = {}
    await connector.source.check()
    if limit > 0:
        async for record in connector.source.read({}):
            mapped = connector.mapping.map(record, states.get(record.part))
            states[record.part] = mapped.state
            answer.records += 1
            answer.entities += mapped.entities
            answer.pairs.append((record.content, mapped.entities))
            answer.errors += [
                {
                    "record": answer.records,
                    "file": record.part,
                    "attribute": problem.attribute,
                    "reason": problem.reason,
                }
                for problem in mapped.problems
            ]
            if answer.records >= limit:
                break
    answer.warnings += _never_there(connector, answer)
    return answer


def _never_there(connector: Declared, answer: Preview) -> list[str]:
    """Warn of attributes that no record gave."""
    if not answer.records:
        return ["The source holds no record"]
    failed = {error["attribute"] for error in answer.errors}
    seen = {name for entity in answer.entities for name in entity}
    names = [name for block in connector.file.blocks for name in block.attributes]
    return [f"Attribute {name!r}: no record gives it" for name in dict.fromkeys(names) if name not in seen | failed]
