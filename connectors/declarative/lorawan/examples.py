# SPDX-License-Identifier: EUPL-1.2
"""The examples of a codec, in the format of the public device repository of The Things Network."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from allmende.errors import SettingsError
from connectors.declarative.yaml12 import Yaml12

_OUTPUTS = ("data", "warnings", "errors")


class _Yaml(Yaml12):
    """Payloads may be written as 0x0f."""


_Yaml.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^0x[0-9a-fA-F]+$"), ["0"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """What a codec is given, {bytes, fPort, recvTime}, and what it must give."""

    name: str
    given: dict[str, Any]
    expected: dict[str, Any]


def read_examples(codec: Path) -> Iterator[Example]:
    """Give the examples of every `*-codec.yaml` that names a codec, beside it or a folder above.

    Raises SettingsError where one is wrong.
    """
    above = codec.parent.parent
    for path in sorted([*codec.parent.glob("*-codec*.yaml"), *above.glob("*-codec*.yaml")]):
        decoder = _read(path).get("uplinkDecoder")
        if not isinstance(decoder, dict) or path.parent / str(decoder.get("fileName")) != codec:
            continue
        for number, entry in enumerate(decoder.get("examples") or [], 1):
            yield _example(path, number, entry)


def _read(path: Path) -> dict[str, Any]:
    try:
        # The loader is a safe one.
        content = yaml.load(path.read_bytes(), Loader=_Yaml)  # noqa: S506
    except (OSError, yaml.YAMLError, ValueError) as error:
        raise SettingsError(f"{path} cannot be read: {' '.join(str(error).split())}") from error
    return content if isinstance(content, dict) else {}


def _example(path: Path, number: int, entry: Any) -> Example:
    try:
        given, output = entry["input"], entry["output"]
        payload = bytes(given["bytes"])
        name = str(entry.get("description") or number)
        expected = {key: output[key] for key in _OUTPUTS if output.get(key)}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        words = "needs input: {bytes, fPort} and output: {data}"
        raise SettingsError(f"{path}: example {number} {words}") from error
    more = {"recvTime": str(given["recvTime"])} if "recvTime" in given else {}
    return Example(name=name, given={"bytes": list(payload), "fPort": given.get("fPort", 1), **more}, expected=expected)
