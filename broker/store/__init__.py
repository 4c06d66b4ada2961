# SPDX-License-Identifier: EUPL-1.2
"""The SQL of entities, history and what surrounds them."""
