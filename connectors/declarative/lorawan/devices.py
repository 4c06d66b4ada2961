# SPDX-License-Identifier: EUPL-1.2
"""Tables of devices: a row for each devEui, of a CSV, an Excel sheet, a JSON or a YAML file."""

import re
from pathlib import Path
from typing import Any

import yaml

from allmende.errors import SettingsError, SourceError
from connectors.declarative.lorawan.uplinks import to_eui
from connectors.declarative.sources.layouts import Layout, Unusable, format_of
from connectors.declarative.sources.readers import read_rows
from connectors.declarative.yaml12 import Yaml12

_COLUMN = "devEui"
Rows = dict[str, dict[str, Any]]


def read_devices(path: Path) -> Rows:
    """Give the rows by devEui, which is `devEui` in each; raise SettingsError with the row that is wrong."""
    devices: Rows = {}
    for number, row in enumerate(_rows(path), 1):
        if not isinstance(row, dict):
            problem = row.problem if isinstance(row, Unusable) else "it must be an object"
            raise SettingsError(f"Devices {path}, row {number}: {problem}")
        column = next((name for name in row if _plain(name) == "deveui"), None)
        if column is None:
            raise SettingsError(f"Devices {path}, row {number}: there is no column {_COLUMN}")
        eui = to_eui(row[column])
        if eui is None:
            raise SettingsError(f"Devices {path}, row {number}: {row[column]!r} must be 16 hexadecimal digits")
        if eui in devices:
            raise SettingsError(f"Devices {path}, row {number}: {eui} stands there twice")
        devices[eui] = {_COLUMN: eui, **{name: value for name, value in row.items() if name != column}}
    return devices


def _rows(path: Path) -> list[Any]:
    try:
        raw = path.read_bytes()
        if path.suffix.lower() in {".yaml", ".yml"}:
            # The loader is a safe one.
            content = yaml.load(raw, Loader=Yaml12)  # noqa: S506
            return content if isinstance(content, list) else [content]
        return list(read_rows(raw, Layout(format=format_of(path.name, None), called="file")))
    except (OSError, yaml.YAMLError, ValueError, SourceError) as error:
        raise SettingsError(f"Devices {path} cannot be read: {' '.join(str(error).split())}") from error


def _plain(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower())
