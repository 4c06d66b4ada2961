# SPDX-License-Identifier: EUPL-1.2
"""What the platform has a short-lived process do before it serves, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What to prepare."""

    admin_url: str
    serving_password: str
    data: str
    connectors: tuple[str, ...] = ()
    """Names of connectors that the platform brings."""
    files: tuple[str, ...] = ()
    """Connector files that the platform runs, as tenant `default`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What came of it."""

    url: str = ""
    """With which serving processes connect."""
    names: Mapping[str, str] = field(default_factory=dict)
    """The connectors' names by their file; a file that cannot be read is not among them."""
    error: str = ""
    away: bool = False
