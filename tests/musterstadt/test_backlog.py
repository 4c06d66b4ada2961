# SPDX-License-Identifier: EUPL-1.2
"""The past is told a few messages at a time, each until its receipt has come."""

from allmende.launch.musterstadt.backlog import Backlog, Message


class Platform:
    """What has been sent to it, and its clock."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Message]] = []
        self.now = 0.0
        self.backlog = Backlog(
            lambda message_id, message: self.sent.append((message_id, message)), clock=lambda: self.now
        )

    def numbers(self) -> list[int]:
        return [message[0]["number"] for _, message in self.sent]


def numbered(*numbers: int) -> list[Message]:
    return [[{"number": number}] for number in numbers]


def test_four_messages_are_under_way_at_most() -> None:
    platform = Platform()
    platform.backlog.add(iter(numbered(*range(10))))

    platform.backlog.go_on()
    platform.backlog.go_on()

    assert platform.numbers() == [0, 1, 2, 3]


def test_a_receipt_makes_room_for_the_next() -> None:
    platform = Platform()
    platform.backlog.add(iter(numbered(*range(10))))
    platform.backlog.go_on()

    platform.backlog.settle(platform.sent[2][0])
    platform.backlog.settle("of another message")
    platform.backlog.go_on()

    assert platform.numbers() == [0, 1, 2, 3, 4]


def test_what_gets_no_receipt_is_sent_again_under_the_same_id() -> None:
    platform = Platform()
    platform.backlog.add(iter(numbered(0, 1)))
    platform.backlog.go_on()
    platform.backlog.settle(platform.sent[0][0])

    for platform.now in (29.0, 31.0, 32.0):
        platform.backlog.go_on()

    assert platform.numbers() == [0, 1, 1]
    assert platform.sent[1] == platform.sent[2]


def test_what_was_missed_is_told_before_what_is_long_ago() -> None:
    platform = Platform()
    platform.backlog.add(iter(numbered(*range(4, 10))))
    platform.backlog.go_on()
    platform.backlog.add(iter(numbered(1, 2)))

    for message_id, _ in list(platform.sent):
        platform.backlog.settle(message_id)
    platform.backlog.go_on()

    assert platform.numbers() == [4, 5, 6, 7, 1, 2, 8, 9]
