# SPDX-License-Identifier: EUPL-1.2
"""Topics and filters."""

import pytest

from broker.mqtt.topics import Access, Route, Wish, is_filter, parse_down, parse_up, to_down


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        ("allmende/v1/default/a/up/entities", (Route("default", "a", "entities"), None)),
        ("allmende/v1/t_1/a-b/up/temporal/m-1", (Route("t_1", "a-b", "temporal"), "m-1")),
        ("allmende/v1/default/a/up/deadletters", (Route("default", "a", "deadletters"), None)),
        ("allmende/v1/default/a/up/state", (Route("default", "a", "state"), None)),
        ("allmende/v1/default/a/up/entities/", (Route("default", "a", "entities"), None)),
        ("allmende/v1/Neu-Stadt/a/up/entities", (Route("Neu-Stadt", "a", "entities"), None)),
        ("allmende/v1/default.0123456789abcdef0123/a/up/entities", None),
        ("allmende/v1/default/A/up/entities", None),
        ("allmende/v1/default//up/entities", None),
        ("allmende/v1/default/+/up/entities", None),
        ("/allmende/v1/default/a/up/entities", None),
        ("allmende/v1/default/a/up", None),
        ("", None),
    ],
)
def test_an_up_topic_says_where_a_message_comes_from(topic: str, expected: object) -> None:
    assert parse_up(topic) == expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("allmende/v1/default/a/down/#", Wish("default", "a", ("ack", "replay", "drop"))),
        ("allmende/v1/default/a/down/+", Wish("default", "a", ("ack", "replay", "drop"))),
        ("allmende/v1/default/a/down/ack", Wish("default", "a", ("ack",))),
        ("allmende/v1/default/a/down/ack/#", Wish("default", "a", ("ack",))),
        ("allmende/v1/default/a/down/+/+", Wish("default", "a", ())),
        ("allmende/v1/default/a/down/other", Wish("default", "a", ())),
        ("allmende/v1/default/a/down", None),
        ("allmende/v1/default/+/down/#", None),
        ("allmende/#", None),
    ],
)
def test_a_filter_says_which_down_topics_it_wants(pattern: str, expected: Wish | None) -> None:
    assert parse_down(pattern) == expected


@pytest.mark.parametrize(
    ("pattern", "valid"), [("a/+/#", True), ("#", True), ("a#", False), ("#/a", False), ("", False)]
)
def test_wildcards_stand_for_whole_levels(pattern: str, valid: bool) -> None:
    assert is_filter(pattern) is valid


@pytest.mark.parametrize(
    ("access", "allowed"),
    [
        (Access("default", "a"), True),
        (Access(None, "a"), True),
        (Access(None, None), True),
        (Access("default", "b"), False),
        (Access("other", "a"), False),
    ],
)
def test_access_names_a_tenant_and_a_connector_or_any(access: Access, allowed: bool) -> None:
    assert access.allows("default", "a") is allowed


def test_a_down_topic_has_tenant_and_connector() -> None:
    assert to_down("default", "a", "ack") == "allmende/v1/default/a/down/ack"
