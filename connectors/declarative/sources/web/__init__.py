# SPDX-License-Identifier: EUPL-1.2
"""Addresses that are asked: requests, their answers, and what is remembered of them."""
