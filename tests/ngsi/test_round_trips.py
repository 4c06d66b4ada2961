# SPDX-License-Identifier: EUPL-1.2
"""What an answer says of an entity is read as that entity again, in each representation (4.5.1, 4.5.2.3, 4.5.9)."""

import orjson
from hypothesis import assume, given

from allmende.errors import RequestError
from broker.ngsi.contexts import CORE, compile_context
from broker.ngsi.parsing import parse_entity
from broker.ngsi.patching import create
from broker.ngsi.representation import Form, Representation, render
from tests.ngsi.strategies import contexts, entities

NOW = "2026-11-30T12:00:00.000000Z"


def load(url):
    raise AssertionError(f"nobody asks for {url}")


def read(document, context=CORE):
    """The state that a document makes, where it makes one."""
    try:
        return create(None, parse_entity(orjson.loads(orjson.dumps(document)), context), NOW)
    except RequestError:
        assume(False)
        raise


def shown(state, form: Form, context=CORE):
    return orjson.loads(orjson.dumps(render(state, context, Representation(form))))


@given(entities())
def test_the_normalized_form_is_read_as_what_it_tells_of(body):
    state = read(body)

    assert create(None, parse_entity(shown(state, "normalized"), CORE), NOW) == state


@given(contexts(), entities())
def test_so_it_is_under_an_at_context_of_the_user(source, body):
    context = compile_context(source, load)
    state = read(body, context)

    assert create(None, parse_entity(shown(state, "normalized", context), context), NOW) == state


@given(entities())
def test_the_concise_form_is_read_as_what_it_tells_of(body):
    state = read(body)

    assert create(None, parse_entity(shown(state, "concise"), CORE), NOW) == state


@given(entities())
def test_the_simplified_form_is_read_as_one_that_looks_the_same(body):
    simplified = shown(read(body), "simplified")
    assume(not any(type(value) is dict and "dataset" in value for value in simplified.values()))

    assert shown(create(None, parse_entity(simplified, CORE), NOW), "simplified") == simplified
