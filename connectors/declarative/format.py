# SPDX-License-Identifier: EUPL-1.2
"""The format of connector files, `connectors/v1`."""

import re
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from allmende.settings import Duration
from connectors.declarative.block import Block, as_list
from connectors.declarative.kinds import AnySource
from connectors.declarative.kinds.addresses import Address
from connectors.declarative.kinds.asking import Asking
from connectors.declarative.kinds.reading import Written, format_of_suffix, refuse_option
from connectors.declarative.quantities import Period
from connectors.declarative.spooling import SpoolBlock

ATTRIBUTE_NAME = re.compile(r"[^\W\d_]\w*(?::\w+)?|[a-z][a-z0-9+.-]*:\S+")
NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
RESERVED = {"id", "type", "scope", "@context", "observedAt", "datasetId", "instanceId", "createdAt", "modifiedAt"}


class Lookup(Asking, Written):
    """A further file, or the answer of an address, to join with."""

    path: str | None = Field(None, description="A file, relative to this connector file; patterns are allowed")
    url: Address | None = Field(None, description="Instead of a path: an address, http or https")
    every: Period = Field(timedelta(hours=1), description="How old the answer of the address may become")
    key: str = Field(description="Column or path of the key")
    records: str | None = Field(None, description="JSONata: the file's content -> list of rows; default: all")
    optional: bool = Field(False, description="What is missing is an empty table and a warning")

    @model_validator(mode="after")
    def _one_place(self) -> "Lookup":
        if (self.path is None) == (self.url is None):
            raise PydanticCustomError("place", "a lookup has exactly one of path and url")
        asked = {"every", *Asking.model_fields} & self.model_fields_set
        if self.path is not None and asked:
            raise PydanticCustomError("asked", "'{key}' is for a lookup with url", {"key": min(asked)})
        return self

    def written_as(self) -> str | None:
        """Give the format: as said, else by the suffix of the path."""
        return self.format or format_of_suffix(self.path or "")


class Attribute(Block):
    """One attribute: exactly one of value, geo, relationship and language, each an expression."""

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


class Quality(Block):
    """What the values must be; for later use."""

    contract: Literal["evolve", "freeze", "discard_value", "discard_row"] = "evolve"
    max_age: Duration | None = Field(None, description="Silence after which something is wrong")
    range: dict[str, Annotated[list[float], Field(min_length=2, max_length=2)]] = Field(
        default_factory=dict, description="Lowest and highest value by attribute"
    )


class Dataset(Block):
    """How the values are published; for later use."""

    slug: str | None = None
    title: str | dict[str, str] | None = None
    description: str | dict[str, str] | None = None
    license: str | None = None
    publish: Literal["private", "registered", "public", "open"] | None = None
    attribution: str | None = None
    keywords: list[str] = Field(default_factory=list)


class Expectation(Block):
    """What must come of a fixture; values by attribute, null: the entity does not have it."""

    count: int | None = Field(None, description="How many entities")
    errors: int = Field(0, description="How many errors")
    first: dict[str, Any] = Field(default_factory=dict, description="Values of the first entity")
    last: dict[str, Any] = Field(default_factory=dict, description="Values of the last entity")
    entities: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="Values of further entities, by number from 1, by id or by the id's end"
    )


class InlineTest(Block):
    """A fixture and what must come of it."""

    fixture: str = Field(description="A file, relative to this connector file")
    lookup: dict[str, str] = Field(
        default_factory=dict, description="Files in the place of lookups, by name, relative to this connector file"
    )
    expect: Expectation = Field(
        default_factory=lambda: Expectation.model_validate({}), description="What must come of it"
    )


class ConnectorFile(Block):
    """A connector file."""

    api_version: Literal["connectors/v1"] = Field(alias="apiVersion")
    name: str = Field(
        description="The connector part of the topic: 1 to 63 of a-z, 0-9 and -",
        json_schema_extra={"pattern": f"^{NAME.pattern}$"},
    )
    source: AnySource = Field(description="Where records come from")
    context: Annotated[list[str | dict[str, Any]] | None, BeforeValidator(as_list)] = Field(
        None, description="@context of every entity; default: the core context"
    )
    records: str | None = Field(None, description="JSONata: the answer -> list of records; csv needs none")
    lookup: dict[str, Lookup] = Field(default_factory=dict, description="Further files, for $lut(name, key)")
    entity: EntityBlock | None = Field(None, description="The entity of a record")
    entities: list[EntityBlock] | None = Field(None, min_length=1, description="Several entities of one record")
    future: Literal["reject", "allow"] = Field("reject", description="allow: values may be dated ahead (forecasts)")
    hash_key: str | None = Field(None, min_length=16, description="Secret that $hash makes pseudonyms with")
    spool: SpoolBlock = Field(
        default_factory=lambda: SpoolBlock.model_validate({}), description="How much may wait for the platform"
    )
    quality: Quality | None = Field(None, description="Bounds and age of values; for later use")
    dataset: Dataset | None = Field(None, description="Title and licence of the data; for later use")
    tests: list[InlineTest] = Field(default_factory=list, description="Fixtures and what must come of them")

    @field_validator("name")
    @classmethod
    def _name_in_topic(cls, given: str) -> str:
        if not NAME.fullmatch(given):
            raise PydanticCustomError("name", "must be 1 to 63 of a-z, 0-9 and -, not '{name}'", {"name": given})
        return given

    @model_validator(mode="after")
    def _one_mapping(self) -> "ConnectorFile":
        if (self.entity is None) == (self.entities is None):
            raise PydanticCustomError("mapping", "a connector has exactly one of entity and entities")
        return self

    @model_validator(mode="after")
    def _records_of_a_document(self) -> "ConnectorFile":
        if self.records is not None:
            refuse_option("records", self.source.written_as())
        return self

    @model_validator(mode="after")
    def _known_lookups(self) -> "ConnectorFile":
        for test in self.tests:
            for name in test.lookup:
                if name not in self.lookup:
                    raise PydanticCustomError("lookup", "a test names lookup '{name}', which does not exist",
                                              {"name": name, "key": "tests"})  # fmt: skip
        return self

    @property
    def blocks(self) -> list[EntityBlock]:
        """The entity blocks."""
        return self.entities or ([self.entity] if self.entity else [])


def json_schema() -> dict[str, Any]:
    """Give the JSON Schema of connector files, for editors."""
    schema = ConnectorFile.model_json_schema(by_alias=True)
    attribute = schema["$defs"]["Attribute"]
    short: list[dict[str, Any]] = [{"type": kind} for kind in ("string", "number", "boolean")]
    schema["$defs"]["Attribute"] = {"anyOf": [*short, attribute]}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "Connector file"}
