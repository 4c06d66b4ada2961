# SPDX-License-Identifier: EUPL-1.2
"""Ids of entities: what is a URI, and how a text becomes one."""

import re
from urllib.parse import quote

URI = re.compile(r"urn:[a-zA-Z0-9][a-zA-Z0-9-]{0,31}:\S+|[a-zA-Z][a-zA-Z0-9+.-]*://\S+")
SAFE = "-._~:@!$&'()*+,;=/?"


def to_uri(name: str, kind: str) -> str:
    """Give the id where it is a URI, else urn:ngsi-ld:<type>:<id>."""
    return name if URI.fullmatch(name) else f"urn:ngsi-ld:{quote(kind, safe=SAFE)}:{quote(name, safe=SAFE)}"
