# SPDX-License-Identifier: EUPL-1.2
"""Preview: what would become of the first records; nothing is published, no cursor moves."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from allmende.connector import Entity, Mapped, Record, Source, Stream
from allmende.errors import SettingsError, Stop
from connectors.declarative.connector import Declared
from connectors.declarative.sources.layouts import format_of


@dataclass(slots=True)
class Preview:
    """The answer of a preview."""

    records: int = 0
    entities: list[Entity] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)
    pairs: list[tuple[Any, list[Entity]]] = field(default_factory=list)
    """Each record, as expressions see it, beside its entities."""
    part: str | None = None
    """The file of the last record."""

    def take(self, record: Record, mapped: Mapped, seen: Any) -> None:
        """Add a record, what became of it, and what expressions saw of it."""
        self.part = record.part
        self.records += 1
        self.entities += mapped.entities
        self.pairs.append((seen, mapped.entities))
        where = {"record": self.records, "file": record.part}
        self.errors += [
            {**where, "attribute": problem.attribute, "reason": problem.reason} for problem in mapped.problems
        ]

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


async def preview(connector: Declared, limit: int, *, one_part: bool = False) -> Preview:
    """Read and map at most so many records; `one_part`: those of the first file only."""
    states: dict[str, Any] = {}
    await connector.source.check()
    answer = Preview(warnings=list(connector.warnings))
    async with aclosing(_records(connector.source, limit, one_part=one_part)) as records:
        async for record in records:
            mapped = connector.mapping.map(record, states.get(record.part))
            states[record.part] = mapped.state
            answer.take(record, mapped, connector.mapping.seen(record.content))
    answer.warnings += _never_there(connector, answer)
    return answer


async def _records(source: Source, limit: int, *, one_part: bool) -> AsyncGenerator[Record, None]:
    """Give the first records; of what others send, the parts are topics, and a fixture holds them all."""
    if limit <= 0:
        return
    count, first = 0, None
    reading = source.watch() if isinstance(source, Stream) else source.read({})
    async with _closing(reading) as records:
        async for record in records:
            first = record.part if first is None or isinstance(source, Stream) else first
            if one_part and record.part != first:
                return
            yield record
            count += 1
            if count >= limit:
                return


@asynccontextmanager
async def _closing(records: AsyncIterator[Record]) -> AsyncIterator[AsyncIterator[Record]]:
    """Let go of the source where the preview has enough."""
    try:
        yield records
    finally:
        if isinstance(records, AsyncGenerator):
            await records.aclose()


def record_fixture(connector: Declared, answer: Preview, out: Path) -> None:
    """Write what a preview of one file has read as a fixture: its raw content, cut to the records of the preview."""
    if answer.part is None:
        raise Stop(f"The source holds no record: {out} is not written")
    form = connector.source.format_of(answer.part)
    if format_of(out.name, connector.file.source.format) != form:
        raise SettingsError(f"{out} must have a suffix that says its format, which is {form}")
    source = connector.source.path_of(answer.part)
    try:
        if source is not None and out.exists() and out.samefile(source):
            raise SettingsError(f"{out} is the source itself")
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(connector.source.sample(answer.part, answer.records))
    except OSError as error:
        raise SettingsError(f"{out} cannot be written: {error.strerror}") from error


def _never_there(connector: Declared, answer: Preview) -> list[str]:
    """Warn of attributes that no record gave."""
    if not answer.records:
        return ["The source holds no record"]
    failed = {error["attribute"] for error in answer.errors}
    seen = {name for entity in answer.entities for name in entity}
    names = [name for block in connector.file.blocks for name in block.attributes]
    return [f"Attribute {name!r}: no record gives it" for name in dict.fromkeys(names) if name not in seen | failed]
