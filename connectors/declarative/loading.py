# SPDX-License-Identifier: EUPL-1.2
"""Connector files: read, checked, and every error with its line."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from allmende.errors import SettingsError
from connectors.declarative.beside import patterns_of, secrets_in, version_of
from connectors.declarative.block import Block
from connectors.declarative.format import ConnectorFile
from connectors.declarative.kinds.file import FileSource
from connectors.declarative.kinds.http import HttpSource
from connectors.declarative.problems import FileProblems, Lines, Place, line_of, to_problems
from connectors.declarative.variables import SUBSTITUTED, Substituted, Variables, substitute
from connectors.declarative.yaml12 import parse_yaml

__all__ = ["FileProblems", "Loaded", "load_connector"]

_MAX_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A connector file that is right, the place it was read from, and its version."""

    connector: ConnectorFile
    path: Path
    version: str
    warnings: list[str] = field(default_factory=list)
    lines: Lines = field(default_factory=dict)
    substituted: list[Substituted] = field(default_factory=list)
    fixture: FileSource | None = None
    """What is read in the place of the source."""
    watched: tuple[str, ...] = ()
    """Files whose change makes another version of it; a path may have *."""

    def line(self, place: Place) -> int:
        """Give the line where something stands."""
        return line_of(self.lines, place)

    def expressions(self) -> Iterator[tuple[Place, str]]:
        """Give every expression with its place."""
        file = self.connector
        if file.records:
            yield ("records",), file.records
        if isinstance(file.source, HttpSource) and file.source.paging:
            yield from _given(file.source.paging, ("source", "paging"), ("next", "cursor"))
        for name, lookup in file.lookup.items():
            if lookup.records:
                yield ("lookup", name, "records"), lookup.records
        for number, block in enumerate(file.blocks):
            place: Place = ("entity",) if file.entity else ("entities", number)
            yield from _given(block, place, ("each", "id", "passthrough", "when", "observedAt"))
            for name, attribute in block.attributes.items():
                inside = (*place, "attributes", name)
                kinds = ("value", "geo", "relationship", "language", "observedAt", "when")
                yield from _given(attribute, inside, kinds)
                if attribute.dataset_id and not attribute.dataset_id.startswith(("urn:", "http")):
                    yield (*inside, "datasetId"), attribute.dataset_id


def load_connector(path: Path, *, environment: Mapping[str, str] | None = None, strict: bool = True) -> Loaded:
    """Read a connector file; `strict`: a variable that is not set is a problem, else a warning."""
    try:
        text = path.read_bytes()[: _MAX_BYTES + 1]
    except OSError as error:
        raise SettingsError(f"Connector file {path} cannot be read: {error.strerror}") from error
    if len(text) > _MAX_BYTES:
        raise SettingsError(f"Connector file {path} is larger than {_MAX_BYTES} bytes")
    content, lines = parse_yaml(text, path)
    variables = Variables(os.environ if environment is None else environment)
    for part in SUBSTITUTED:
        if part in content:
            content[part] = substitute(content[part], (part,), variables)
    unset = [f"{path.name}, line {line_of(lines, place)}: {words}" for place, words in variables.missing]
    try:
        connector = ConnectorFile.model_validate(content)
    except ValidationError as error:
        raise FileProblems(to_problems(error, path.name, lines)) from error
    if strict and unset:
        raise FileProblems(unset)
    beside = patterns_of(connector, path.parent)
    return Loaded(
        connector=connector,
        path=path,
        version=version_of(text, beside),
        warnings=unset,
        lines=lines,
        substituted=variables.found,
        watched=(*beside, *secrets_in(text)),
    )


def _given(block: Block, place: Place, keys: tuple[str, ...]) -> Iterator[tuple[Place, str]]:
    content = block.model_dump(by_alias=True, include=None)
    for key in keys:
        text = content.get(key)
        if isinstance(text, str) and text:
            yield (*place, key), text
