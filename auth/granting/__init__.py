# SPDX-License-Identifier: EUPL-1.2
"""Datasets and grants: what of a tenant is shown to whom, and how it is stored in the tenant's schema."""
