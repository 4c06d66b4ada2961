# SPDX-License-Identifier: EUPL-1.2
"""A connector file that reads a fixture instead of its source."""

from collections.abc import Mapping
from dataclasses import replace
from glob import escape
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from allmende.errors import SettingsError
from connectors.declarative.connector import Declared, assemble
from connectors.declarative.engines import Engine, open_engine
from connectors.declarative.kinds.file import FileSource
from connectors.declarative.kinds.lorawan import LorawanSource
from connectors.declarative.kinds.reading import Reading
from connectors.declarative.loading import Loaded, load_connector
from connectors.declarative.variables import variables_in

_PACE = {"every", "jitter"}


def open_tested(
    path: Path, fixture: str, *, lookup: Mapping[str, str] | None = None, engine: Engine | None = None
) -> Declared:
    """Open a connector file for a test: nothing comes from the environment, and no address is asked.

    A variable in a path stands for the folder of fixtures: the first folder of the fixture's own path. `lookup`: the
    fixtures of lookups by name, relative to the connector file.
    """
    place = path.parent.absolute()
    root = _root(place, Path(fixture))
    loaded = load_connector(path, environment={}, strict=False)
    unset = loaded.connector
    paths = [*_paths(unset.source), *(lookup.path or "" for lookup in unset.lookup.values())]
    if variables := {name: str(root) for text in paths for name in variables_in(text)}:
        loaded = load_connector(path, environment=variables, strict=False)
    return assemble(_reading(_looking_up(loaded, lookup or {}), place / fixture, root), engine or open_engine())


def open_replayed(path: Path, fixture: Path) -> Declared:
    """Open a connector file that reads a fixture; its lookups are read as in a run."""
    fixture = fixture.absolute()
    return assemble(_reading(load_connector(path, strict=False), fixture, fixture.parent), open_engine())


def _paths(source: Reading) -> list[str]:
    """Name the files that a source reads besides what it receives."""
    if isinstance(source, FileSource):
        return [source.path]
    if isinstance(source, LorawanSource):
        return [*([source.devices] if source.devices else []), *source.codecs.values()]
    return []


def _root(place: Path, fixture: Path) -> Path:
    inside = len(fixture.parts) > 1 and not fixture.is_absolute() and fixture.parts[0] != ".."
    return place / fixture.parts[0] if inside else (place / fixture).parent


def _looking_up(loaded: Loaded, given: Mapping[str, str]) -> Loaded:
    """Put fixtures in the place of lookups; each that has an address needs one."""
    lookups = dict(loaded.connector.lookup)
    for name, lookup in lookups.items():
        if name in given:
            lookups[name] = lookup.model_copy(update={"path": given[name], "url": None, "optional": False})
        elif lookup.url is not None:
            words = f"lookup {name} has an address: the test must name a file for it, as lookup: {{{name}: FILE}}"
            raise SettingsError(words)
    return replace(loaded, connector=loaded.connector.model_copy(update={"lookup": lookups}))


def _reading(loaded: Loaded, fixture: Path, root: Path) -> Loaded:
    """Put the fixture in the place of the source; how its content is read stays."""
    given = loaded.connector.source
    settings: dict[str, Any] = given.model_dump(include=Reading.model_fields.keys() - _PACE)
    if given.type == "folder":
        settings |= {"type": "folder", "path": str(root), "files": [escape(str(fixture.relative_to(root)))]}
    else:
        settings |= {"type": "file", "path": str(fixture)}
    try:
        read = FileSource(**settings)
    except ValidationError as error:
        raise SettingsError(f"Fixture {fixture.name}: {error.errors(include_url=False)[0]['msg']}") from error
    return replace(loaded, fixture=read)
