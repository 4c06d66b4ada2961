# SPDX-License-Identifier: EUPL-1.2
"""Compiled @contexts are kept, within bounds."""

from broker.engine.contexts import ContextStore


def vocabulary(name: str, terms: int) -> dict:
    return {f"{name}{number}": f"https://example.org/{name}/{number}" for number in range(terms)}


def test_a_context_is_compiled_once():
    contexts = ContextStore()

    assert contexts.resolve(vocabulary("a", 3)) is contexts.resolve(vocabulary("a", 3))


def test_of_too_many_terms_those_are_forgotten_that_were_not_used_for_longest(monkeypatch):
    monkeypatch.setattr("broker.engine.contexts._MOST_TERMS", 30)
    contexts = ContextStore()
    used, unused = contexts.resolve(vocabulary("used", 10)), contexts.resolve(vocabulary("unused", 15))
    contexts.resolve(vocabulary("used", 10))

    contexts.resolve(vocabulary("late", 10))

    assert contexts.resolve(vocabulary("used", 10)) is used
    assert contexts.resolve(vocabulary("unused", 15)) is not unused


def test_a_context_with_more_terms_than_are_kept_serves_all_the_same(monkeypatch):
    monkeypatch.setattr("broker.engine.contexts._MOST_TERMS", 30)
    contexts = ContextStore()
    contexts.resolve(vocabulary("small", 10))

    assert contexts.resolve(vocabulary("large", 40)) is contexts.resolve(vocabulary("large", 40))
    assert contexts.resolve(vocabulary("large", 40)).expand("large7") == "https://example.org/large/7"
