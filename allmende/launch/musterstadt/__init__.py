# SPDX-License-Identifier: EUPL-1.2
"""The simulated city Musterstadt: sensors whose readings are pure functions of the time."""
