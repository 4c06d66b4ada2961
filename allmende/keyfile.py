# SPDX-License-Identifier: EUPL-1.2
"""Keys are handed over by file."""

from pathlib import Path

from allmende.errors import SettingsError


def read_key(path: Path) -> str:
    """Read the key that a file holds; SettingsError where it holds none."""
    try:
        key = path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise SettingsError(f"--key-file {path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"--key-file {path} holds no key, but something else") from error
    if not key or len(key.split()) != 1:
        raise SettingsError(f"--key-file {path} must hold a key and nothing else")
    return key
