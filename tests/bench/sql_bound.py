# SPDX-License-Identifier: EUPL-1.2
"""The bound of ingest: what two connections do by SQL alone, with every argument made beforehand.

The effect is the same as that of a message: locked read, update of the document, history that ignores repeats.
"""

import multiprocessing
import time
from multiprocessing.synchronize import Barrier
from typing import Any

import psycopg

from broker.ngsi.instants import to_instant
from broker.store import SQL
from tests.bench.samples import OBSERVED, air_quality, entity_id

BATCH = 500
SCHEMA = "t_default"


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
    with psycopg.connect(url, autocommit=True) as connection:
        seqs = dict(connection.execute(f"SELECT id, seq FROM {SCHEMA}.name").fetchall())
        numbers = dict(connection.execute(f"SELECT iri, id FROM {SCHEMA}.attribute").fetchall())
        documents = dict(connection.execute(f"SELECT seq, document::text FROM {SCHEMA}.entity").fetchall())
        batches = [
            _arguments(range(start, start + BATCH), round_, seqs, numbers, documents)
            for round_ in range(first, first + rounds)
            for start in range(half * BATCH, entities, 2 * BATCH)
        ]
        lock, update, history = (
            _as_psycopg(SQL.text(name, SCHEMA)) for name in ("lock_entities", "update_entities", "insert_history")
        )
        barrier.wait()
        started = time.perf_counter()
        for ids, entity_arguments, history_arguments in batches:
            with connection.transaction():
                connection.execute(lock, {"p1": ids}, prepare=True, binary=True).fetchall()
                connection.execute(update, entity_arguments, prepare=True)
                connection.execute(history, history_arguments, prepare=True)
        results.put(time.perf_counter() - started)


def _arguments(batch: range, round_: int, seqs: Any, numbers: Any, documents: Any) -> tuple[Any, Any, Any]:
    entities = [air_quality(number, round_) for number in batch]
    ids = [entity_id(number) for number in batch]
    ordered = [seqs[one] for one in ids]
    times = [to_instant(entity["NO2"]["observedAt"]) for entity in entities]
    vocabulary = "https://uri.etsi.org/ngsi-ld/default-context/"
    rows = [
        (
            seq,
            numbers[vocabulary + name],
            moment,
            float(entity[name]["value"]),
            f'{{"type":"Property","unitCode":"{unit}"}}',
        )
        for seq, entity, moment in zip(ordered, entities, times, strict=True)
        for name, _, unit in OBSERVED
    ]
    columns = list(zip(*rows, strict=True))
    size = len(rows)
    update = {"p1": ordered, "p2": times, "p3": [documents[seq] for seq in ordered]}
    history = {
        "p1": list(columns[0]),
        "p2": list(columns[1]),
        "p3": [0] * size,
        "p4": list(columns[2]),
        "p5": [True] * size,
        "p6": list(columns[2]),
        "p7": [False] * size,
        "p8": list(columns[3]),
        "p9": list(columns[4]),
    }
    return ids, update, history


def _as_psycopg(text: str) -> str:
    """The driver's own placeholders in the place of PostgreSQL's."""
    for number in range(9, 0, -1):
        text = text.replace(f"${number}", f"%(p{number})s")
    return text
