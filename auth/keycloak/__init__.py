# SPDX-License-Identifier: EUPL-1.2
"""A realm of Keycloak as the platform needs it: what is to be there, what is missing, and how it is made."""
