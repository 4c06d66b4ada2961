# SPDX-License-Identifier: EUPL-1.2
"""Orders, as `orderBy` states them."""

from time import process_time

import pytest

from allmende.errors import BadRequestData
from broker.ngsi.contexts import CORE
from broker.ngsi.orderings import Term, parse_order


def named(name, **members):
    return Term(path=(CORE.attribute_names[name],), **members)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        (" id ; desc , name", (Term(core="id", descending=True), named("name"))),
        ("name.observedAt ;asc", (named("name", member="observedAt"),)),
        ("address[city.part] ; desc ", (named("address", inside=("city", "part"), descending=True),)),
        (" https://a.example/b.c ", (Term(path=("https://a.example/b.c",)),)),
    ],
)
def test_blanks_stand_around_names_and_directions(text, terms):
    assert parse_order({"orderBy": text}, CORE) == terms


@pytest.mark.parametrize(
    "text", [" " * 20_000 + "]", "a" + " " * 20_000 + "[", " ", "a" * 20_000 + "[b" + " " * 20_000]
)
def test_a_long_text_that_is_no_order_is_refused_at_once_and_not_repeated(text):
    begun = process_time()

    with pytest.raises(BadRequestData) as raised:
        parse_order({"orderBy": text}, CORE)

    assert process_time() - begun < 0.5
    assert len(str(raised.value)) < 300
