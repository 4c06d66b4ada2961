# SPDX-License-Identifier: EUPL-1.2
"""Topics of MQTT: filters with named levels, and what `$topic` is. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_NAMED = re.compile(r"\{([A-Za-z_]\w*)\}", re.ASCII)
_MOST_BYTES = 65_535
_MOST_KNOWN = 10_000


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter as it is subscribed, its levels, and the names of some of them."""

    subscribed: str
    levels: tuple[str, ...]
    names: tuple[str | None, ...]


def parse_filter(text: str) -> Filter:
    """Read `a/+/{serial}/#`; raises ValueError with what is wrong.

    Of a shared subscription (`$share/group/a/b`), the levels after the group are matched. A level with a variable that
    is not set stands for any.
    """
    given = text.split("/")
    if not text or "\0" in text or len(text.encode()) > _MOST_BYTES:
        raise ValueError("a topic has 1 to 65535 bytes, and no NUL")
    shared = 2 if given[0] == "$share" else 0
    if shared and (len(given) < 4 or not given[1]):
        raise ValueError(f"topic '{text}': a shared subscription is $share/group/topic")
    names = [_name_of(level, text) for level in given]
    levels = ["+" if name or "${" in level else level for level, name in zip(given, names, strict=True)]
    if "#" in levels[:-1] or any(level not in {"+", "#"} and set(level) & set("+#") for level in levels):
        raise ValueError(f"topic '{text}': + and # stand for whole levels, # for the last ones")
    known = [name for name in names if name]
    if len(known) != len(set(known)) or "name" in known:
        raise ValueError(f"topic '{text}': each name stands there once, and none is 'name', which is the whole topic")
    subscribed = "/".join(levels)
    return Filter(subscribed, tuple(levels[shared:]), tuple(names[shared:]))


def _name_of(level: str, text: str) -> str | None:
    match = _NAMED.fullmatch(level)
    if match is None and set(level) & set("{}") and "${" not in level:
        raise ValueError(f"topic '{text}': a name in braces stands for a whole level: {{serial}}")
    return match[1] if match else None


def read_topic(topic: str, filters: Sequence[Filter]) -> dict[str, str] | None:
    """Give `$topic`: the whole topic as `name`, and the named levels of the first filter that it matches; else nothing."""
    levels = topic.split("/")
    for candidate in filters:
        if _matches(levels, candidate.levels):
            named = zip(candidate.names, levels, strict=False)
            return {name: level for name, level in named if name} | {"name": topic}
    return None


def _matches(levels: list[str], wanted: tuple[str, ...]) -> bool:
    if wanted[-1] == "#":
        wanted = wanted[:-1]
        levels = levels[: len(wanted)]
    return len(levels) == len(wanted) and all(want in {"+", level} for level, want in zip(levels, wanted, strict=True))


class TopicReader:
    """Reads topics; the same ones come again and again, so they are kept."""

    def __init__(self, filters: Sequence[str]) -> None:
        self.filters = [parse_filter(text) for text in filters]
        self._known: dict[str, dict[str, str] | None] = {}

    def read(self, topic: str) -> dict[str, str] | None:
        """Give `$topic`, or nothing where no filter matches."""
        if topic not in self._known:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[topic] = read_topic(topic, self.filters)
        return self._known[topic]
