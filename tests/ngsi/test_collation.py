# SPDX-License-Identifier: EUPL-1.2
"""Texts in the order of languages."""

import pytest

from broker.ngsi.collation import ranks_of


@pytest.mark.parametrize(
    ("tag", "texts"),
    [
        ("und", ["A", "á", "b", "zebra", "Ωmega"]),
        ("de", ["Ähre", "Apfel", "äpfel"]),
        ("de", ["Muller", "Müller", "Müllerin", "Mulm"]),
        ("de-u-co-phonebk", ["Mueller", "Müllerin", "Muffel", "Muller"]),
        ("sv", ["Ofen", "zebra", "ål", "ärlig", "öl"]),
        ("da-DK", ["zebra", "æble", "Ærø", "øl", "Århus"]),
        ("es", ["nube", "nz", "ñandú", "oro"]),
        ("fr", ["cote", "coté", "côte", "côté"]),
    ],
)
def test_texts_stand_in_the_order_of_their_language(tag, texts):
    ranks = ranks_of(reversed(texts), tag)

    assert ranks == sorted(ranks, reverse=True)
    assert len(set(ranks)) == len(texts)


def test_what_is_equal_stands_together_and_nothing_apart():
    assert ranks_of(["b", None, "a", "b", "a\u0301", "\u00e1"], "und") == [3, 0, 1, 3, 2, 2]
