# SPDX-License-Identifier: EUPL-1.2
"""A connector file put together: its source, its mapping, what to warn of."""

from collections.abc import Mapping as EnvironmentMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from allmende.errors import SettingsError
from connectors.declarative.dependence import compares_with_null
from connectors.declarative.engines import Engine, ExpressionError, open_engine
from connectors.declarative.expressions import Expressions
from connectors.declarative.format import ConnectorFile
from connectors.declarative.functions import Tables, build_functions
from connectors.declarative.loading import FileProblems, Loaded, load_connector
from connectors.declarative.localtime import LocalTimes
from connectors.declarative.lookups import read_lookup, selector
from connectors.declarative.lorawan.preparing import open_devices, open_preparation
from connectors.declarative.mapping import Mapping
from connectors.declarative.sources.doors import Door
from connectors.declarative.sources.opening import DeclaredSource, Opening, open_fixture, open_source
from connectors.declarative.sources.web.joining import join_source
from connectors.declarative.sources.web.opening import Web
from connectors.declarative.tokens import significant

SHIPPED = Path(__file__).parent.parent / "shipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """A connector that can run."""

    name: str
    version: str
    file: ConnectorFile
    source: DeclaredSource
    mapping: Mapping
    path: Path
    door: Door
    """Where the source is sent to, if it is."""
    warnings: list[str] = field(default_factory=list)


def find_file(name: str) -> Path:
    """Give the connector file of that path, else the shipped connector of that name."""
    path = Path(name)
    if path.is_file():
        return path
    shipped = SHIPPED / name / "connector.yaml"
    if "/" not in name and shipped.is_file():
        return shipped
    names = ", ".join(shipped_names())
    raise SettingsError(f"{name} is neither a file nor a shipped connector; shipped are: {names}")


def shipped_names() -> list[str]:
    """Name the connectors that come with the platform."""
    return sorted(path.parent.name for path in SHIPPED.glob("*/connector.yaml"))


def open_connector(
    path: Path, *, environment: EnvironmentMapping[str, str] | None = None, engine: Engine | None = None
) -> Declared:
    """Load a connector file, read its lookups and compile its expressions."""
    return assemble(load_connector(path, environment=environment), engine or open_engine())


def assemble(loaded: Loaded, engine: Engine) -> Declared:
    """Compile a loaded file; connects to nothing."""
    file, place, door = loaded.connector, loaded.path.parent, Door()
    warnings = [*loaded.warnings, *doubt_expressions(loaded)]
    if file.hash_key is None and any("$hash" in text for _, text in loaded.expressions()):
        warnings.append("$hash without hash_key: who guesses an id can tell its pseudonym")
    tables: dict[str, dict[str, Any]] = {}
    devices = open_devices(file.source, place)
    hash_key = file.hash_key.get_secret_value() if file.hash_key else file.name
    functions = build_functions(tables, decimal=file.source.decimal, hash_key=hash_key, devices=devices)
    expressions = Expressions(engine, functions, LocalTimes())
    for name, lookup in file.lookup.items():
        tables[name] = read_lookup(name, lookup, place, expressions)
        if lookup.path is not None and not tables[name]:
            warnings.append(f"Lookup {name}: no rows in {lookup.path}")
    try:
        mapping = Mapping(file, expressions, open_preparation(file.source, place, devices))
        source = _open_source(loaded, expressions, tables, warnings, door)
        for _, text in loaded.expressions():
            require_tables(text, file)
    except ExpressionError as error:
        raise FileProblems(check_expressions(loaded, engine) or [str(error)]) from error
    return Declared(
        name=file.name,
        version=loaded.version,
        file=file,
        source=source,
        mapping=mapping,
        path=loaded.path,
        door=door,
        warnings=warnings,
    )


def _open_source(
    loaded: Loaded, expressions: Expressions, tables: dict[str, dict[str, Any]], warnings: list[str], door: Door
) -> DeclaredSource:
    """Give the source, joined with the lookups that have addresses."""
    file, web = loaded.connector, Web(loaded, expressions)
    select = selector(file.records, "records", expressions)
    opening = Opening(name=file.name, place=loaded.path.parent, select=select, web=web, door=door)
    if loaded.fixture is None:
        source = open_source(file.source, opening)
    else:
        source = open_fixture(loaded.fixture, file.source, opening)
    asked = [
        web.open_lookup(name, lookup, selector(lookup.records, f"lookup.{name}", expressions))
        for name, lookup in file.lookup.items()
        if lookup.url is not None
    ]
    return join_source(source, asked, tables, warnings) if asked else source


def check_expressions(loaded: Loaded, engine: Engine) -> list[str]:
    """Compile each expression alone and name those that are wrong, with their lines."""
    tables: Tables = {}
    expressions = Expressions(engine, build_functions(tables), LocalTimes())
    problems = []
    for place, text in loaded.expressions():
        try:
            expressions.compile(text, "")
            require_tables(text, loaded.connector)
        except ExpressionError as error:
            where = ".".join(str(part) for part in place)
            problems.append(f"{loaded.path.name}, line {loaded.line(place)}: '{where}': {error}")
    return problems


def doubt_expressions(loaded: Loaded) -> list[str]:
    """Warn of expressions that cannot mean what they say, with their lines."""
    words = "'= null' is never true: what is null is not there; write $not($exists(…))"
    return [
        f"{loaded.path.name}, line {loaded.line(place)}: '{'.'.join(map(str, place))}': {words}"
        for place, text in loaded.expressions()
        if compares_with_null(significant(text))
    ]


def require_tables(text: str, file: ConnectorFile) -> None:
    """Find a call of $lut or $device whose table the file does not have."""
    tokens = significant(text)
    for call, opening, name in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if opening.text != "(":
            continue
        if call.text == "$lut" and name.kind == "string" and name.text[1:-1] not in file.lookup:
            raise ExpressionError(f"lookup {name.text} does not exist")
        if call.text == "$device" and getattr(file.source, "devices", None) is None:
            raise ExpressionError("$device(…) needs a device table, which source.devices names")
