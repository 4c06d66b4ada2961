# SPDX-License-Identifier: EUPL-1.2
"""The types of the catalogue and their attributes."""

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from allmende.errors import SettingsError

FILE = Path(__file__).parent / "models.json"
_NUMBERS = {"number", "integer"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelAttribute:
    """What a type says of one attribute; `unit` is a UN/CEFACT code."""

    name: str
    kind: str
    type: str
    description: str
    unit: str | None = None
    enum: tuple[str, ...] = ()
    maximum: float | None = None

    @property
    def is_number(self) -> bool:
        """Whether its values are numbers."""
        return self.type in _NUMBERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A type: what it stands for, and its attributes by name."""

    name: str
    subject: str
    description: str
    attributes: Mapping[str, ModelAttribute]


@cache
def load_models() -> Mapping[str, Model]:
    """Give the types by name."""
    content = json.loads(FILE.read_text(encoding="utf-8"))
    return {name: _model(name, entry) for name, entry in content["types"].items()}


def require_model(name: str) -> Model:
    """Give a type; one that is not there is an error that names the nearest."""
    models = load_models()
    if name in models:
        return models[name]
    lower = {known.lower(): known for known in models}
    near = difflib.get_close_matches(name.lower(), lower, n=3, cutoff=0.4)
    hint = f"the nearest are {', '.join(lower[one] for one in near)}" if near else f"known: {', '.join(models)}"
    raise SettingsError(f"Type {name} does not exist in the catalogue; {hint}")


def _model(name: str, entry: Mapping[str, Any]) -> Model:
    attributes = {
        attribute: ModelAttribute(
            name=attribute,
            kind=given["kind"],
            type=given["type"],
            description=given["description"],
            unit=given.get("unit"),
            enum=tuple(given.get("enum", ())),
            maximum=given.get("maximum"),
        )
        for attribute, given in entry["attributes"].items()
    }
    return Model(name=name, subject=entry["subject"], description=entry["description"], attributes=attributes)
