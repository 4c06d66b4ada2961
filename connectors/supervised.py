# SPDX-License-Identifier: EUPL-1.2
"""A connector under `allmende up`: it is compiled, says so, and runs when it is told that its place is free."""

import hashlib
import json
import os
import sys
from pathlib import Path
from typing import Any

from allmende.errors import AllmendeError, SettingsError
from connectors.declarative.beside import version_of
from connectors.declarative.connector import Declared, assemble
from connectors.declarative.engines import open_engine
from connectors.declarative.loading import FileProblems, Loaded, load_connector

WRONG = 2


def open_supervised(path: Path) -> tuple[Declared, Path]:
    """Compile a connector file, print what came of it as a JSON line, and wait for the word to run; give the key's file.

    The process ends here where the file is wrong, and where another version is wanted before the word has come.
    """
    loaded: Loaded | None = None
    try:
        loaded = load_connector(path)
        connector = assemble(loaded, open_engine())
    except AllmendeError as error:
        problems = error.problems if isinstance(error, FileProblems) else [str(error)]
        _say(_about(path, loaded) | {"problems": problems})
        sys.exit(WRONG)
    _say(_about(path, loaded) | {"digest": _digest(loaded), "warnings": connector.warnings})
    word = sys.stdin.readline()
    if not word:
        sys.exit(0)
    try:
        return connector, Path(json.loads(word)["key_file"])
    except (ValueError, KeyError, TypeError) as error:
        raise SettingsError(f"--supervised is for allmende up, which does not say {word!r}") from error


def _about(path: Path, loaded: Loaded | None) -> dict[str, Any]:
    if loaded is not None:
        return {"name": loaded.connector.name, "version": loaded.version, "watched": loaded.watched}
    try:
        return {"version": version_of(path.read_bytes(), ())}
    except OSError:
        return {"version": None}


def _digest(loaded: Loaded) -> str:
    """What differs whenever the connector would run differently: secrets are in it, so it goes to the supervisor only."""
    # What is secret to the model is masked in its JSON: what was put into it tells a new password.
    taken = [[place.written, place.value] for place in loaded.substituted]
    return hashlib.sha256(f"{loaded.version} {loaded.connector.model_dump_json()} {taken}".encode()).hexdigest()


def _say(line: dict[str, Any]) -> None:
    """Print one line to the supervisor; whatever is printed after it goes to the log."""
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
