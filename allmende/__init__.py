# SPDX-License-Identifier: EUPL-1.2
"""The shared language of the platform: what third parties build on."""
