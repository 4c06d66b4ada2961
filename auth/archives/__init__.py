# SPDX-License-Identifier: EUPL-1.2
"""A tenant as a file: a compressed tar of CSV files that people and PostgreSQL can read."""
