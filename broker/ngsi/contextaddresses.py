# SPDX-License-Identifier: EUPL-1.2
"""How stored @contexts are named: by a local id below this API, or by the URL that they came from."""

import re
import uuid
from typing import Any, Final
from urllib.parse import urljoin

from broker.ngsi.contexts import is_core

KINDS: Final = ("Hosted", "Cached", "ImplicitlyCreated")
PATH: Final = "/ngsi-ld/v1/jsonldContexts/"
_LOCAL_ID: Final = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_OWN: Final = re.compile(rf"(?:https?://[^/?#]+)?{PATH}({_LOCAL_ID})")


def own_id(url: str) -> str | None:
    """The local id that a URL of this API names, by whatever host: behind proxies a platform has many."""
    match = _OWN.fullmatch(url)
    return None if match is None else match[1]


def cached_id(url: str) -> str:
    """The local id of what was found at a URL: the same on every platform."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, url))


def content_id(body: bytes) -> str:
    """The local id of an @context that the platform makes an address for: the same for the same text."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, body.hex()))


def references(source: Any, base: str = "") -> list[str]:
    """The URLs that an @context names, other than the core's; relative ones belong to `base`."""
    parts = source if type(source) is list else [source]
    named = (urljoin(base, part) if base else part for part in parts if type(part) is str)
    return [url for url in dict.fromkeys(named) if not is_core(url)]
