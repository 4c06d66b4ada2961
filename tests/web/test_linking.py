# SPDX-License-Identifier: EUPL-1.2
"""Link headers."""

import gc
from contextlib import suppress
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.errors import BadRequestData
from broker.ngsi.contexts import Context
from broker.web.answers import document_answer
from broker.web.linking import page_query, parse_context_link, to_context_link, to_page_link

REL = 'rel="http://www.w3.org/ns/json-ld#context"'


@pytest.mark.parametrize(
    ("header", "url"),
    [
        (f'<https://example.org/c.jsonld>; {REL}; type="application/ld+json"', "https://example.org/c.jsonld"),
        (f"<https://example.org/c.jsonld>;{REL}", "https://example.org/c.jsonld"),
        (
            '<https://a.example/c>; type="application/ld+json"; rel=http://www.w3.org/ns/json-ld#context',
            "https://a.example/c",
        ),
        (f"<https://a.example/p,q;r>; {REL}", "https://a.example/p,q;r"),
        (f'</next>; rel="next", <https://a.example/c>; {REL}', "https://a.example/c"),
        (f'<https://a.example/c>; title="a, \\"b\\" <x>"; {REL}', "https://a.example/c"),
        ('<https://a.example/c>; rel="describedby http://www.w3.org/ns/json-ld#context"', "https://a.example/c"),
        ('</next>; rel="next"', None),
        ("", None),
        ("nonsense", None),
    ],
)
def test_the_context_of_a_request_is_found_among_its_links(header, url):
    assert parse_context_link(header) == url


def test_two_contexts_in_links_are_refused():
    with pytest.raises(BadRequestData, match="more than one"):
        parse_context_link(f"<https://a.example/1>; {REL}, <https://a.example/2>; {REL}")


@given(st.text(max_size=200))
def test_any_header_is_read_without_a_fault(header):
    with suppress(BadRequestData):
        parse_context_link(header)


@given(st.text(max_size=100))
def test_whatever_a_url_holds_it_stays_within_its_link(url):
    link = to_context_link(url)

    assert link.isascii()
    assert link.isprintable()
    assert link.count("<") == link.count(">") == 1


def test_the_context_link_has_the_form_of_the_specification():
    assert to_context_link("https://example.org/c.jsonld") == (
        '<https://example.org/c.jsonld>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
    )


def test_a_page_replaces_limit_and_offset_however_they_were_spelt():
    query = page_query("%6Cimit=2&type=Car&off%73et=4", limit=2, offset=6)

    assert query == "limit=2&offset=6&type=Car"


def test_a_page_keeps_the_parameters_in_the_order_of_their_names():
    query = page_query("limit=2&type=Car&attrs=a%2Cb&offset=4&id=urn%3Aa:1", limit=2, offset=6)

    assert query == "attrs=a%2Cb&id=urn:a:1&limit=2&offset=6&type=Car"
    assert to_page_link("/ngsi-ld/v1/entities", query, "next", "application/json") == (
        f'</ngsi-ld/v1/entities?{query}>;rel="next";type="application/json"'
    )


def test_a_page_keeps_what_would_end_a_parameter_encoded():
    query = page_query("q=a%26b%3D%22%2B%25%23+c;d&type=Car", limit=1, offset=1)

    assert query == "limit=1&offset=1&q=a%26b%3D%22%2B%25%23%20c%3Bd&type=Car"


def test_an_answer_keeps_no_context_that_its_link_names():
    """What is compiled may have 10,000 terms, and is kept within the bounds of the library only."""
    for number in range(3):
        context = Context(f"https://a.example/{number}", {"Room": "https://a.example/Room"}, {})
        link = dict(document_answer(SimpleNamespace(media_type="application/json"), context, {}).headers)[b"link"]
        assert link.startswith(f"<https://a.example/{number}>".encode())
    del context

    gc.collect()
    kept = [one for one in gc.get_objects() if type(one) is Context and one.source == "https://a.example/0"]
    assert kept == []
