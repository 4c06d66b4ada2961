# SPDX-License-Identifier: EUPL-1.2
"""TLS of addresses: whom this side trusts, and the certificate that it shows."""

import ssl
from dataclasses import dataclass
from pathlib import Path

from allmende.errors import Stop
from connectors.declarative.kinds.asking import Asking


@dataclass(frozen=True, slots=True)
class Trust:
    """One context for the origin that is meant, and one that shows no certificate for all others."""

    home: ssl.SSLContext
    elsewhere: ssl.SSLContext


def open_trust(asking: Asking, place: Path) -> Trust:
    """Read the files that a block names, relative to `place`; raises Stop with the one that cannot be used."""
    elsewhere = _context(asking, place)
    if asking.certificate is None:
        return Trust(elsewhere, elsewhere)
    home = _context(asking, place)
    chain = (place / asking.certificate).expanduser()
    key = chain if asking.certificate_key is None else (place / asking.certificate_key).expanduser()
    try:
        # Without a password to give, a key that has one is an error and no question at the terminal.
        home.load_cert_chain(chain, key, password="")
    except (OSError, ValueError) as error:
        words = f"certificate {chain} cannot be used with the key {key}: {_reason(error)}"
        raise Stop(f"{words}; both must be PEM files that belong together, without a password") from error
    return Trust(home, elsewhere)


def _context(asking: Asking, place: Path) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if asking.ca is not None:
        path = (place / asking.ca).expanduser()
        try:
            context.load_verify_locations(path)
        except OSError as error:
            raise Stop(f"ca {path} cannot be read as certificates (PEM): {_reason(error)}") from error
    return context


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return str(error.reason or error)
    return str(getattr(error, "strerror", None) or error)
