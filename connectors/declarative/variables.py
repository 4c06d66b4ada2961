# SPDX-License-Identifier: EUPL-1.2
"""Variables of connector files: ${NAME} from the environment, ${file:…} from files."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from allmende.errors import SettingsError
from connectors.declarative.kinds.reading import FILES
from connectors.declarative.problems import Place

SUBSTITUTED = ("source", "lookup", "context", "hash_key")
"""The keys of a connector file in which variables are replaced."""

_VARIABLE = re.compile(r"\$\{(file:)?([^}]*)\}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Substituted:
    """A variable that was replaced: where, how it is written, by what, and whether it is the whole text there."""

    place: Place
    written: str
    value: str = field(repr=False)
    is_alone: bool


def variables_in(text: str) -> list[str]:
    """Name the environment variables that a text of a connector file asks for."""
    return [name for is_file, name in _VARIABLE.findall(text) if not is_file]


class Variables:
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


def substitute(value: Any, place: Place, variables: Variables) -> Any:
    """Replace the variables in all texts of a value; expressions have none."""
    if isinstance(value, dict):
        return {key: substitute(inner, (*place, key), variables) for key, inner in value.items()}
    if isinstance(value, list):
        return [substitute(inner, (*place, index), variables) for index, inner in enumerate(value)]
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
