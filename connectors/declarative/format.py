# SPDX-License-Identifier: EUPL-1.2
"""The format of connector files, `connectors/v1`."""

import re
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, SecretStr, field_validator, model_validator
from pydantic_core import PydanticCustomError

from allmende.settings import Duration
from connectors.declarative.block import Block, as_list, exactly_one
from connectors.declarative.entities import EntityBlock
from connectors.declarative.kinds import AnySource
from connectors.declarative.kinds.addresses import Address
from connectors.declarative.kinds.asking import Asking
from connectors.declarative.kinds.reading import Written, format_of_suffix, refuse_option
from connectors.declarative.quantities import Period
from connectors.declarative.spooling import SpoolBlock

NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
SHORTEST_KEY = 16


class Lookup(Asking, Written):
    """A further file, or the answer of an address, to join with."""

    model_config = ConfigDict(json_schema_extra=exactly_one("path", "url"))

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


class Quality(Block):
    """What the values must be; for later use."""

    contract: Literal["evolve", "freeze", "discard_value", "discard_row"] = Field(
        "evolve", description="What becomes of attributes and values that are not as before"
    )
    max_age: Duration | None = Field(None, description="Silence after which something is wrong")
    range: dict[str, Annotated[list[float], Field(min_length=2, max_length=2)]] = Field(
        default_factory=dict, description="Lowest and highest value by attribute"
    )


class Dataset(Block):
    """How the values are published; for later use."""

    slug: str | None = Field(None, description="The dataset's name in addresses")
    title: str | dict[str, str] | None = Field(None, description="A text, or one for each language: {de: …, en: …}")
    description: str | dict[str, str] | None = Field(None, description="A text, or one for each language")
    license: str | None = Field(None, description="What its publisher says, by its SPDX identifier where it has one")
    publish: Literal["private", "registered", "public", "open"] | None = Field(None, description="Who may read it")
    attribution: str | None = Field(None, description="Who is to be named")
    keywords: list[str] = Field(default_factory=list, description="Words by which it is found")


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

    model_config = ConfigDict(json_schema_extra=exactly_one("entity", "entities"))

    api_version: Literal["connectors/v1"] = Field(alias="apiVersion", description="The version of this format")
    name: str = Field(
        description="The connector part of the topic: 1 to 63 of a-z, 0-9 and -",
        json_schema_extra={"pattern": f"^{NAME.pattern}$"},
    )
    source: AnySource = Field(description="Where records come from")
    context: Annotated[
        list[str | dict[str, Any]] | None,
        BeforeValidator(as_list, json_schema_input_type=str | dict[str, Any] | list[str | dict[str, Any]]),
    ] = Field(None, description="@context of every entity; default: the core context")
    records: str | None = Field(None, description="JSONata: the answer -> list of records; csv needs none")
    lookup: dict[str, Lookup] = Field(default_factory=dict, description="Further files, for $lut(name, key)")
    entity: EntityBlock | None = Field(None, description="The entity of a record")
    entities: list[EntityBlock] | None = Field(None, min_length=1, description="Several entities of one record")
    future: Literal["reject", "allow"] = Field("reject", description="allow: values may be dated ahead (forecasts)")
    hash_key: SecretStr | None = Field(None, description="Secret of at least 16 characters for pseudonyms by $hash")
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

    @field_validator("hash_key")
    @classmethod
    def _long_enough(cls, given: SecretStr | None) -> SecretStr | None:
        text = given.get_secret_value() if given else ""
        # A variable that is not set is a problem of its own.
        if given and len(text) < SHORTEST_KEY and "${" not in text:
            raise PydanticCustomError("secret", "must have at least {least} characters", {"least": SHORTEST_KEY})
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
