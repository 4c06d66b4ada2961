# SPDX-License-Identifier: EUPL-1.2
"""One public function per NGSI-LD operation."""
