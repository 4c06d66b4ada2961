# SPDX-License-Identifier: EUPL-1.2
"""The declarative connector: one YAML file connects one source."""
