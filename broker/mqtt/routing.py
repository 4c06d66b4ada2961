# SPDX-License-Identifier: EUPL-1.2
"""From the topic of a message to its route, remembered per client."""

from typing import Final

from broker.mqtt.topics import Access, Route, parse_up

_MOST: Final = 100


class Routes:
    """The topics that a client has used and may use."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._known: dict[str, Route] = {}

    def find(self, topic: str) -> tuple[Route | None, str | None]:
        """The route of a topic and the id in its last level; no route where the topic is not the client's."""
        route = self._known.get(topic)
        if route is not None:
            return route, None
        prefix, _, last = topic.rpartition("/")
        route = self._known.get(prefix)
        return (route, last or None) if route is not None else self._learn(topic)

    def _learn(self, topic: str) -> tuple[Route | None, str | None]:
        found = parse_up(topic)
        if found is None or not self._access.allows(found[0].tenant, found[0].connector):
            return None, None
        route = found[0]
        if len(self._known) < _MOST:
            self._known[f"allmende/v1/{route.tenant}/{route.connector}/up/{route.kind}"] = route
        return found
