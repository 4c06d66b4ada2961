# SPDX-License-Identifier: EUPL-1.2
"""LoRaWAN: uplinks of network servers as records, payload codecs in JavaScript, and tables of devices."""
