# SPDX-License-Identifier: EUPL-1.2
"""NGSI-LD as pure functions."""
