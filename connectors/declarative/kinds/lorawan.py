# SPDX-License-Identifier: EUPL-1.2
"""The source kinds `chirpstack` and `ttn`: uplinks of LoRaWAN devices, by MQTT or by webhook."""

from typing import Literal

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from connectors.declarative.kinds.broker import BrokerSource, BrokerUrl, MqttVersion, Topics
from connectors.declarative.kinds.reading import Reading
from connectors.declarative.kinds.receiving import Receiving

UnknownDevices = Literal["skip", "keep", "reject"]
_OF_MQTT = BrokerSource.model_fields.keys() - Reading.model_fields.keys() | {"topics"}


class LorawanSource(BrokerSource):
    """What both network servers have in common."""

    url: BrokerUrl = Field("", description="The network server's broker, mqtts://host; or there is a webhook")
    webhook: Receiving | None = Field(
        None, description="Instead of url: the network server sends to the platform; who may, and how much"
    )
    topics: Topics | None = Field(None, description="Instead of those that the network server has by default")
    application: str | None = Field(None, min_length=1, description="Only the uplinks of this application")
    tenant: str | None = Field(None, min_length=1, description="Only the uplinks of this tenant")
    codec: str | dict[str, str] | None = Field(
        None, description="A decoder in JavaScript, relative to this file; or one for each `type` of the device table"
    )
    devices: str | None = Field(None, description="The device table (CSV, YAML), relative to this file; gives $device")
    unknown_devices: UnknownDevices = Field(
        "reject", description="Uplinks of devices that are not in the table: a dead letter, or kept, or skipped"
    )

    @field_validator("application", "tenant")
    @classmethod
    def _one_level(cls, given: str | None) -> str | None:
        if given and "${" not in given and set(given) & set("+#/\0"):
            raise PydanticCustomError("level", "must be a name without + # and /, not '{name}'", {"name": given})
        return given

    @model_validator(mode="after")
    def _one_way(self) -> "LorawanSource":
        if bool(self.url) == (self.webhook is not None):
            raise PydanticCustomError("way", "uplinks come by exactly one of 'url' (MQTT) and 'webhook'")
        of_mqtt = sorted(_OF_MQTT & self.model_fields_set)
        if self.webhook is not None and of_mqtt:
            raise PydanticCustomError("way", "'{key}' is for MQTT, not for a webhook", {"key": of_mqtt[0]})
        return self

    @model_validator(mode="after")
    def _as_uplinks_are(self) -> "LorawanSource":
        if self.format not in {None, "json"}:
            raise PydanticCustomError("format", "uplinks are JSON: 'format' is not needed")
        if isinstance(self.codec, dict) and not self.devices:
            raise PydanticCustomError("codec", "'codec' by type needs 'devices', whose column 'type' chooses it")
        return self

    @property
    def codecs(self) -> dict[str | None, str]:
        """Paths of codecs by the type of device; None: of all."""
        if isinstance(self.codec, dict):
            return dict(self.codec.items())
        return {} if self.codec is None else {None: self.codec}

    def further_files(self) -> list[str]:
        """Name the device table and the codecs, too."""
        return [*super().further_files(), *self.codecs.values()]


class ChirpstackSource(LorawanSource):
    """Uplinks of ChirpStack."""

    type: Literal["chirpstack"] = Field(
        description="chirpstack: uplinks of ChirpStack v4, by its integration MQTT or HTTP"
    )

    @property
    def filters(self) -> list[str]:
        """The topics to subscribe to, with their named levels."""
        return self.topics or [f"application/{self.application or '{application}'}/device/{{device}}/event/up"]


class TtnSource(LorawanSource):
    """Uplinks of The Things Stack."""

    type: Literal["ttn"] = Field(description="ttn: uplinks of The Things Stack v3, by its MQTT server or a webhook")
    version: MqttVersion = Field("3.1.1", description="Version of MQTT")

    @model_validator(mode="after")
    def _tenant_of_an_application(self) -> "TtnSource":
        if self.tenant and self.webhook is not None:
            words = "'tenant' is known by MQTT only: a webhook belongs to one application, and so to one tenant"
            raise PydanticCustomError("tenant", "{words}", {"words": words})
        if self.tenant and not self.application:
            raise PydanticCustomError("tenant", "'tenant' needs 'application': the topic names both in one level")
        return self

    @property
    def filters(self) -> list[str]:
        """The topics to subscribe to, with their named levels."""
        named = f"{self.application}@{self.tenant}" if self.tenant else self.application
        return self.topics or [f"v3/{named or '{application}'}/devices/{{device}}/up"]
