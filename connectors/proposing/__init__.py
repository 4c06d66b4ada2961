# SPDX-License-Identifier: EUPL-1.2
"""From a sample of a source to a proposed connector file."""
