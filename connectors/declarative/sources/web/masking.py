# SPDX-License-Identifier: EUPL-1.2
"""Words about addresses that hold no secrets."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus, urlsplit

MASK = "***"
_SHORTEST = 4


@dataclass(frozen=True, slots=True)
class Shown:
    """What may be said: secret texts are masked, addresses are shown without query and user."""

    secrets: tuple[str, ...] = field(default=(), repr=False)

    @classmethod
    def without(cls, secrets: Iterable[str]) -> "Shown":
        """Mask these texts, as they are and as they stand in an address; what is very short is no secret."""
        written = {form for text in secrets for form in (text, quote(text), quote(text, safe=""), quote_plus(text))}
        # The longest first: one may stand in another.
        return cls(tuple(sorted((form for form in written if len(form) >= _SHORTEST), key=len, reverse=True)))

    def hides(self, words: str) -> bool:
        """Whether words hold a secret."""
        return any(secret in words for secret in self.secrets)

    def text(self, words: str) -> str:
        """Give words without secrets."""
        for secret in self.secrets:
            words = words.replace(secret, MASK)
        return words

    def url(self, address: object) -> str:
        """Give scheme, host, port and path of an address: keys travel in the query, and not only those named here."""
        parts = urlsplit(str(address))
        host = parts.netloc.rpartition("@")[2]
        return self.text(f"{parts.scheme}://{host}{parts.path}")
