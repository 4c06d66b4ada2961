# SPDX-License-Identifier: EUPL-1.2
"""Sources: what each kind of `source` block reads, and readers of formats."""
