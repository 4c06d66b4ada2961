# SPDX-License-Identifier: EUPL-1.2
"""Entities in from MQTT."""
