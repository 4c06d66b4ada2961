# SPDX-License-Identifier: EUPL-1.2
"""What a map says, in the language of its page. Pure."""

from collections.abc import Mapping
from typing import Final

import orjson

from api.pages.texts import Texts

_PARTS: Final[Mapping[str, str]] = {
    "Map.Title": "map",
    "NavigationControl.ZoomIn": "map_zoom_in",
    "NavigationControl.ZoomOut": "map_zoom_out",
    "NavigationControl.ResetBearing": "map_north",
    "Popup.Close": "map_close",
    "CooperativeGesturesHandler.WindowsHelpText": "map_scroll",
    "CooperativeGesturesHandler.MacHelpText": "map_scroll_mac",
    "CooperativeGesturesHandler.MobileHelpText": "map_fingers",
}
"""What MapLibre calls its texts, and what we call them."""


def map_words(texts: Texts) -> str:
    """JSON for the scripts of maps: `{"keys", "away", "failed", "silent", "many", "locale": {…}}`."""
    words = {name: texts[f"map_{name}"] for name in ("keys", "away", "failed", "silent", "many")}
    return orjson.dumps({**words, "locale": {part: texts[name] for part, name in _PARTS.items()}}).decode()
