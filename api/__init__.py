# SPDX-License-Identifier: EUPL-1.2
"""The open-data face and the pages."""
