# SPDX-License-Identifier: EUPL-1.2
"""The address of an outside broker."""

import pytest

from allmende.errors import SettingsError
from broker.mqtt.brokerurl import BrokerUrl


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mqtt://h", BrokerUrl(host="h", port=1883)),
        ("mqtts://h", BrokerUrl(host="h", port=8883, is_tls=True)),
        ("mqtt://u:p%40@h:1/", BrokerUrl(host="h", port=1, username="u", password="p@")),
        ("mqtt://[::1]:1884", BrokerUrl(host="::1", port=1884)),
    ],
)
def test_the_url_names_broker_user_and_password(text: str, expected: BrokerUrl) -> None:
    assert BrokerUrl.parse(text) == expected


@pytest.mark.parametrize("text", ["http://h", "h:1883", "mqtt://", "mqtt://h:port", "mqtt://h/path", "mqtt://[h"])
def test_what_is_no_such_url_is_a_setting_that_is_wrong(text: str) -> None:
    with pytest.raises(SettingsError, match="--mqtt"):
        BrokerUrl.parse(text)


def test_a_password_is_not_shown() -> None:
    url = BrokerUrl.parse("mqtt://u:secret@h")

    assert "secret" not in repr(url) + url.shown
