# SPDX-License-Identifier: EUPL-1.2
"""Connect data sources: spool, publisher, runner, declarative connectors."""
