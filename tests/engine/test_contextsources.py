# SPDX-License-Identifier: EUPL-1.2
"""What is taken for an @context of elsewhere, and what is not."""

import pytest

from allmende.errors import BadRequestData
from allmende.outbound.client import Response
from broker.engine.contextsources import read_document

URL = "https://example.org/c.jsonld"


def response(content, media_type):
    headers = {} if media_type is None else {"content-type": media_type}
    return Response(url=URL, status=200, headers=headers, content=content)


@pytest.mark.parametrize(
    "media_type",
    [
        "application/ld+json",
        "application/json; charset=utf-8",
        "text/plain; charset=utf-8",
        "application/octet-stream",
        "",
        None,
    ],
)
def test_many_a_server_says_something_else_of_json(media_type):
    assert read_document(URL, response(b'{"@context": {}}', media_type)) == '{"@context": {}}'


@pytest.mark.parametrize(
    ("content", "media_type", "words"),
    [
        (b'{"@context": {}}', "text/html; charset=utf-8", "is text/html; an @context is JSON"),
        (b"no JSON", "application/json", "not JSON"),
        (b"", "application/json", "must be JSON"),
        (b"[]", None, "member '@context'"),
        (b'"https://example.org"', None, "member '@context'"),
        (b'{"Room": "x"}', None, "member '@context'"),
        (b'{"@context": {"a": 1, "a": 2}}', None, "twice"),
        (b'{"@context": ' + b"[" * 200 + b"]" * 200 + b"}", None, "deeper than"),
        (b'{"@context": {"a": "\\u0000"}}', None, "U\\+0000"),
        (b"\xff\xfe{}", None, "UTF-8"),
    ],
)
def test_what_is_no_context_document_says_what_it_is(content, media_type, words):
    with pytest.raises(BadRequestData, match=words) as caught:
        read_document(URL, response(content, media_type))

    assert URL in str(caught.value)
