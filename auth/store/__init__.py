# SPDX-License-Identifier: EUPL-1.2
"""The SQL of keys and tenants."""

from typing import Final

from allmende.database.queries import load_queries

SQL: Final = load_queries("auth.store")
