# SPDX-License-Identifier: EUPL-1.2
"""From blocks with an address to what asks it: who is named in errors, what is masked, what a lookup has of its source."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx

from allmende.errors import SettingsError
from connectors.declarative.expressions import Expressions
from connectors.declarative.format import Lookup
from connectors.declarative.kinds.asking import Asking
from connectors.declarative.kinds.auth import Auth
from connectors.declarative.kinds.http import HttpSource
from connectors.declarative.loading import Loaded
from connectors.declarative.scopes import Scope
from connectors.declarative.sources.readers import Select
from connectors.declarative.sources.web.asking import Asker, Surroundings
from connectors.declarative.sources.web.breakers import Breakers
from connectors.declarative.sources.web.failures import Place
from connectors.declarative.sources.web.masking import Shown
from connectors.declarative.sources.web.paging import Evaluate
from connectors.declarative.sources.web.requests import origin, request_of
from connectors.declarative.sources.web.source import WebSource
from connectors.declarative.sources.web.tables import WebTable

_NO_SECRETS = {"url", "token_url", "path", "certificate", "certificate_key", "ca", "user", "client", "header", "query"}
"""Keys whose whole value, or whose host, may come from a variable and be shown; of addresses, without the query."""
_OF_SOURCE = Asking.model_fields.keys() - {"params"}


class Web:
    """The addresses of one connector file; opening them connects to nothing."""

    def __init__(self, loaded: Loaded, expressions: Expressions) -> None:
        self._loaded = loaded
        self._expressions = expressions
        shown = Shown.without(secrets_of(loaded))
        self._around = Surroundings(folder=loaded.path.parent, shown=shown, breakers=Breakers())

    def open_source(self, block: HttpSource, select: Select | None) -> WebSource:
        """Give the source of a block."""
        asker = self._asker(
            block, request_of(block).url, Place(block="source", auth=self._auth_words("source", block.auth))
        )
        return WebSource(block, asker, select, self._evaluate(block))

    def open_lookup(self, name: str, lookup: Lookup, select: Select | None) -> WebTable:
        """Give the table of a lookup with an address; what it does not say it has from a source of the same origin."""
        source = self._loaded.connector.source
        try:
            home = request_of(lookup).url
        except httpx.InvalidURL as error:
            # A variable that is not set stands in it still.
            raise SettingsError(f"Lookup {name}: its url is no address") from error
        block, is_own = f"lookup.{name}", "auth" in lookup.model_fields_set
        if isinstance(source, HttpSource) and _is_at(source.url, home):
            unsaid = _OF_SOURCE - lookup.model_fields_set
            lookup = lookup.model_copy(update={key: getattr(source, key) for key in unsaid})
        words = self._auth_words(block if is_own else "source", lookup.auth)
        asker = self._asker(lookup, home, Place(block=block, auth=words))
        return WebTable(name, lookup, asker, select)

    def _asker(self, asking: Asking, home: httpx.URL, place: Place) -> Asker:
        return Asker(asking, home, place, self._around)

    def _auth_words(self, block: str, auth: Auth | None) -> str | None:
        """Name the block that says who asks, and the variables in it."""
        if auth is None:
            return None
        kind = next(kind for kind in Auth.model_fields if getattr(auth, kind) is not None)
        at = (*block.split("."), "auth")
        names = dict.fromkeys(one.written for one in self._loaded.substituted if one.place[: len(at)] == at)
        return f"{block}.auth.{kind}" + (f" ({', '.join(names)})" if names else "")

    def _evaluate(self, block: HttpSource) -> Evaluate | None:
        """Compile the expression that pages follow."""
        paging = block.paging
        text = paging and (paging.next or paging.cursor)
        if not text:
            return None
        expression = self._expressions.compile(text, "source.paging")

        def evaluate(content: Any) -> Any:
            return expression.compute(Scope(content, content, "", 0))

        return evaluate


def secrets_of(loaded: Loaded) -> Iterator[str]:
    """Give what must not be said: what came from outside the file, and the keys that stand in it."""
    blocks = [loaded.connector.source, *loaded.connector.lookup.values()]
    urls = [getattr(block, "url", None) for block in blocks]
    hosts = {_host_of(url) for url in urls if isinstance(url, str)}
    for one in loaded.substituted:
        is_address = "://" in one.value or any(one.value in host for host in hosts)
        if not (one.place[-1] in _NO_SECRETS and (one.is_alone or is_address)):
            yield one.value
    for block in blocks:
        auth = block.auth if isinstance(block, Asking) else None
        if auth is not None:
            given = (
                auth.bearer,
                auth.basic and auth.basic.password,
                auth.api_key and auth.api_key.value,
                auth.oauth2 and auth.oauth2.secret,
            )
            yield from (secret.get_secret_value() for secret in given if secret)


def _is_at(url: str, home: httpx.URL) -> bool:
    """Whether an address, in which a variable that is not set may stand still, has the origin of another one."""
    try:
        return origin(httpx.URL(url)) == origin(home)
    except httpx.InvalidURL:
        return False


def _host_of(url: str) -> str:
    try:
        return urlsplit(url).netloc
    except ValueError:
        return ""
