# SPDX-License-Identifier: EUPL-1.2
"""What all blocks of a connector file have in common."""

import difflib
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator
from pydantic_core import PydanticCustomError


class Block(BaseModel):
    """A block of the file: a key that it does not know is an error that names the nearest right one."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    @model_validator(mode="before")
    @classmethod
    def _know_keys(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        known = [field.alias or name for name, field in cls.model_fields.items()]
        for key in given:
            if key not in known:
                near = difflib.get_close_matches(str(key), known, n=1, cutoff=0.5)
                hint = f"the nearest right key is '{near[0]}'" if near else f"known keys: {', '.join(known)}"
                raise PydanticCustomError("unknown_key", "unknown key '{key}'; {hint}", {"key": str(key), "hint": hint})
        return given


def exactly_one(*keys: str) -> dict[str, Any]:
    """Tell editors that a block has exactly one of these keys."""
    return {"oneOf": [{"required": [key]} for key in keys]}


def as_list(given: object) -> object:
    """Take one where a list may stand."""
    return [given] if isinstance(given, str | dict) else given


Texts = Annotated[list[str], BeforeValidator(as_list, json_schema_input_type=str | list[str])]
"""A list of texts, or one."""
