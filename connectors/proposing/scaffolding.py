# SPDX-License-Identifier: EUPL-1.2
"""A proposal as a folder: the connector file, a fixture, and a test that holds."""

import asyncio
import os
import re
import shutil
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from allmende.connector import Entity
from allmende.errors import SettingsError
from connectors.catalogue.models import load_models
from connectors.declarative.connector import check_expressions
from connectors.declarative.engines import open_engine
from connectors.declarative.fixtures import open_tested
from connectors.declarative.loading import FileProblems, load_connector
from connectors.preview import preview
from connectors.proposing.excerpts import cut_sample
from connectors.proposing.names import plain
from connectors.proposing.proposal import Proposal
from connectors.proposing.ranking import rank_types
from connectors.proposing.sampling import Sample, is_address
from connectors.proposing.yamltext import Head, write_file

RECORDS = 20
_FILE = "connector.yaml"
_LONGEST_NAME = 63
_VALUES = {"Relationship": "object", "LanguageProperty": "languageMap"}
_MOST_FIRST = 3


@dataclass(slots=True, kw_only=True)
class Made:
    """What was written, and how sure each attribute is."""

    folder: Path
    type: str
    files: list[str]
    records: int
    entities: int
    errors: int
    scores: dict[str, float | None]
    """How well each attribute's column fits, 0 to 1; None where several columns make it, as a place."""
    todo: dict[str, dict[str, float]]
    warnings: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Give what `new --json` prints."""
        return {
            "folder": str(self.folder), "type": self.type, "files": self.files, "records": self.records,
            "entities": self.entities, "errors": self.errors, "attributes": self.scores, "todo": self.todo,
            "warnings": self.warnings,
        }  # fmt: skip


def name_of(origin: str) -> str:
    """Give a connector's name after a file or an address."""
    parts = urlsplit(origin)
    text = f"{parts.hostname}-{Path(parts.path).stem}" if is_address(origin) else Path(origin).stem
    name = re.sub(r"[^a-z0-9]+", "-", plain(text).lower()).strip("-")
    return name[:_LONGEST_NAME].strip("-") or "source"


def suggest_types(sample: Sample, count: int = 3) -> list[Proposal]:
    """Give the types of which the sample has most, the best first."""
    about = (name_of(sample.origin), *sample.found.path)
    return rank_types(sample.fields, load_models(), system=sample.system, about=about)[:count]


def make_folder(sample: Sample, proposal: Proposal, *, name: str, out: Path, force: bool) -> Made:
    """Write the folder of a connector; what is there already is an error, unless `force`."""
    fixture = f"fixture/{sample.file_name}"
    present = [file for file in (_FILE, fixture) if (out / file).exists()]
    if present and not force:
        raise SettingsError(f"{out / present[0]} already exists: give --force to write it anew, or another --out")
    try:
        with tempfile.TemporaryDirectory() as made:
            result = _build(sample, proposal, name=name, place=Path(made), fixture=fixture, out=out)
            for file in (_FILE, fixture):
                (out / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(Path(made) / file, out / file)
    except OSError as error:
        raise SettingsError(f"{out} cannot be written: {error.strerror}") from error
    return result


def _build(sample: Sample, proposal: Proposal, *, name: str, place: Path, fixture: str, out: Path) -> Made:
    (place / fixture).parent.mkdir(parents=True)
    (place / fixture).write_bytes(cut_sample(sample.raw, sample.layout, sample.found, RECORDS))
    head = Head(
        name=name, source=_source(sample, out), records=sample.found.records, summary=_summary(sample, proposal)
    )
    (place / _FILE).write_text(write_file(head, proposal), encoding="utf-8")
    _check(place / _FILE)
    answer = asyncio.run(preview(open_tested(place / _FILE, fixture), len(sample.found.rows) + sample.unusable or 1))
    expect = _expectation(answer.entities, len(answer.errors))
    (place / _FILE).write_text(write_file(replace(head, test=(fixture, expect)), proposal), encoding="utf-8")
    return Made(
        folder=out,
        type=proposal.model.name,
        files=[_FILE, fixture],
        records=len(sample.found.rows),
        entities=len(answer.entities),
        errors=len(answer.errors),
        scores=_scores(proposal),
        todo={key: {one.field.path: one.score for one in matches} for key, matches in proposal.maybe.items()},
        warnings=[f"{error['attribute'] or 'record'}: {error['reason']}" for error in answer.errors[:RECORDS]],
    )


def _scores(proposal: Proposal) -> dict[str, float | None]:
    scores: dict[str, float | None] = {match.attribute.name: match.score for match in proposal.sure}
    together = {"address": proposal.address, "location": proposal.place}
    return scores | {name: None for name, found in together.items() if found is not None}


def _check(path: Path) -> None:
    """Refuse to hand out a file that does not validate."""
    try:
        problems = check_expressions(load_connector(path, environment={}, strict=False), open_engine())
    except FileProblems as error:
        problems = error.problems
    if problems:
        raise SettingsError(f"No valid connector file can be made of this sample: {'; '.join(problems)}")


def _source(sample: Sample, out: Path) -> dict[str, Any]:
    layout = sample.layout
    if is_address(sample.origin):
        source: dict[str, Any] = {"type": "http", "url": sample.origin}
    else:
        source = {"type": "file", "path": _path(Path(sample.origin), out)}
    source |= {"format": layout.format}
    if layout.delimiter:
        source |= {"delimiter": layout.delimiter}
    if layout.sheet:
        source |= {"sheet": layout.sheet}
    if layout.header is False:
        source |= {"header": False}
    return source | {"every": "5m"}


def _path(file: Path, out: Path) -> str:
    """Give a near file relative to the connector file, so that both may be moved together."""
    relative = os.path.relpath(file.absolute(), out.absolute())
    return str(file.absolute()) if relative.startswith("../../../") else relative


def _summary(sample: Sample, proposal: Proposal) -> str:
    parts = urlsplit(sample.origin)
    # Of an address, what may be secret stands in `url` alone.
    origin = f"{parts.hostname}{parts.path}" if is_address(sample.origin) else Path(sample.origin).name
    shown = "".join(letter for letter in origin if letter.isprintable())
    return f"{proposal.model.name} of {shown}: {len(sample.found.rows)} records."


def _expectation(entities: list[Entity], errors: int) -> dict[str, Any]:
    expect: dict[str, Any] = {"count": len(entities)}
    if errors:
        expect["errors"] = errors
    plain_values = {
        name: instance[_VALUES.get(instance["type"], "value")]
        for name, instance in (entities[0].items() if entities else ())
        if isinstance(instance, dict) and instance.get("type") != "GeoProperty"
    }
    simple = {name: value for name, value in plain_values.items() if isinstance(value, str | int | float | bool)}
    first = dict(list(simple.items())[:_MOST_FIRST])
    return expect | ({"first": first} if first else {})
