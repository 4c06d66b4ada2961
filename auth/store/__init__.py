# SPDX-License-Identifier: EUPL-1.2
"""The SQL of keys and tenants."""
