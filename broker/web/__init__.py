# SPDX-License-Identifier: EUPL-1.2
"""The NGSI-LD HTTP binding."""
