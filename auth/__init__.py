# SPDX-License-Identifier: EUPL-1.2
"""Who is calling, and what may they do."""
