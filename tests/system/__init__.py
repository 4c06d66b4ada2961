# SPDX-License-Identifier: EUPL-1.2
"""Tests of the whole: real processes on real data, killed and cut off."""
