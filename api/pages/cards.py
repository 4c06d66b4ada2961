# SPDX-License-Identifier: EUPL-1.2
"""A connector in words, as its card on a page tells it. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import quote

from api.languages import to_number
from api.pages.letters import without_value
from api.pages.texts import Texts
from api.pages.words import to_age, to_wait
from broker.engine.connectors import MOST_COUNTED
from broker.engine.reports import Failure, Report, Title

_LOOKS: Final = {
    "failing": ("bad", "!"),
    "away": ("bad", "✕"),
    "silent": ("warn", "○"),
    "unknown": ("off", "?"),
    "stopped": ("off", "■"),
    "waiting": ("", "✓"),
    "running": ("", "✓"),
}
"""The look and the sign of each state, what needs somebody first."""


@dataclass(frozen=True, slots=True)
class Badge:
    """A state: its look, its sign and its word, and how many connectors are so."""

    look: str
    sign: str
    word: str
    number: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something about a connector; `time` is what the words mean, where they mean a time."""

    term: str
    words: str
    time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """What a person reads of a connector."""

    name: str
    title: str
    link: str
    state: str
    badge: Badge
    remark: str
    """What the state means for the reader, where that is not plain."""
    facts: list[Fact]
    failure: Failure | None
    letters: str
    """How many dead letters there are, in words; empty where there are none."""

    @property
    def rank(self) -> int:
        """Its place in a list: what needs somebody comes first."""
        return list(_LOOKS).index(self.state)


def to_card(report: Report, texts: Texts, now: datetime) -> Card:
    """The card of a connector."""
    error = report.last_error
    return Card(
        name=report.name,
        title=title_in(report.title, texts.language) or report.name,
        link=f"/connectors/{quote(report.name, safe='')}",
        state=report.state,
        badge=_to_badge(report.state, texts),
        remark=_remark(report, texts, now),
        facts=[*_times(report, texts, now), *_figures(report, texts)],
        failure=None if error is None else Failure(error.at, without_value(error.text)),
        letters=_letters(report.dead_letters, texts),
    )


def title_in(title: Title, language: str) -> str:
    """A title in the language, else in none, else in any."""
    return title.get(language) or title.get("") or next(iter(title.values()), "")


def badges_of(cards: Iterable[Card], texts: Texts) -> list[Badge]:
    """How many connectors are in each state."""
    numbers = Counter(card.badge for card in cards)
    return [
        Badge(badge.look, badge.sign, badge.word, to_number(numbers[badge], texts.language))
        for badge in (_to_badge(state, texts) for state in _LOOKS)
        if badge in numbers
    ]


def _to_badge(state: str, texts: Texts) -> Badge:
    look, sign = _LOOKS[state]
    return Badge(look, sign, texts[f"state_{state}"])


def _remark(report: Report, texts: Texts, now: datetime) -> str:
    if report.reported_at is None:
        return texts["no_reports"]
    if report.state == "away":
        return texts.say("away_since", to_age(now - report.reported_at, texts))
    if report.silent_since is not None:
        return texts.say("silent_since", to_age(now - report.silent_since, texts))
    return ""


def _times(report: Report, texts: Texts, now: datetime) -> list[Fact]:
    facts = []
    if report.last_read is not None:
        facts.append(Fact(texts["last_read"], to_age(now - report.last_read, texts), report.last_read))
    if report.last_stored is not None:
        facts.append(Fact(texts["last_stored"], to_age(now - report.last_stored, texts), report.last_stored))
    elif report.reported_at is not None:
        facts.append(Fact(texts["last_stored"], texts["never"]))
    if report.next_read is not None and report.state not in {"away", "stopped"}:
        facts.append(Fact(texts["next_read"], to_wait(report.next_read - now, texts), report.next_read))
    if report.full_since is not None:
        facts.append(Fact(texts["full_since"], to_age(now - report.full_since, texts), report.full_since))
    return facts


def _figures(report: Report, texts: Texts) -> list[Fact]:
    """What waits, was set aside, was dropped; the last one only where there is such."""
    figures = [("backlog", report.backlog), ("set_aside", report.set_aside), ("dropped", report.dropped or None)]
    return [Fact(texts[name], to_number(figure, texts.language)) for name, figure in figures if figure is not None]


def _letters(number: int, texts: Texts) -> str:
    if number > MOST_COUNTED:
        return texts.say("letters_many", to_number(MOST_COUNTED, texts.language))
    return texts.count("letters", number) if number else ""
