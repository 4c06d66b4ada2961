# SPDX-License-Identifier: EUPL-1.2
"""Uplinks made ready for the mapping: decoded, and beside the row of their device."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allmende.errors import AllmendeError
from connectors.declarative.kinds import SourceBlock
from connectors.declarative.kinds.lorawan import ChirpstackSource, LorawanSource
from connectors.declarative.lorawan.devices import Rows, read_devices
from connectors.declarative.lorawan.uplinks import Server, is_of, payload_of, uplink_of

if TYPE_CHECKING:
    from connectors.declarative.lorawan.codecs import Codec


@dataclass(frozen=True, slots=True)
class Prepared:
    """What expressions see of a record, and its device."""

    content: Any
    device: dict[str, Any] | None = None


Prepare = Callable[[Any], Prepared | None]
"""From a raw record to what is mapped; nothing where it is not to be mapped; raises AllmendeError with the reason."""


class UnknownDevice(AllmendeError):
    """A device is not in the table."""


def open_devices(block: SourceBlock, place: Path) -> Rows | None:
    """Read the device table of a source that names one; `place` is the connector file's folder."""
    if not isinstance(block, LorawanSource) or block.devices is None:
        return None
    return read_devices((place / block.devices).expanduser())


def open_preparation(block: SourceBlock, place: Path, devices: Rows | None) -> Prepare | None:
    """Read the codecs of a source that has them."""
    if not isinstance(block, LorawanSource):
        return None
    codecs = _open_codecs(block, place) if block.codecs else {}
    return Uplinks("chirpstack" if isinstance(block, ChirpstackSource) else "ttn", block, codecs, devices).prepare


def _open_codecs(settings: LorawanSource, place: Path) -> dict[str | None, "Codec"]:
    from connectors.declarative.lorawan.codecs import Codec

    return {kind: Codec((place / path).expanduser()) for kind, path in settings.codecs.items()}


class Uplinks:
    """Prepares the uplinks of one source. The spool keeps them raw: what was set aside meets new codecs and rows."""

    def __init__(
        self, server: Server, settings: LorawanSource, codecs: dict[str | None, "Codec"], devices: Rows | None
    ) -> None:
        self._server = server
        self._settings = settings
        self._codecs = codecs
        self._devices = devices

    def prepare(self, content: Any) -> Prepared | None:
        """Give the record of an uplink, nothing for what is left out; raise AllmendeError."""
        uplink = uplink_of(self._server, content)
        if uplink is None or not is_of(self._server, content, self._settings.application, self._settings.tenant):
            return None
        device = self._device(uplink["devEui"])
        if device is None and self._devices is not None and self._settings.unknown_devices == "skip":
            return None
        codec = self._codec(device)
        warnings: list[str] = []
        if codec is not None:
            # On port 0, or without one, there is no payload of the application.
            decoded = (
                codec.decode(payload_of(uplink), uplink["fPort"], uplink["time"]) if uplink["fPort"] else (None, [])
            )
            uplink["object"], warnings = decoded
        return Prepared({**uplink, "warnings": warnings, "device": device}, device)

    def _device(self, eui: str) -> dict[str, Any] | None:
        if self._devices is None:
            return None
        device = self._devices.get(eui)
        if device is None and self._settings.unknown_devices == "reject":
            words = "add it, or set unknown_devices to keep or skip"
            raise UnknownDevice(f"Device {eui} is not in {self._settings.devices}: {words}")
        return device

    def _codec(self, device: dict[str, Any] | None) -> "Codec | None":
        if None in self._codecs:
            return self._codecs[None]
        return None if device is None else self._codecs.get(str(device.get("type")))
