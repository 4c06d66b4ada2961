# SPDX-License-Identifier: EUPL-1.2
"""The bound of ingest: what two connections do by SQL alone, with every argument made beforehand.

The effect is the same as that of a message: locked read, update of the document, history that ignores repeats.
"""

import asyncio
import multiprocessing
import time
from multiprocessing.synchronize import Barrier
from typing import Any

import asyncpg

from broker.ngsi.instants import to_instant
from broker.store import SQL
from broker.store.literals import numerals, plain, quoted
from tests.bench.samples import OBSERVED, air_quality, entity_id

BATCH = 500
SCHEMA = "t_default"
WRITE = f"""
WITH updated AS (
  UPDATE {SCHEMA}.entity e SET modified_at = $1, document = u.document
    FROM unnest($2::text::bigint[], $3::jsonb[]) AS u(seq, document)
   WHERE e.seq = u.seq
)
INSERT INTO {SCHEMA}.history AS h (seq, attribute, dataset, time, observed, modified_at, deleted, number, value)
     SELECT u.seq, u.attribute, 0, u.time, true, $1, false, u.number, u.value
       FROM unnest($4::text::bigint[], $5::text::int[], $6::text::timestamptz[], $7::text::float8[], $8::text::jsonb[])
         AS u(seq, attribute, time, number, value)
ON CONFLICT (seq, attribute, dataset, time) DO UPDATE
        SET observed = excluded.observed, modified_at = excluded.modified_at, deleted = excluded.deleted,
            number = excluded.number, value = excluded.value
      WHERE (h.number, h.value, h.deleted) IS DISTINCT FROM (excluded.number, excluded.value, excluded.deleted)
"""


def measure(url: str, entities: int, rounds: int, first_round: int) -> float:
    """Entities per second of two processes that update `entities` entities `rounds` times."""
    barrier = multiprocessing.Barrier(3)
    results: multiprocessing.Queue[float] = multiprocessing.Queue()
    workers = [
        multiprocessing.Process(target=_work, args=(url, half, entities, rounds, first_round, barrier, results))
        for half in range(2)
    ]
    for worker in workers:
        worker.start()
    barrier.wait()
    seconds = max(results.get(timeout=300) for _ in workers)
    for worker in workers:
        worker.join()
    return entities * rounds / seconds


def _work(url: str, half: int, entities: int, rounds: int, first: int, barrier: Barrier, results: Any) -> None:
    results.put(asyncio.run(_update(url, half, entities, range(first, first + rounds), barrier)))


async def _update(url: str, half: int, entities: int, rounds: range, barrier: Barrier) -> float:
    connection = await asyncpg.connect(url, server_settings={"jit": "off"})
    seqs = dict(await connection.fetch(f"SELECT id, seq FROM {SCHEMA}.name"))
    numbers = dict(await connection.fetch(f"SELECT iri, id FROM {SCHEMA}.attribute"))
    documents = dict(await connection.fetch(f"SELECT seq, document::text FROM {SCHEMA}.entity"))
    batches = [
        _arguments(range(start, start + BATCH), round_, seqs, numbers, documents)
        for round_ in rounds
        for start in range(half * BATCH, entities, 2 * BATCH)
    ]
    lock = await connection.prepare(SQL.text("lock_entities", SCHEMA))
    write = await connection.prepare(WRITE)
    barrier.wait()
    started = time.perf_counter()
    for ids, arguments in batches:
        await connection.execute("BEGIN")
        await lock.fetch(ids)
        await write.fetch(*arguments)
        await connection.execute("COMMIT")
    seconds = time.perf_counter() - started
    await connection.close()
    return seconds


def _arguments(batch: range, round_: int, seqs: Any, numbers: Any, documents: Any) -> tuple[Any, Any]:
    entities = [air_quality(number, round_) for number in batch]
    ids = [entity_id(number) for number in batch]
    ordered = [seqs[one] for one in ids]
    moments = [entity["NO2"]["observedAt"] for entity in entities]
    times = [to_instant(moment) for moment in moments]
    vocabulary = "https://uri.etsi.org/ngsi-ld/default-context/"
    rows = [
        (
            seq,
            numbers[vocabulary + name],
            moment,
            float(entity[name]["value"]),
            f'{{"type":"Property","unitCode":"{unit}"}}',
        )
        for seq, entity, moment in zip(ordered, entities, moments, strict=True)
        for name, _, unit in OBSERVED
    ]
    columns = list(zip(*rows, strict=True))
    seq, attribute, moment, number, value = columns
    history = (numerals(seq), numerals(attribute), plain(moment), numerals(number), quoted(value))
    return ids, (times[0], numerals(ordered), [documents[one] for one in ordered], *history)
