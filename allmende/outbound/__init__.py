# SPDX-License-Identifier: EUPL-1.2
"""Requests to addresses that others name: one guard for all of them, so that nobody reaches through the platform.

A name is resolved once, every address of it is checked, and the connection goes to one of those that were checked.
"""
