# SPDX-License-Identifier: EUPL-1.2
"""The files of a folder that a connector reads."""

import os
from collections.abc import Sequence
from fnmatch import fnmatchcase
from glob import glob
from pathlib import Path

TEMPORARY = (".tmp", ".part", ".partial", ".filepart", ".crdownload", "~")
"""How programs end the names of files that they have not written to their end."""


def find_names(folder: Path, patterns: Sequence[str]) -> list[str]:
    """Give the names below a folder that match, in their order; a pattern with a leading ! leaves out."""
    wanted = [pattern for pattern in patterns if not pattern.startswith("!")] or ["**/*"]
    unwanted = [pattern[1:] for pattern in patterns if pattern.startswith("!")]
    # Path.glob does not go into linked folders.
    found = {name for pattern in wanted for name in glob(pattern, root_dir=folder, recursive=True)}  # noqa: PTH207
    unfinished = tuple(suffix for suffix in TEMPORARY if not any(pattern.endswith(suffix) for pattern in wanted))
    return sorted(
        name
        for name in found
        if not name.endswith(unfinished)
        and not any(_matches(name, pattern) for pattern in unwanted)
        and os.path.isfile(folder / name)  # noqa: PTH113 - a Path raises where a folder may not be entered
    )


def _matches(name: str, pattern: str) -> bool:
    return fnmatchcase(name, pattern) or (pattern.startswith("**/") and fnmatchcase(name, pattern[3:]))
