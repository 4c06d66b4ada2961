# SPDX-License-Identifier: EUPL-1.2
"""The SQL of entities, history and what surrounds them: three lines per query."""

from typing import Final

from allmende.database.queries import load_queries

SQL: Final = load_queries("broker.store")
