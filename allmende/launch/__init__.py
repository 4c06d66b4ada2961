# SPDX-License-Identifier: EUPL-1.2
"""The composition root: one command starts the whole platform."""
