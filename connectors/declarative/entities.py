# SPDX-License-Identifier: EUPL-1.2
"""The blocks `entity` and `entities`: what a record becomes."""

import re
from typing import Any

from pydantic import ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from connectors.declarative.block import Block, exactly_one

ATTRIBUTE_NAME = re.compile(r"[^\W\d_]\w*(?::\w+)?|[a-z][a-z0-9+.-]*:\S+")
RESERVED = {"id", "type", "scope", "@context", "observedAt", "datasetId", "instanceId", "createdAt", "modifiedAt"}


class Attribute(Block):
    """One attribute: exactly one of value, geo, relationship and language, each an expression."""

    model_config = ConfigDict(json_schema_extra=exactly_one("value", "geo", "relationship", "language"))

    value: str | int | float | bool | None = Field(None, description="A Property")
    geo: str | None = Field(None, description="A GeoProperty: a GeoJSON geometry in WGS 84")
    relationship: str | None = Field(None, description="A Relationship: the id of the other entity")
    language: str | None = Field(None, description="A LanguageProperty: an object of texts by language")
    unit: str | None = Field(None, description="UN/CEFACT code")
    observed_at: str | None = Field(None, alias="observedAt", description="Instead of the entity's; null: none")
    dataset_id: str | None = Field(None, alias="datasetId", description="A URI, or an expression")
    when: str | None = Field(None, description="An expression; where it gives false, the attribute is left out")

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, given: Any) -> Any:
        return given if isinstance(given, dict | Attribute) else {"value": given}

    @model_validator(mode="after")
    def _one_kind(self) -> "Attribute":
        kinds = [kind for kind in ("value", "geo", "relationship", "language") if getattr(self, kind) is not None]
        if len(kinds) != 1:
            raise PydanticCustomError("kinds", "an attribute has exactly one of value, geo, relationship and language")
        return self


class EntityBlock(Block):
    """How a record, or each element of `each`, becomes an entity."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": ["type", "id", "attributes"]}, {"required": ["passthrough"]}]}
    )

    type: str = Field("", description="The entity's type")
    id: str = Field("", description="Expression -> urn:ngsi-ld:<type>:<connector name>:<id>, or a full URI")
    passthrough: str | None = Field(
        None, description="Instead of type, id and attributes: an expression -> an NGSI-LD entity that is sent as it is"
    )
    each: str | None = Field(None, description="Expression -> list: one entity per element, the record is $record")
    when: str | None = Field(None, description="An expression; where it gives false, there is no entity")
    observed_at: str | None = Field(None, alias="observedAt", description="Expression -> when it was observed, UTC")
    attributes: dict[str, Attribute] = Field(default_factory=dict, description="Attributes by name")

    @model_validator(mode="after")
    def _whole_or_made(self) -> "EntityBlock":
        made = ("type", "id", "attributes")
        if self.passthrough is None:
            for key in made:
                if not getattr(self, key):
                    raise PydanticCustomError("needed", "key '{key}' is required", {"key": key})
        for key in (*made, "observed_at"):
            if self.passthrough is not None and key in self.model_fields_set:
                name = "observedAt" if key == "observed_at" else key
                raise PydanticCustomError("whole", "'{key}' comes with the entity of passthrough", {"key": name})
        return self

    @field_validator("type")
    @classmethod
    def _type_name(cls, given: str) -> str:
        if not ATTRIBUTE_NAME.fullmatch(given):
            raise PydanticCustomError("name", "'{name}' is not an entity type's name", {"name": given})
        return given

    @field_validator("attributes")
    @classmethod
    def _attribute_names(cls, given: dict[str, Attribute]) -> dict[str, Attribute]:
        for name in given:
            if name in RESERVED or not ATTRIBUTE_NAME.fullmatch(name):
                raise PydanticCustomError("name", "'{name}' cannot be an attribute's name", {"name": name, "key": name})
        return given
