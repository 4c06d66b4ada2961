# SPDX-License-Identifier: EUPL-1.2
"""How tables are written as text: CSV as RFC 4180 has it, and as a German Excel opens it with a double click."""

from dataclasses import dataclass
from typing import Any, Final

import orjson

_FORMULAS: Final = tuple("=+-@\t\r\n＝＋－＠")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """The choices; `is_guarded`: what Excel would take for a formula begins with an apostrophe."""

    delimiter: str = ","
    decimal: str = "."
    mark: str = ""
    """The byte-order mark, which tells Excel that the text is UTF-8."""
    is_guarded: bool = False
    has_symbols: bool = False
    """Whether units are told by symbol, and in the head where all share one."""

    def to_cell(self, value: Any) -> str:
        """A value as the text of a cell; lists and objects are JSON."""
        if isinstance(value, str):
            return f"'{value}" if self.is_guarded and value.startswith(_FORMULAS) else value
        if value is None:
            return ""
        if isinstance(value, float):
            return repr(value).replace(".", self.decimal)
        return str(value) if type(value) is int else orjson.dumps(value).decode()


DIALECTS: Final[dict[str, Dialect]] = {
    "": Dialect(),
    "excel-de": Dialect(delimiter=";", decimal=",", mark="\ufeff", is_guarded=True, has_symbols=True),
}
"""By the name that the address gives."""
