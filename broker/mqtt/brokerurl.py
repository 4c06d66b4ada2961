# SPDX-License-Identifier: EUPL-1.2
"""The address of an outside broker, `mqtt://user:password@host:port` or `mqtts://…`."""

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote, urlsplit

from allmende.errors import SettingsError

_PORTS: Final = {"mqtt": 1883, "mqtts": 8883}


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerUrl:
    """What a client needs to connect; the password is not shown."""

    host: str
    port: int
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    is_tls: bool = False

    @classmethod
    def parse(cls, text: str) -> "BrokerUrl":
        """The parts of a URL; SettingsError where it is none."""
        try:
            parts = urlsplit(text)
            port = parts.port
        except ValueError as error:
            raise SettingsError(f"--mqtt: {error}") from None
        if parts.scheme not in _PORTS or not parts.hostname or parts.path not in ("", "/"):
            raise SettingsError("--mqtt must be mqtt://host:port or mqtts://host:port, with user:password@ if needed")
        return cls(
            host=parts.hostname,
            port=port or _PORTS[parts.scheme],
            username=None if parts.username is None else unquote(parts.username),
            password=None if parts.password is None else unquote(parts.password),
            is_tls=parts.scheme == "mqtts",
        )

    @property
    def shown(self) -> str:
        """The address as logs show it."""
        return f"{self.host}:{self.port}"
