# SPDX-License-Identifier: EUPL-1.2
"""The last guard of a mapping: what takes the process down, by time or memory, becomes a dead letter in the end.

Expressions have limits of their own, which stop nearly all. For the rest a clock and a limit of memory end the process. The
next one maps carefully: it notes each record before it maps it, so that after some deaths it knows which one it was.
"""

import asyncio
import hashlib
import os
import resource
import signal
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson

from allmende.connector import Mapped, Problem, Record, RecordMapping
from connectors.batches import encode

MAPPING_S = 60.0
CAREFUL_RECORDS = 5_000
MOST_DEATHS = 2


def limit_memory(mebibytes: int) -> None:
    """Bound the memory of this process; what asks for more fails, or ends it."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = mebibytes * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))


class Guarded:
    """A mapping whose record under way is known to the next process, once one has died; `path` keeps it."""

    def __init__(self, mapping: RecordMapping, path: Path, *, version: str) -> None:
        self._mapping = mapping
        self._path = path
        self._version = version
        known = _read(path)
        self._careful = CAREFUL_RECORDS if known.get("open") else 0
        self._deaths: dict[str, int] = known.get("deaths", {}) if known.get("version") == version else {}
        if known.get("version") == version and known.get("mapping"):
            self._deaths[known["mapping"]] = self._deaths.get(known["mapping"], 0) + 1
        self._rings = threading.current_thread() is threading.main_thread()
        self._is_armed = False
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._written = path.stat().st_size
        self._note(None)

    def map(self, record: Record, state: Any) -> Mapped:
        """Map one record; one that has ended the process is rejected."""
        if not self._careful and not self._deaths:
            return self._map(record, state)
        digest = _digest(record)
        if self._deaths.get(digest, 0) >= MOST_DEATHS:
            reason = f"The mapping of this record ended the connector {MOST_DEATHS} times, by its time or memory"
            return Mapped(entities=[], problems=[Problem(reason=reason)], state=state)
        self._note(digest)
        mapped = self._map(record, state)
        # Something else ended the process while this record was under way.
        self._deaths.pop(digest, None)
        self._careful = max(self._careful - 1, 0)
        self._note(None)
        return mapped

    def close(self) -> None:
        """Say that this process ends in peace."""
        if self._deaths:
            self._write({"open": False, "version": self._version, "deaths": self._deaths})
        else:
            self._path.unlink(missing_ok=True)
        os.close(self._file)

    def _map(self, record: Record, state: Any) -> Mapped:
        if not self._is_armed and self._rings:
            self._arm()
        try:
            return self._mapping.map(record, state)
        except MemoryError:
            return Mapped(entities=[], problems=[Problem(reason="The mapping needs too much memory")], state=state)

    def _arm(self) -> None:
        """Wind the clock until the loop turns again: for some hundred records at once, since each winding is a system call.

        Nothing handles its signal: the system itself ends what holds up even the interpreter.
        """
        asyncio.get_running_loop().call_soon(self._disarm)
        signal.setitimer(signal.ITIMER_REAL, MAPPING_S)
        self._is_armed = True

    def _disarm(self) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        self._is_armed = False

    def _note(self, digest: str | None) -> None:
        self._write({"open": True, "version": self._version, "deaths": self._deaths, "mapping": digest})

    def _write(self, content: dict[str, Any]) -> None:
        # It must outlive the process only; after a power cut there was no death by mapping. Written in place, since some
        # file systems flush a file that was truncated. A full disk ends no run here.
        text = orjson.dumps(content)
        with suppress(OSError):
            os.pwrite(self._file, text.ljust(self._written), 0)
            self._written = len(text)


def _digest(record: Record) -> str:
    """Tell a record from others, also when it comes back from the spool."""
    return hashlib.sha256(record.part.encode("utf-8", "surrogatepass") + b"\n" + encode(record.content)).hexdigest()[
        :32
    ]


def _read(path: Path) -> dict[str, Any]:
    try:
        known = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except orjson.JSONDecodeError:
        return {"open": True}
    return known if isinstance(known, dict) else {"open": True}
