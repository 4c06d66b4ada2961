# SPDX-License-Identifier: EUPL-1.2
"""Connectors of LoRaWAN for tests."""

from pathlib import Path
from typing import Any

from connectors.declarative.connector import Declared, open_connector
from tests.connectors.writing import declare, map_one, write_file

CODEC = """
function decodeUplink(input) {
  if (input.bytes.length < 2) return {errors: ["too short"]};
  return {data: {temperature: input.bytes[0] / 2, open: input.bytes[1] === 1}, warnings: ["calibrate"]};
}
"""
ENTITY = """
entity:
  type: Device
  id: devEui
  observedAt: time
  attributes:
    temperature: object.temperature
    open: object.open
    place: $device.place
    kind: device.type
    port: fPort
    warned: warnings[0]
"""


def lorawan(folder: Path, kind: str, more: str = "", *, devices: str | None = None, engine: Any = None) -> Declared:
    write_file(folder, CODEC, "codec.js")
    if devices is not None:
        write_file(folder, devices, "devices.csv")
        more = f"devices: devices.csv, {more}"
    return declare(folder, f"source: {{type: {kind}, url: 'mqtt://localhost', {more}}}\n{ENTITY}", engine)


def by_webhook(folder: Path, kind: str, more: str = "", *, devices: str | None = None, auth: str = "none") -> Declared:
    """The same, by webhook."""
    path = lorawan(folder, kind, more, devices=devices).path
    path.write_text(path.read_text().replace("url: 'mqtt://localhost'", f"webhook: {{auth: {auth}}}"))
    return open_connector(path, environment={})


def values(connector: Declared, content: Any) -> dict[str, Any]:
    """The values of the one entity; of none, its problems."""
    mapped = map_one(connector, content)
    assert len(mapped.entities) == 1, mapped
    return {name: attribute["value"] for name, attribute in mapped.entities[0].items() if name not in {"id", "type"}}
