# SPDX-License-Identifier: EUPL-1.2
"""Targets: the platform that a connector sends to, and the key that it shows there."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from allmende.errors import SettingsError, Unavailable
from allmende.keyfile import read_key
from allmende.spools import file_name
from connectors.link import Address, parse_platform

_TENANT = re.compile(r"[A-Za-z0-9_-]{1,40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The platform that a connector sends to."""

    address: Address
    key: str | None = field(repr=False)
    tenant: str
    data: Path


def find_target(platform: str | None, key_file: Path | None, *, connector: str, tenant: str, data: Path) -> Target:
    """Give the platform that is named, else the one that runs in the data folder with its key for the connector."""
    if not _TENANT.fullmatch(tenant):
        raise SettingsError(f"--tenant must be 1 to 40 of a-z, A-Z, 0-9, _ and -, not {tenant!r}")
    is_here = platform is None
    if platform is None:
        platform = _running_in(data)
        if key_file is None:
            keys = (data / "keys" / file_name(tenant, connector), data / "admin.key")
            key_file = next((path for path in keys if path.is_file()), None)
    key = None if key_file is None else read_key(key_file)
    # On this machine the address comes from a file of the platform's own, and its certificate names another host.
    address = parse_platform(platform, knows_certificate=not is_here)
    return Target(address=address, key=key, tenant=tenant, data=data)


def _running_in(data: Path) -> str:
    try:
        return str(json.loads((data / "platform.json").read_text(encoding="utf-8"))["mqtt"])
    except (OSError, ValueError, KeyError) as error:
        words = f"No platform runs in {data}; start one with allmende up, or name one with --platform"
        raise Unavailable(words) from error
