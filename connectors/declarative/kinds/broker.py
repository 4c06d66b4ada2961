# SPDX-License-Identifier: EUPL-1.2
"""What every kind of source says that reads messages of an MQTT broker."""

from abc import ABC, abstractmethod
from datetime import timedelta
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator
from pydantic_core import PydanticCustomError

from allmende.settings import Duration
from connectors.declarative.block import Texts
from connectors.declarative.kinds.reading import Reading
from connectors.declarative.topics import parse_filter

PORTS = {"mqtt": 1883, "mqtts": 8883}
_UNSET = "${"


def broker_url(given: str) -> str:
    """Refuse what is no address of a broker; a variable that is not set stays as it is."""
    try:
        parts = urlsplit(given)
        right = parts.scheme in PORTS and bool(parts.hostname) and (parts.port is None or parts.port > 0)
        plain = not parts.username and not parts.password and parts.path in {"", "/"}
    except ValueError:
        right = plain = False
    if _UNSET in given or (right and plain):
        return given
    if right and parts.username:
        raise PydanticCustomError("broker", "the name and the password stand in 'username' and 'password'")
    raise PydanticCustomError("broker", "must be mqtt://host:port or mqtts://host:port, not '{url}'", {"url": given})


def topic_filters(given: list[str]) -> list[str]:
    """Refuse topics that no broker takes."""
    for text in given:
        try:
            parse_filter(text)
        except ValueError as error:
            raise PydanticCustomError("topic", "{words}", {"words": str(error)}) from error
    return given


Topics = Annotated[Texts, AfterValidator(topic_filters)]
BrokerUrl = Annotated[str, AfterValidator(broker_url)]
MqttVersion = Annotated[Literal["5", "3.1.1"], BeforeValidator(str, json_schema_input_type=Literal["5", "3.1.1", 5])]


class BrokerSource(Reading, ABC):
    """Which broker, who we are there, and how it is read."""

    url: BrokerUrl = Field(description="The broker, mqtt://host or mqtts://host; the port where it is not 1883 or 8883")
    username: str | None = Field(None, description="The name that the broker knows us by")
    password: SecretStr | None = Field(None, description="The password, best as ${NAME} or ${file:/run/secrets/x}")
    client_id: str | None = Field(
        None, min_length=1, description="Default: made of the connector's name and the url, the same at each start"
    )
    qos: Literal[0, 1] = Field(1, description="1: each message until it is on disk here; 0: what comes by")
    version: MqttVersion = Field("5", description="Version of MQTT")
    session: Duration = Field(
        timedelta(days=7), description="How long the broker keeps messages while we are away; MQTT 3.1.1: as it likes"
    )
    quiet: Annotated[Duration, Field(ge=timedelta(milliseconds=200))] = Field(
        timedelta(seconds=2), description="run --once and preview end when nothing has come for so long"
    )
    ca: str | None = Field(None, description="mqtts: certificates (PEM) to trust instead of the system's")
    certificate: str | None = Field(None, description="mqtts: our certificate (PEM)")
    certificate_key: str | None = Field(None, description="mqtts: the private key of our certificate (PEM)")

    @model_validator(mode="after")
    def _as_messages_are(self) -> "BrokerSource":
        if self.format == "xlsx":
            raise PydanticCustomError("format", "the 'format' of messages is json, csv, xml or geojson, not xlsx")
        if self.url.startswith("mqtt://") and (self.ca or self.certificate or self.certificate_key):
            raise PydanticCustomError("tls", "'ca', 'certificate' and 'certificate_key' need a url with mqtts://")
        if (self.certificate is None) != (self.certificate_key is None):
            raise PydanticCustomError("tls", "'certificate' and 'certificate_key' need each other")
        return self

    @property
    @abstractmethod
    def filters(self) -> list[str]:
        """The topics to subscribe to, with their named levels."""
