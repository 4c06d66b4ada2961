# SPDX-License-Identifier: EUPL-1.2
"""Units by how feeds write them, as UN/CEFACT codes, and which of them measure the same."""

import re
from collections.abc import Mapping

_CODES: Mapping[str, str] = {
    "c": "CEL", "celsius": "CEL", "grad": "CEL", "degc": "CEL", "kelvin": "KEL", "kmh": "KMH", "ms": "MTS", "mps": "MTS",
    "cm": "CMT", "mm": "MMT", "km": "KMT", "meter": "MTR", "hpa": "A97", "mbar": "A97", "pa": "PAL", "kpa": "KPA",
    "prozent": "P1", "percent": "P1", "ugm3": "GQ", "mgl": "M1", "ppm": "59", "db": "2N", "dba": "2N", "kwh": "KWH",
    "kw": "KWT", "watt": "WTT", "wm2": "D54", "lm2": "D26", "volt": "VLT", "v": "VLT", "m3s": "MQS", "qm": "MTK",
    "m2": "MTK", "m3": "MTQ", "lux": "LUX", "lx": "LUX", "deg": "DD", "seconds": "SEC", "sekunden": "SEC",
    "minutes": "MIN", "minuten": "MIN",
}  # fmt: skip
_SIGNS = {"°c": "celsius", "°": "deg", "%": "percent", "m": "meter", "k": "kelvin"}
_LETTERS = str.maketrans({"³": "3", "²": "2", "µ": "u", "μ": "u"})
_SAME = (
    {"CEL", "KEL"}, {"MTS", "KMH"}, {"A97", "PAL", "KPA"}, {"KWT", "WTT"}, {"GQ", "M1", "59"}, {"MQS", "MTQ"},
    {"SEC", "MIN"}, {"CMT", "MMT", "MTR", "KMT", "D26"},
)  # fmt: skip
PERCENT = "P1"
# A model's unit, the range in which values cannot be in it, and the unit that they are in.
_RANGES = (("A97", 20_000.0, 120_000.0, "PAL"), ("CEL", 200.0, 350.0, "KEL"))


def unit_code(text: str) -> str | None:
    """Give the code of a unit, None where it is none that is known."""
    lower = text.strip().lower().translate(_LETTERS)
    return _CODES.get(_SIGNS.get(lower, re.sub(r"[^a-z0-9]", "", lower)))


def unit_in(name: str) -> str | None:
    """Give the code of a unit in a name: in brackets, or at its end."""
    bracketed = re.search(r"[\[(]\s*([^\])]+?)\s*[\])]", name)
    if bracketed and (code := unit_code(bracketed[1])):
        return code
    *rest, last = re.split(r"[_\s]+", name.strip())
    return unit_code(last) if rest else None


def may_be_in(unit: str, model: str | None) -> bool:
    """Whether values in a unit may be those of an attribute with the model's unit, or with none."""
    return model is None or unit == model or any({unit, model} <= same for same in _SAME)


def is_measure(unit: str | None) -> bool:
    """Whether a unit is one of something measured, not of something counted."""
    return unit is not None and unit != PERCENT


def unit_by_range(model: str | None, low: float, high: float) -> str | None:
    """Give the unit of values that cannot be in the model's unit."""
    return next((unit for code, least, most, unit in _RANGES if code == model and least <= low and high <= most), None)
