# SPDX-License-Identifier: EUPL-1.2
"""The text of a key: `alm_<8 prefix>_<32 secret>_<crc32>`; a mistyped one is told without asking the database."""

import hashlib
import secrets
import string
import zlib
from typing import Final

_LETTERS: Final = string.digits + string.ascii_letters
_LENGTH: Final = len("alm_") + 8 + 1 + 32 + 1 + 8


def make_key() -> str:
    """A new key of 190 random bits; its prefix may be shown."""
    prefix = "".join(secrets.choice(_LETTERS) for _ in range(8))
    secret = "".join(secrets.choice(_LETTERS) for _ in range(32))
    body = f"alm_{prefix}_{secret}"
    return f"{body}_{zlib.crc32(body.encode()):08x}"


def is_key(text: str) -> bool:
    """Whether a text has the form of a key and its checksum is right."""
    if len(text) != _LENGTH or not text.startswith("alm_") or not text.isascii():
        return False
    body, _, checksum = text.rpartition("_")
    return checksum == f"{zlib.crc32(body.encode()):08x}"


def prefix_of(key: str) -> str:
    """The part of a key that tells it from others and opens nothing."""
    return key[4:12]


def hash_of(key: str) -> bytes:
    """What is stored of a key: it is random enough that no slow hash is needed."""
    return hashlib.sha256(key.encode()).digest()
