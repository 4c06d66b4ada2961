# SPDX-License-Identifier: EUPL-1.2
"""What principals may do."""

import pytest

from auth.principals import Principal

PLATFORM = Principal("admin", None, None, "1")
TOWN = Principal("admin", "town", None, "2")
PARKING = Principal("connector", "town", "parking", "3")


@pytest.mark.parametrize(
    ("principal", "tenant", "expected"),
    [
        (PLATFORM, "town", True),
        (PLATFORM, "other", True),
        (TOWN, "town", True),
        (TOWN, "other", False),
        (PARKING, "town", False),
    ],
)
def test_an_administrator_administers_its_tenant_and_a_connector_none(principal, tenant, expected):
    assert principal.may_administer(tenant) is expected


@pytest.mark.parametrize(
    ("principal", "tenant", "connector", "expected"),
    [
        (PARKING, "town", "parking", True),
        (PARKING, "town", "bicycles", False),
        (PARKING, "other", "parking", False),
        (TOWN, "town", "anything", True),
        (TOWN, "other", "anything", False),
        (PLATFORM, "other", "anything", True),
    ],
)
def test_a_connectors_key_opens_its_own_topics_only(principal, tenant, connector, expected):
    assert principal.may_publish(tenant, connector) is expected
