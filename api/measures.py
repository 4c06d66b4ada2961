# SPDX-License-Identifier: EUPL-1.2
"""How numbers of an attribute are told: with the symbol of their unit, and parts of one in per cent. Pure."""

from dataclasses import dataclass
from typing import Final

from api.languages import to_number
from api.vocabulary import to_name, to_unit

FRACTIONS: Final = frozenset({"relativeHumidity", "fillingLevel", "illuminanceLevel", "soilMoisture", "occupancy"})
"""Attributes whose values from 0 to 1 are told in per cent."""
_UNLESS: Final = frozenset({"", "C62", "P1"})
_PERCENT: Final = 100


@dataclass(frozen=True, slots=True)
class Measure:
    """The symbol of a unit, empty where there is none, and by what values are multiplied to be told in it."""

    unit: str
    scale: int
    language: str

    @property
    def is_percent(self) -> bool:
        """Whether parts of one are told in per cent."""
        return self.scale == _PERCENT

    def to_text(self, value: float) -> str:
        """A number without its unit."""
        return to_number(round(value * _PERCENT, 1) if self.is_percent else value, self.language)

    def to_words(self, value: float) -> str:
        """A number with its unit; they stay on one line."""
        return f"{self.to_text(value)}\N{NO-BREAK SPACE}{self.unit}" if self.unit else self.to_text(value)


def measure_of(attribute: str, code: str, language: str, *values: float) -> Measure:
    """How numbers of an attribute are told, all alike; `code` is that of UN/CEFACT, empty where there is none."""
    is_fraction = to_name(attribute) in FRACTIONS and code in _UNLESS and all(0 <= value <= 1 for value in values)
    return Measure("%", _PERCENT, language) if is_fraction else Measure(to_unit(code, language), 1, language)
