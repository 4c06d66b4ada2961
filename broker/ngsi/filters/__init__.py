# SPDX-License-Identifier: EUPL-1.2
"""What a query asks of entities: a tree of conditions, its languages, and its meaning in Python."""
