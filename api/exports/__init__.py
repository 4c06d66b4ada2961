# SPDX-License-Identifier: EUPL-1.2
"""Entities as files that people take with them: tables and maps."""
