# SPDX-License-Identifier: EUPL-1.2
"""Datasets and grants as documents: read with errors that say where and what would be right, and told back."""
