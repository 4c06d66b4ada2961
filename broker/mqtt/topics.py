# SPDX-License-Identifier: EUPL-1.2
"""The topics of the platform: `allmende/v1/<tenant>/<connector>/up|down/…`, and who may use which."""

import re
from typing import Final, NamedTuple

UP: Final = frozenset({"entities", "temporal", "deadletters", "state"})
DOWN: Final = ("ack", "replay", "drop")

_TENANT: Final = re.compile(r"[A-Za-z0-9_-]{1,40}")
_CONNECTOR: Final = re.compile(r"[a-z0-9-]{1,100}")


class Route(NamedTuple):
    """Where a message comes from, and what it is."""

    tenant: str
    connector: str
    kind: str


class Access(NamedTuple):
    """Whose topics a client may use; None stands for any."""

    tenant: str | None
    connector: str | None

    def allows(self, tenant: str, connector: str) -> bool:
        """Whether these are its own topics."""
        return self.tenant in (None, tenant) and self.connector in (None, connector)


def is_connector(name: str) -> bool:
    """Whether this can be a connector's name."""
    return _CONNECTOR.fullmatch(name) is not None


def parse_up(topic: str) -> tuple[Route, str | None] | None:
    """What a message on this topic is, and the id that its last level gives; None where no message belongs there."""
    levels = topic.split("/")
    if len(levels) not in (6, 7) or levels[:2] != ["allmende", "v1"] or levels[4] != "up" or levels[5] not in UP:
        return None
    if not _TENANT.fullmatch(levels[2]) or not is_connector(levels[3]):
        return None
    return Route(levels[2], levels[3], levels[5]), (levels[6] or None if len(levels) == 7 else None)


def to_down(tenant: str, connector: str, name: str) -> str:
    """The topic on which a connector hears of receipts or requests."""
    return f"allmende/v1/{tenant}/{connector}/down/{name}"


class Wish(NamedTuple):
    """What a topic filter asks for: some of one connector's down topics."""

    tenant: str
    connector: str
    names: tuple[str, ...]


def parse_down(pattern: str) -> Wish | None:
    """What a topic filter asks for; None where it reaches beyond the down topics of one connector."""
    levels = pattern.split("/")
    if len(levels) < 6 or levels[:2] != ["allmende", "v1"] or levels[4] != "down":
        return None
    if not _TENANT.fullmatch(levels[2]) or not is_connector(levels[3]):
        return None
    return Wish(levels[2], levels[3], tuple(name for name in DOWN if _matches(levels[5:], [name])))


def is_filter(pattern: str) -> bool:
    """Whether the wildcards of a topic filter stand where they may (4.7.1)."""
    levels = pattern.split("/")
    whole = all(level in ("+", "#") or not set(level) & {"+", "#"} for level in levels)
    return bool(pattern) and whole and "#" not in levels[:-1]


def _matches(pattern: list[str], levels: list[str]) -> bool:
    for position, wanted in enumerate(pattern):
        if wanted == "#":
            return True
        if position >= len(levels) or wanted not in ("+", levels[position]):
            return False
    return len(pattern) == len(levels)
