# SPDX-License-Identifier: EUPL-1.2
"""Uplinks as network servers send them, made after their public formats."""

import base64
from typing import Any

EUI = "70b3d5e75e0a0001"


def chirpstack(payload: bytes = b"\x01", **more: Any) -> dict[str, Any]:
    """An uplink of ChirpStack v4."""
    return {
        "deduplicationId": "3ac7e3c4-4401-4b8d-9386-a5c902f9202d",
        "time": "2026-10-24T21:00:00.123456789+00:00",
        "deviceInfo": {
            "tenantId": "52f14cd4-c6f1-4fbd-8f87-4025e1d49242",
            "tenantName": "Musterstadt",
            "applicationId": "17c82e96-be03-4f38-aef3-f83d48582d97",
            "applicationName": "climate",
            "deviceProfileName": "Climate sensor",
            "deviceName": "school-1",
            "devEui": EUI,
            "tags": {"floor": "2"},
        },
        "devAddr": "00189440",
        "adr": True,
        "dr": 1,
        "fCnt": 4,
        "fPort": 2,
        "confirmed": False,
        "data": base64.b64encode(payload).decode(),
        "rxInfo": [
            {"gatewayId": "0016c001f153a14c", "rssi": -110, "snr": 1.5},
            {"gatewayId": "0016c001f153a14d", "rssi": -57, "snr": 10,
             "location": {"latitude": 51.5, "longitude": 9.9, "altitude": 110.0}},
        ],
        "txInfo": {"frequency": 868300000, "modulation": {"lora": {"bandwidth": 125000, "spreadingFactor": 11}}},
        **more,
    }  # fmt: skip


def ttn(payload: bytes = b"\x01", **more: Any) -> dict[str, Any]:
    """An uplink of The Things Stack; what is 0 is left out, as it does."""
    return {
        "end_device_ids": {
            "device_id": "school-1",
            "application_ids": {"application_id": "climate"},
            "dev_eui": EUI.upper(),
            "join_eui": "0000000000000000",
            "dev_addr": "00BCB929",
        },
        "correlation_ids": ["as:up:01"],
        "received_at": "2026-10-24T21:00:00.345Z",
        "uplink_message": {
            "session_key_id": "AXA50",
            "f_cnt": 4,
            "f_port": 2,
            "frm_payload": base64.b64encode(payload).decode(),
            "rx_metadata": [
                {"gateway_ids": {"gateway_id": "roof", "eui": "9C5C8E00001A05C4"}, "rssi": -57, "snr": 10,
                 "location": {"latitude": 51.5, "longitude": 9.9, "altitude": 110, "source": "SOURCE_REGISTRY"}},
                {"gateway_ids": {"gateway_id": "hall"}, "rssi": -110, "snr": 1.5},
            ],
            "settings": {"data_rate": {"lora": {"bandwidth": 125000, "spreading_factor": 7}}},
            "received_at": "2026-10-24T21:00:00.123456789Z",
            **more,
        },
    }  # fmt: skip
