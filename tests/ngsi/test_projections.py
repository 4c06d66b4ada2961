# SPDX-License-Identifier: EUPL-1.2
"""The projection language of pick and omit."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.errors import BadRequestData
from broker.ngsi.contexts import CORE
from broker.ngsi.projections import MAX_MEMBERS, nested_in, parse_projection, require_apart

NAMES = st.sampled_from(["id", "type", "alpha", "beta", "ex:gamma", "https://example.org/delta"])
TREES = st.recursive(
    st.dictionaries(NAMES, st.none(), min_size=1, max_size=3),
    lambda inner: st.dictionaries(NAMES, st.none() | inner, min_size=1, max_size=3),
    max_leaves=8,
)


def parsed(text):
    return parse_projection(text, "pick", CORE)


def written(tree, separator):
    return separator.join(
        name if nested is None else f"{name}{{{written(nested, separator)}}}" for name, nested in tree.items()
    )


def names_of(projection):
    return {
        CORE.compact(name) if ":" in name else name: None if nested is None else names_of(nested)
        for name, nested in projection.members.items()
    }


@given(TREES, st.sampled_from([",", "|", ", "]))
def test_what_is_written_is_read(tree, separator):
    assert names_of(parsed(written(tree, separator))) == tree


@given(st.text(alphabet="ab{}|, ;", max_size=20))
def test_any_text_is_read_or_refused(text):
    with suppress(BadRequestData):
        parsed(text)


def test_the_depth_is_the_number_of_links():
    assert [parsed(text).depth for text in ("a", "a,b{c}", "a{b{c},d}", "a{b,c{d{e}}}")] == [0, 1, 2, 3]


@pytest.mark.parametrize("text", ["a{" * 11 + "b" + "}" * 11, ",".join(f"a{n}" for n in range(MAX_MEMBERS + 1))])
def test_a_projection_is_bounded(text):
    with pytest.raises(BadRequestData, match="must"):
        parsed(text)


@pytest.mark.parametrize(("pick", "omit"), [("a", "a"), ("a{b}", "a"), ("a{b,c}", "a{c}"), ("a,id", "id")])
def test_a_member_must_not_be_picked_and_omitted(pick, omit):
    with pytest.raises(BadRequestData, match="both"):
        require_apart(parsed(pick), parsed(omit))


@pytest.mark.parametrize(("pick", "omit"), [("a", "b"), ("a", "a{b}"), ("a{b}", "a{c}"), ("a{b}", "a{b{c}}")])
def test_parts_of_what_is_picked_may_be_omitted(pick, omit):
    require_apart(parsed(pick), parsed(omit))


def test_what_is_not_told_of_linked_entities_leaves_them_whole():
    assert nested_in(None, "a") is None
    assert nested_in(parsed("a"), CORE.expand("a")) is None
    assert nested_in(parsed("a{b}"), CORE.expand("a")) is not None
