# SPDX-License-Identifier: EUPL-1.2
"""The source kind `mqtt`."""

from typing import Literal

from pydantic import Field

from connectors.declarative.kinds.broker import BrokerSource, Topics


class MqttSource(BrokerSource):
    """Messages of a broker."""

    type: Literal["mqtt"] = Field(description="mqtt: the messages of a broker")
    topics: Topics = Field(
        min_length=1, description="One or several; + and # as in MQTT, {name} is a level that $topic.name gives"
    )

    @property
    def filters(self) -> list[str]:
        """The topics to subscribe to, with their named levels."""
        return self.topics
