# SPDX-License-Identifier: EUPL-1.2
"""The only room that speaks to PostgreSQL."""
