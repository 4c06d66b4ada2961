# SPDX-License-Identifier: EUPL-1.2
"""Rights are united, and nothing is added by putting them together."""

from auth.policy import NOTHING, Rounding, Share, Visible

ROOMS = Share(types=frozenset({"urn:Room"}), pick=frozenset({"urn:name"}))
HALLS = Share(types=frozenset({"urn:Hall"}), omit=frozenset({"urn:name"}), rounding=Rounding(place_m=100))


def test_one_share_of_everything_makes_the_others_needless() -> None:
    assert Visible.of([ROOMS, Share(), HALLS]) is Visible.everything()


def test_shares_in_any_order_and_number_are_one_value() -> None:
    visible = Visible.of([HALLS, ROOMS, HALLS])

    assert visible == Visible.of([ROOMS, HALLS])
    assert visible.shares == (ROOMS, HALLS), "the finest first"
    assert hash(visible) == hash(Visible.of([ROOMS, HALLS]))


def test_an_attribute_may_exist_where_any_share_shows_it() -> None:
    assert Visible.of([ROOMS]).sees_attribute("urn:name")
    assert not Visible.of([HALLS]).sees_attribute("urn:name")
    assert Visible.of([HALLS]).sees_attribute("urn:height")
    assert Visible.of([HALLS, ROOMS]).sees_attribute("urn:name")


def test_without_shares_nothing_is_seen() -> None:
    assert Visible.of([]) == NOTHING
    assert not NOTHING.sees_attribute("urn:name")
    assert Visible.everything().sees_attribute("urn:name")
