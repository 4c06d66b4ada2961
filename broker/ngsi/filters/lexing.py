# SPDX-License-Identifier: EUPL-1.2
"""The text of a query while it is read, and messages that point into it."""

import re
from dataclasses import dataclass

from allmende.errors import BadRequestData


@dataclass(slots=True)
class Cursor:
    """How far a parameter's text was read, and how much it has asked for."""

    text: str
    parameter: str
    at: int = 0
    terms: int = 0

    @property
    def rest(self) -> bool:
        """Whether something is left."""
        return self.at < len(self.text)

    def take(self, pattern: re.Pattern[str]) -> str | None:
        """What the pattern finds here, which is thereby read."""
        found = pattern.match(self.text, self.at)
        if found is None:
            return None
        self.at = found.end()
        return found[0]

    def skip(self, sign: str) -> bool:
        """Whether the sign stands here; it is read."""
        if not self.text.startswith(sign, self.at):
            return False
        self.at += len(sign)
        return True

    def expected(self, what: str) -> BadRequestData:
        """The error that something else stands here."""
        found = repr(self.text[self.at : self.at + 20]) if self.rest else "the end"
        return self.wrong(f"{what} is expected here, not {found}")

    def wrong(self, problem: str, *, at: int | None = None) -> BadRequestData:
        """An error at a column, counted from 1."""
        return BadRequestData(f"Parameter {self.parameter!r}, column {(self.at if at is None else at) + 1}: {problem}")
