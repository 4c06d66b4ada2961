# SPDX-License-Identifier: EUPL-1.2
"""The catalogue: types of cities after the Smart Data Models, and the words of their fields."""
