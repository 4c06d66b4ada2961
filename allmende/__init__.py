# SPDX-License-Identifier: EUPL-1.2
"""The shared language of the platform: what third parties build on."""

from allmende.connector import Cursor, Entity, Mapped, Problem, Record, RecordMapping, Source
from allmende.errors import AllmendeError, Retry, Skip, SourceError, Stop

__all__ = [
    "AllmendeError",
    "Cursor",
    "Entity",
    "Mapped",
    "Problem",
    "Record",
    "RecordMapping",
    "Retry",
    "Skip",
    "Source",
    "SourceError",
    "Stop",
]
