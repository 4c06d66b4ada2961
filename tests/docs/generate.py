# SPDX-License-Identifier: EUPL-1.2
"""Writes the reference pages that are made from code: `make docs`; a test compares."""

from collections.abc import Callable
from pathlib import Path

from allmende.launch.reference import settings_reference
from tests.docs.commands import commands_reference
from tests.docs.metrics import metrics_reference
from tests.docs.operations import with_operations
from tests.docs.paths import REFERENCE
from tests.docs.quality import quality_reference


def pages() -> dict[Path, Callable[[], str]]:
    """What makes each page, by its file; some take seconds."""
    http = REFERENCE / "http.md"
    return {
        REFERENCE / "settings.md": settings_reference,
        REFERENCE / "commands.md": commands_reference,
        REFERENCE / "metrics.md": metrics_reference,
        REFERENCE / "quality.md": quality_reference,
        http: lambda: with_operations(http.read_text()),
    }


if __name__ == "__main__":
    for path, make in pages().items():
        path.write_text(make())
