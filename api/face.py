# SPDX-License-Identifier: EUPL-1.2
"""What a town chooses of its pages: its name, its time zone, and the background of maps."""

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

DEFAULT_ZONE: Final = "Europe/Berlin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """The choices; `tiles` is the address of tiles ({z}/{x}/{y}) or of a PMTiles file, empty for a blank map."""

    city: str = ""
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo(DEFAULT_ZONE))
    tiles: str = ""
    attribution: str = ""

    @property
    def tiles_origin(self) -> str:
        """The origin that maps load from, empty where that is this platform."""
        parts = urlsplit(self.tiles)
        return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
