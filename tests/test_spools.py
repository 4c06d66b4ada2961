# SPDX-License-Identifier: EUPL-1.2
"""How the files of connectors are called."""

from hypothesis import given
from hypothesis import strategies as st

from allmende.spools import file_name, parse_file_name

TENANTS = st.from_regex(r"[A-Za-z0-9_-]{1,40}", fullmatch=True)
CONNECTORS = st.from_regex(r"[a-z0-9-]{1,63}", fullmatch=True)


@given(tenant=TENANTS, connector=CONNECTORS)
def test_a_file_says_whose_it_is(tenant: str, connector: str) -> None:
    assert parse_file_name(file_name(tenant, connector)) == (tenant, connector)


def test_files_of_plain_tenants_are_called_as_ever() -> None:
    assert file_name("default", "freiburg-parking") == "default-freiburg-parking"
