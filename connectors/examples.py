# SPDX-License-Identifier: EUPL-1.2
"""The examples of payload codecs as tests: each input must give its output."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from allmende.errors import SettingsError
from connectors.declarative.kinds import SourceBlock
from connectors.declarative.kinds.lorawan import LorawanSource
from connectors.declarative.variables import variables_in
from connectors.expectations import Failure, is_same


def run_examples(source: SourceBlock, place: Path) -> tuple[int, list[Failure]]:
    """Run the examples beside the codecs of a source: how many there are, and what differs."""
    if not isinstance(source, LorawanSource):
        return 0, []
    count = 0
    failures: list[Failure] = []
    for path in dict.fromkeys(source.codecs.values()):
        # A codec that the environment names is not the connector's own.
        if not variables_in(path):
            found = list(_differences((place / path).expanduser()))
            count += len(found)
            failures += [Failure(fixture=path, reason=words) for words in found if words]
    return count, failures


def _differences(path: Path) -> Iterator[str]:
    """Give for each example what differs, or an empty text."""
    from connectors.declarative.lorawan.codecs import Codec, CodecError
    from connectors.declarative.lorawan.examples import read_examples

    try:
        codec, examples = Codec(path), list(read_examples(path))
    except SettingsError as error:
        yield str(error)
        return
    for example in examples:
        try:
            output = codec.run(example.given)
        except CodecError as error:
            yield f"example {example.name!r}: {error}"
            continue
        found = {key: output[key] for key in ("data", "warnings", "errors") if output.get(key)}
        same = _is_alike(example.expected, found)
        words = f"expected {_json(example.expected)}, found {_json(found)}"
        yield "" if same else f"example {example.name!r}: {words}"


def _is_alike(one: Any, other: Any) -> bool:
    """Whether both are the same JSON; numbers that were computed may differ in their last digits."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_is_alike(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_is_alike, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)
    return is_same(one, other)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
