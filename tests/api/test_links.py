# SPDX-License-Identifier: EUPL-1.2
"""Addresses of pages."""

import pytest

from api.links import entity_link, find_iri, type_link

DEFAULT = "https://uri.etsi.org/ngsi-ld/default-context/"
OWN = "https://example.org/types/Bench"


@pytest.mark.parametrize(
    ("iri", "link"),
    [
        (f"{DEFAULT}OffStreetParking", "/types/OffStreetParking"),
        (OWN, "/types/https%3A%2F%2Fexample.org%2Ftypes%2FBench"),
    ],
)
def test_a_type_has_a_page(iri, link):
    assert type_link(iri) == link


def test_an_entity_has_a_page_whatever_its_id_holds():
    assert entity_link("urn:ngsi-ld:A:ä/?#b") == "/entities/urn:ngsi-ld:A:%C3%A4%2F%3F%23b"


@pytest.mark.parametrize(
    ("name", "iri"),
    [
        ("OffStreetParking", f"{DEFAULT}OffStreetParking"),
        ("Bench", OWN),
        (OWN, OWN),
        ("Tree", None),
        ("Twice", None),
    ],
)
def test_a_name_means_the_one_type_that_is_called_so(name, iri):
    known = [f"{DEFAULT}OffStreetParking", OWN, "https://a.example/Twice", "https://b.example/Twice"]

    assert find_iri(name, known) == iri
