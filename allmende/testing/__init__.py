# SPDX-License-Identifier: EUPL-1.2
"""The test kit of connectors: `TestParking = connector_suite("parking/connector.yaml")`."""

from allmende.testing.suite import connector_suite

__all__ = ["connector_suite"]
