# SPDX-License-Identifier: EUPL-1.2
"""`/openapi.json`: what can be asked for over HTTP, told to programs."""
