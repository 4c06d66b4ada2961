# SPDX-License-Identifier: EUPL-1.2
"""What tokens make of their bearers, in which tenants."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth.bearers import OF_TENANTS, to_bearer, to_principal
from auth.issuers import read_issuers
from auth.principals import AUTHENTICATED, Subject

URL = "https://id.city.example/realms/allmende"
CLAIMS = {"sub": "ada", "azp": "allmende-portal", "client_id": "app", "exp": 1_900_000_000}
KEYCLOAK, BOUND, GROUPS, CLAIM = read_issuers(
    json.dumps(
        [
            {"issuer": URL},
            {"issuer": f"{URL}2", "name": "water", "profile": "plain", "tenant": "water", "administrators": ["admins"]},
            {"issuer": f"{URL}3", "name": "region", "tenants": "groups"},
            {
                "issuer": f"{URL}4",
                "name": "land",
                "profile": "rfc9068",
                "tenants": "claim",
                "claims": {"tenant": "org.city", "roles": "https://land.example/roles"},
            },
        ]
    )
)


def principal(issuer, tenant, **claims):
    return to_principal(to_bearer({**CLAIMS, **claims}, issuer), tenant, ["water", "region", "land"])


def ids(found, kind):
    return {subject.id for subject in found.subjects if subject.kind == kind}


def test_a_user_is_called_by_its_sub_its_client_its_groups_and_its_roles():
    found = principal(
        KEYCLOAK,
        "town",
        groups=["/umweltamt/luft", "parks"],
        realm_access={"roles": ["analyst"]},
        organization={"town": {"id": "1", "groups": ["/data-reader"], "roles": ["press"]}, "other": {"groups": ["/x"]}},
        scope="openid entities:read",
    )

    assert found.subjects == {
        AUTHENTICATED,
        Subject("user", "ada"),
        Subject("client", "allmende-portal"),
        *(Subject("group", path) for path in ("/umweltamt/luft", "/parks", "/data-reader")),
        *(Subject("role", name) for name in ("analyst", "press")),
    }
    assert found.limits == {"openid", "entities:read"}
    assert (found.is_member, found.administers, found.manages_tenants) == (True, False, False)
    assert found.allows("entities:read")
    assert not found.allows("entities:write")


def test_what_somebody_is_in_one_organization_counts_in_no_other():
    claims = {"organization": {"town": {"groups": ["/tenant-admin", "/secret"], "roles": ["boss"]}}}

    there = principal(KEYCLOAK, "town", **claims)
    elsewhere = principal(KEYCLOAK, "village", **claims)

    assert there.may_administer("town")
    assert not there.may_administer("village")
    assert elsewhere.subjects == {AUTHENTICATED, Subject("user", "ada"), Subject("client", "allmende-portal")}
    assert (elsewhere.is_member, elsewhere.may_administer("village"), elsewhere.may_administer("town")) == (
        False,
        False,
        False,
    )


@pytest.mark.parametrize("name", [*sorted(OF_TENANTS), "tenant-admin", "data-reader"])
def test_a_group_of_the_realm_that_is_called_like_one_of_a_tenant_counts_nowhere(name):
    found = principal(KEYCLOAK, "town", groups=[name], organization=["town"])

    assert found.is_member
    assert not found.administers
    assert ids(found, "group") == set()


def test_organizations_may_be_a_list_of_names_with_groups_by_path():
    claims = {"organization": ["town"], "groups": ["/tenants/town/tenant-admin", "/tenants/village/tenant-admin"]}

    assert principal(KEYCLOAK, "town", **claims).may_administer("town")
    village = principal(KEYCLOAK, "village", **claims)
    assert not village.is_member
    assert not village.may_administer("village")
    assert ids(village, "group") == set()


def test_a_manager_of_tenants_administers_none():
    found = principal(KEYCLOAK, "town", realm_access={"roles": ["platform-admin"]}, scope="tenants:manage")

    assert found.may_manage_tenants()
    assert not found.may_administer("town")
    limited = principal(KEYCLOAK, "town", realm_access={"roles": ["platform-admin"]}, scope="entities:read")
    assert not limited.may_manage_tenants()


def test_the_issuer_of_one_tenant_is_barred_from_all_others_and_manages_none():
    claims = {"groups": ["admins"], "roles": ["platform-admin"], "organization": ["town"]}

    here = principal(BOUND, "water", **claims)

    assert here.may_administer("water")
    assert not here.may_manage_tenants()
    assert here.limits is None
    assert ids(here, "user") == {"water:ada"}
    assert ids(here, "group") == {"water:admins"}
    assert ids(here, "client") == {"water:app"}
    assert ids(here, "role") == {"water:platform-admin"}
    assert principal(BOUND, "town", **claims) is None


def test_groups_by_path_say_to_which_tenants_somebody_belongs():
    claims = {"groups": ["/tenants/town/tenant-admin", "/tenants/village", "/tenant-admin", "/region"]}

    assert principal(GROUPS, "town", **claims).may_administer("town")
    assert principal(GROUPS, "village", **claims).is_member
    assert not principal(GROUPS, "village", **claims).may_administer("village")
    assert not principal(GROUPS, "hamlet", **claims).is_member
    assert ids(principal(GROUPS, "village", **claims), "group") == {"region:/region"}


def test_a_claim_says_to_which_tenant_a_token_belongs():
    claims = {"org": {"city": "town"}, "groups": ["tenant-admin"], "https://land.example/roles": ["r"]}

    found = principal(CLAIM, "town", **claims)

    assert found.may_administer("town")
    assert ids(found, "role") == {"land:r"}
    assert principal(CLAIM, "village", **claims) is None
    assert not principal(CLAIM, "town", groups=["tenant-admin"]).is_member


def test_a_connectors_token_is_for_its_tenant_only():
    claims = {"azp": "conn-town-parking", "allmende_tenant": "town"}

    found = principal(KEYCLOAK, "town", **claims)

    assert found.is_member
    assert not found.administers
    assert ids(found, "client") == {"conn-town-parking"}
    assert principal(KEYCLOAK, "village", **claims) is None


def test_nobody_is_called_like_somebody_of_another_issuer():
    found = principal(KEYCLOAK, "town", sub="water:ada", groups=["/x"], realm_access={"roles": ["land:boss"]})

    assert ids(found, "user") == set()
    assert ids(found, "role") == set()
    assert ids(found, "group") == {"/x"}


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda parts: st.lists(parts, max_size=4) | st.dictionaries(st.text(max_size=9), parts, max_size=4),
    max_leaves=12,
)
NAMES = ["groups", "organization", "realm_access", "roles", "scope", "allmende_tenant", "org", "client_id", "azp"]


@given(
    st.dictionaries(st.sampled_from(NAMES), ANY),
    st.sampled_from([KEYCLOAK, BOUND, GROUPS, CLAIM]),
    st.sampled_from(["town", "water", "x"]),
)
def test_claims_of_any_shape_make_somebody_or_nobody_and_never_an_administrator(claims, issuer, tenant):
    found = principal(issuer, tenant, **claims)

    if found is not None:
        assert AUTHENTICATED in found.subjects
        assert all(subject.id.isprintable() for subject in found.subjects)
        assert not found.administers
        assert not found.manages_tenants


@given(
    st.sets(st.sampled_from(["town", "village", "hamlet"])),
    st.sets(st.sampled_from(["/tenant-admin", "/data-reader", "/x"])),
    st.sampled_from(["town", "village", "hamlet"]),
)
def test_only_members_administer_and_only_those_of_the_right_group(members, groups, tenant):
    claims = {"organization": {name: {"groups": sorted(groups)} for name in sorted(members)}}

    found = principal(KEYCLOAK, tenant, **claims)

    assert found.is_member is (tenant in members)
    assert found.may_administer(tenant) is (tenant in members and "/tenant-admin" in groups)
