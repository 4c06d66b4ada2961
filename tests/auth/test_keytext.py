# SPDX-License-Identifier: EUPL-1.2
"""The text of keys."""

import pytest

from auth import keytext


def test_a_new_key_has_the_form_of_a_key_and_shows_its_prefix():
    key = keytext.make_key()

    assert keytext.is_key(key)
    assert key.split("_")[1] == keytext.prefix_of(key)
    assert len(keytext.hash_of(key)) == 32


def test_two_keys_are_not_equal():
    assert keytext.make_key() != keytext.make_key()


@pytest.mark.parametrize(
    "change",
    [
        lambda key: key[:-1],
        lambda key: key + "0",
        lambda key: key.replace("alm_", "alx_"),
        lambda key: key[:20] + ("a" if key[20] != "a" else "b") + key[21:],
        lambda key: key[:20] + "ä" + key[21:],
        lambda key: "",
    ],
)
def test_a_mistyped_key_is_told_without_asking_anybody(change):
    key = keytext.make_key()

    assert not keytext.is_key(change(key))
