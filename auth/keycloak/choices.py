# SPDX-License-Identifier: EUPL-1.2
"""What is said to `allmende auth`, checked: each mistake names its option."""

import re
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import click

from allmende.errors import SettingsError
from allmende.settings import Settings, is_loopback, parse_duration

ADDRESS: Final = re.compile(r"https?://[^\s/@?#*]+(?:/[^\s@?#*]+)*")
TENANT: Final = re.compile(r"[A-Za-z0-9_-]{1,40}")


def split_address(text: str) -> tuple[str, str | None]:
    """The address of a Keycloak, and the realm where an issuer's address was given."""
    address, _, realm = text.rstrip("/").partition("/realms/")
    if not ADDRESS.fullmatch(address):
        said = "one with a user or a password" if "@" in text else repr(text)
        raise SettingsError(f"--keycloak must be an address such as https://id.city.example, not {said}")
    return address, realm or None


def is_open(address: str) -> bool:
    """Whether others may read what is sent to an address."""
    parts = urlsplit(address)
    return parts.scheme == "http" and not is_loopback(parts.hostname or "")


def require_realm(name: str) -> str:
    """A realm of the platform's own; what administers Keycloak itself is none."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,35}", name):
        raise SettingsError(f"--realm must be 1 to 36 letters, digits, '_', '.' and '-', not {name!r}")
    if name == "master":
        raise SettingsError("--realm must not be master: that is for administrators of Keycloak alone")
    return name


def require_tenant(name: str) -> str:
    """A name that a tenant may have."""
    if not TENANT.fullmatch(name):
        raise SettingsError(f"--tenant must be 1 to 40 letters, digits, '_' and '-', not {name!r}")
    return name


def portals_of(given: tuple[str, ...]) -> tuple[str, ...]:
    """The addresses of the pages that were given."""
    for address in given:
        if not ADDRESS.fullmatch(address.rstrip("/")):
            raise SettingsError(f"--portal-url must be an address such as https://data.city.example, not {address!r}")
    return distinct(address.rstrip("/") for address in given)


def password_of(settings: Settings, path: Path | None) -> str:
    """The password of Keycloak's administrator."""
    if path is None:
        password = settings.keycloak_password.get_secret_value() if settings.keycloak_password else ""
    else:
        try:
            password = path.read_text(encoding="utf-8").strip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is no text"
            raise SettingsError(f"--admin-password-file {path} cannot be read: {reason}") from error
    if not password:
        raise SettingsError("The password of Keycloak's administrator is required: --admin-password-file FILE")
    return password


def wait_of(text: str) -> float:
    """Seconds of a duration."""
    try:
        duration = parse_duration(text)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--wait") from error
    return duration.total_seconds() if isinstance(duration, timedelta) else 0.0


def distinct(names: Iterable[str]) -> tuple[str, ...]:
    """Each once, in the order given."""
    return tuple(dict.fromkeys(names))
