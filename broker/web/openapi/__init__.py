# SPDX-License-Identifier: EUPL-1.2
"""What the operations of the broker are told to be: the parts of an OpenAPI document."""
