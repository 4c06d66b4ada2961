# SPDX-License-Identifier: EUPL-1.2
"""Connector files from YAML: every error names its line, variables come from the environment and from files."""

import difflib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from allmende.errors import SettingsError
from connectors.declarative.beside import patterns_of, secrets_in, version_of
from connectors.declarative.block import Block
from connectors.declarative.format import ConnectorFile
from connectors.declarative.kinds import KINDS
from connectors.declarative.kinds.http import HttpSource
from connectors.declarative.kinds.reading import FILES
from connectors.declarative.kinds.webhook import AUTH_TAGS

_VARIABLE = re.compile(r"\$\{(file:)?([^}]*)\}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SUBSTITUTED = ("source", "lookup", "context", "hash_key")
_OR_KINDS = f"one of {', '.join(KINDS)}"
_KINDS_OF_VALUES = {
    "str",
    "int",
    "float",
    "bool",
    "list[str]",
    "list[any]",
    "dict[str,str]",
    "dict[str,any]",
    *AUTH_TAGS,
}
_MAX_BYTES = 1024 * 1024
_MAX_DEPTH = 32

Place = tuple[str | int, ...]
Lines = dict[Place, int]


class Yaml12(yaml.SafeLoader):
    """YAML as people mean it: `NO` and `on` are texts, and so are dates and 12:30."""


Yaml12.yaml_implicit_resolvers = {}
Yaml12.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:~|null|)$"), ["~", "n", ""])
Yaml12.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))
Yaml12.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^[-+]?(?:0|[1-9]\d*)$"), list("-+0123456789"))
Yaml12.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^[-+]?\d+\.\d*(?:[eE][-+]?\d+)?$"), list("-+0123456789")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Substituted:
    """A variable that was replaced: where, how it is written, by what, and whether it is the whole text there."""

    place: Place
    written: str
    value: str = field(repr=False)
    is_alone: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A connector file that is right, the place it was read from, and its version."""

    connector: ConnectorFile
    path: Path
    version: str
    warnings: list[str] = field(default_factory=list)
    lines: Lines = field(default_factory=dict)
    substituted: list[Substituted] = field(default_factory=list)
    fixture: Path | None = None
    """What is read in the place of the source."""
    watched: tuple[str, ...] = ()
    """Files whose change makes another version of it; a path may have *."""

    def line(self, place: Place) -> int:
        """Give the line where something stands."""
        return _line(self.lines, place)

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


class FileProblems(SettingsError):
    """A connector file is wrong: one line for each problem."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def load_connector(path: Path, *, environment: Mapping[str, str] | None = None, strict: bool = True) -> Loaded:
    """Read a connector file; `strict`: a variable that is not set is a problem, else a warning."""
    try:
        text = path.read_bytes()[: _MAX_BYTES + 1]
    except OSError as error:
        raise SettingsError(f"Connector file {path} cannot be read: {error.strerror}") from error
    if len(text) > _MAX_BYTES:
        raise SettingsError(f"Connector file {path} is larger than {_MAX_BYTES} bytes")
    content, lines = _parse(text, path)
    variables = _Variables(os.environ if environment is None else environment)
    for part in _SUBSTITUTED:
        if part in content:
            content[part] = _substitute(content[part], (part,), variables)
    unset = [f"{path.name}, line {_line(lines, place)}: {words}" for place, words in variables.missing]
    try:
        connector = ConnectorFile.model_validate(content)
    except ValidationError as error:
        problems = [_problem(path, lines, entry) for entry in error.errors(include_url=False)]
        raise FileProblems(list(dict.fromkeys(problems))) from error
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


def variables_in(text: str) -> list[str]:
    """Name the environment variables that a text of a connector file asks for."""
    return [name for is_file, name in _VARIABLE.findall(text) if not is_file]


def _parse(text: bytes, path: Path) -> tuple[dict[str, Any], Lines]:
    lines: Lines = {}
    try:
        node = yaml.compose(text, Loader=Yaml12)
        content = _build(node, (), lines, path) if node else None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise FileProblems([f"{path.name}, line {line}: not YAML: {error.problem}"]) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise FileProblems([f"{path.name}: not YAML: {' '.join(str(error).split())}"]) from error
    if not isinstance(content, dict):
        raise FileProblems([f"{path.name}, line 1: a connector file is an object that starts with apiVersion"])
    return content, lines


def _build(node: yaml.Node, place: Place, lines: Lines, path: Path) -> Any:
    lines.setdefault(place, node.start_mark.line + 1)
    if len(place) > _MAX_DEPTH:
        raise FileProblems([f"{path.name}, line {node.start_mark.line + 1}: nested too deeply"])
    if isinstance(node, yaml.MappingNode):
        return _build_object(node, place, lines, path)
    if isinstance(node, yaml.SequenceNode):
        return [_build(child, (*place, index), lines, path) for index, child in enumerate(node.value)]
    return yaml.constructor.SafeConstructor().construct_object(node)


def _build_object(node: yaml.MappingNode, place: Place, lines: Lines, path: Path) -> dict[str, Any]:
    content: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key, line = str(key_node.value), key_node.start_mark.line + 1
        if key in content:
            raise FileProblems([f"{path.name}, line {line}: key '{key}' stands there twice"])
        lines[(*place, key)] = line
        content[key] = _build(value_node, (*place, key), lines, path)
    return content


class _Variables:
    """The environment, what was taken from it, and what is missing."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = environment
        self.found: list[Substituted] = []
        self.missing: list[tuple[Place, str]] = []

    def replace(self, text: str, place: Place) -> str:
        """Replace the variables in a text."""

        def replace(match: re.Match[str]) -> str:
            try:
                value = _read_file(match[2]) if match[1] else _read_variable(match[2], self.environment)
            except SettingsError as error:
                self.missing.append((place, str(error)))
                return match[0]
            self.found.append(Substituted(place=place, written=match[0], value=value, is_alone=match[0] == text))
            return value

        return _VARIABLE.sub(replace, text)


def _substitute(value: Any, place: Place, variables: _Variables) -> Any:
    if isinstance(value, dict):
        return {key: _substitute(inner, (*place, key), variables) for key, inner in value.items()}
    if isinstance(value, list):
        return [_substitute(inner, (*place, index), variables) for index, inner in enumerate(value)]
    if not isinstance(value, str) or (place[0] == "lookup" and place[-1] == "records"):
        return value
    replaced = variables.replace(value, place)
    is_path = place[-1] in {"path", *FILES} or place[:2] == ("source", "codec")
    if is_path and value.startswith("${") and replaced != value:
        # A path from the environment is meant from where the command is given, not from this file.
        return str(Path.cwd() / replaced)
    return replaced


def _read_variable(name: str, variables: Mapping[str, str]) -> str:
    if not _NAME.fullmatch(name):
        raise SettingsError(f"${{{name}}} is not a variable's name")
    if name not in variables:
        raise SettingsError(f"environment variable {name} is not set")
    return variables[name]


def _read_file(name: str) -> str:
    try:
        return Path(name).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"file {name} cannot be read") from error


def _given(block: Block, place: Place, keys: tuple[str, ...]) -> Iterator[tuple[Place, str]]:
    content = block.model_dump(by_alias=True, include=None)
    for key in keys:
        text = content.get(key)
        if isinstance(text, str) and text:
            yield (*place, key), text


def _problem(path: Path, lines: Lines, entry: Any) -> str:
    place = _without_kind(tuple(part for part in entry["loc"] if _is_place(part)))
    context = entry.get("ctx") or {}
    line = _line(lines, (*place, context["key"]) if "key" in context else place)
    words = entry["msg"]
    if entry["type"] == "union_tag_invalid":
        line, words = _line(lines, (*place, "type")), _unknown_kind(context["tag"])
    elif entry["type"] == "union_tag_not_found":
        words = f"key 'type' is required: {_OR_KINDS}"
    elif entry["type"] == "missing":
        words = f"key '{place[-1]}' is required"
    elif place and entry["type"] not in {"unknown_key", "union_tag_invalid", "needed"}:
        words = f"'{'.'.join(str(part) for part in place)}': {words[:1].lower()}{words[1:]}"
    return f"{path.name}, line {line}: {words}"


def _without_kind(place: Place) -> Place:
    """Leave out the kind of source that pydantic puts behind `source`."""
    return ("source", *place[2:]) if place[:1] == ("source",) and place[1:2] and place[1] in KINDS else place


def _unknown_kind(given: str) -> str:
    near = difflib.get_close_matches(given, KINDS, n=1, cutoff=0.5)
    hint = f"the nearest right one is '{near[0]}'" if near else f"known ones: {', '.join(KINDS)}"
    return f"source type '{given}' does not exist; {hint}"


def _is_place(part: str | int) -> bool:
    """Leave out what pydantic adds to a place for unions."""
    return isinstance(part, int) or part not in _KINDS_OF_VALUES


def _line(lines: Lines, place: Place) -> int:
    while place and place not in lines:
        place = place[:-1]
    return lines.get(place, 1)
