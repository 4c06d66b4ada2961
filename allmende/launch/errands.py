# SPDX-License-Identifier: EUPL-1.2
"""What the platform has a short-lived process do before it serves, and for new connectors; and what came of it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What to prepare."""

    data: str
    admin_url: str = ""
    """Of an administrator, who brings the database to this version; empty where it serves already."""
    serving_password: str = ""
    serving_url: str = ""
    """Of a database that serves already: only keys are made."""
    connectors: tuple[str, ...] = ()
    """Names of connectors that the platform runs, as tenant `default`."""
    files: tuple[str, ...] = ()
    """Connector files whose connectors it is to run, too."""
    tends: bool = False
    """Whether the histories of a database at this version are looked after, and nothing else is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What came of it."""

    url: str = ""
    """With which serving processes connect."""
    connectors: tuple[str, ...] = ()
    """Names of connectors that have a key now."""
    needs_tending: bool = False
    """Whether its histories are to be looked after from time to time."""
    error: str = ""
    away: bool = False
