# SPDX-License-Identifier: EUPL-1.2
"""The JSON of a network server's uplink as a record that is the same for all network servers. Pure."""

import base64
import binascii
import math
import re
from datetime import UTC, datetime
from typing import Any, Literal

from allmende.errors import AllmendeError

Server = Literal["chirpstack", "ttn"]
_SEPARATORS = re.compile(r"[\s:._-]")
_EUI = re.compile(r"[0-9a-f]{16}")


class UnusableUplink(AllmendeError):
    """The content is no uplink that can be read; says why."""


def uplink_of(kind: Server, content: Any) -> dict[str, Any] | None:
    """Give the record of an uplink, nothing for other events (joins, downlinks, states); raise UnusableUplink.

    {devEui, name, application, fPort, fCnt, time, object, bytes, rssi, snr, gateway, tags, raw}; `object` is what the
    network server has decoded, `gateway` the one that heard it best: {id, latitude, longitude}.
    """
    if not isinstance(content, dict):
        raise UnusableUplink("The payload is not an object")
    uplink = _of_chirpstack(content) if kind == "chirpstack" else _of_ttn(content)
    return None if uplink is None else {**uplink, "raw": content}


def is_of(kind: Server, content: dict[str, Any], application: str | None, tenant: str | None) -> bool:
    """Whether an uplink is of that application and tenant, where one is wanted: not every way tells them apart."""
    if kind == "chirpstack":
        device = _dict(content.get("deviceInfo"))
        is_of_tenant = tenant is None or tenant in (device.get("tenantId"), device.get("tenantName"))
        return is_of_tenant and (application is None or application == device.get("applicationId"))
    # The tenant stands in the topic only, where `application` may name it, too.
    ids = _dict(_dict(content.get("end_device_ids")).get("application_ids"))
    return application is None or application.partition("@")[0] == ids.get("application_id")


def to_eui(given: Any) -> str | None:
    """Give a devEui as 16 small hexadecimal digits, however it is written; nothing where it is none."""
    text = _SEPARATORS.sub("", str(given)).lower()
    return text if _EUI.fullmatch(text) else None


def payload_of(uplink: dict[str, Any]) -> bytes:
    """Give the bytes of an uplink."""
    try:
        return base64.b64decode(uplink["bytes"], validate=True)
    except (binascii.Error, TypeError, ValueError) as error:
        raise UnusableUplink(f"The payload of device {uplink['devEui']} is not base64") from error


def _of_chirpstack(content: dict[str, Any]) -> dict[str, Any] | None:
    # What another service made of an uplink has an object, too.
    if "integrationName" in content or not {"data", "object", "fPort", "fCnt", "rxInfo"} & content.keys():
        return None
    device = _dict(content.get("deviceInfo"))
    heard = _best(content.get("rxInfo"))
    return {
        "devEui": _require_eui(device.get("devEui"), "deviceInfo.devEui"),
        "name": device.get("deviceName"),
        "application": device.get("applicationName"),
        "fPort": content.get("fPort", 0),
        "fCnt": content.get("fCnt", 0),
        "time": _utc(content.get("time")),
        "object": content.get("object"),
        "bytes": content.get("data") or "",
        **_signal(heard, heard.get("gatewayId")),
        "tags": _dict(device.get("tags")),
    }


def _of_ttn(content: dict[str, Any]) -> dict[str, Any] | None:
    message = content.get("uplink_message")
    if not isinstance(message, dict):
        return None
    ids = _dict(content.get("end_device_ids"))
    heard = _best(message.get("rx_metadata"))
    gateway = _dict(heard.get("gateway_ids"))
    return {
        "devEui": _require_eui(ids.get("dev_eui"), "end_device_ids.dev_eui"),
        "name": ids.get("device_id"),
        "application": _dict(ids.get("application_ids")).get("application_id"),
        # The Things Stack leaves out what is 0.
        "fPort": message.get("f_port", 0),
        "fCnt": message.get("f_cnt", 0),
        "time": _utc(message.get("received_at") or content.get("received_at")),
        "object": message.get("decoded_payload"),
        "bytes": message.get("frm_payload") or "",
        **_signal(heard, gateway.get("gateway_id") or gateway.get("eui")),
        "tags": _dict(message.get("attributes")),
    }


def _signal(heard: dict[str, Any], gateway: Any) -> dict[str, Any]:
    if not heard:
        return {"rssi": None, "snr": None, "gateway": None}
    place = _dict(heard.get("location"))
    where = {key: place.get(key, 0) for key in ("latitude", "longitude")}
    known = where if any(where.values()) else {}
    return {"rssi": heard.get("rssi"), "snr": heard.get("snr", 0), "gateway": {"id": gateway, **known}}


def _best(received: Any) -> dict[str, Any]:
    """Give the reception of the gateway that heard it best."""
    entries = [entry for entry in received if isinstance(entry, dict)] if isinstance(received, list) else []
    return max(entries, key=lambda entry: (_level(entry.get("rssi")), _level(entry.get("snr"))), default={})


def _level(given: Any) -> float:
    return float(given) if isinstance(given, int | float) else -math.inf


def _require_eui(given: Any, member: str) -> str:
    eui = to_eui(given)
    if eui is None:
        raise UnusableUplink(f"'{member}' must be the 16 hexadecimal digits of a device, not {given!r}")
    return eui


def _utc(given: Any) -> str | None:
    """Give UTC in milliseconds; network servers write nanoseconds."""
    try:
        time = datetime.fromisoformat(given)
        aware = time if time.tzinfo else time.replace(tzinfo=UTC)
        return aware.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    except (TypeError, ValueError, OverflowError):
        return None


def _dict(given: Any) -> dict[str, Any]:
    return given if isinstance(given, dict) else {}
