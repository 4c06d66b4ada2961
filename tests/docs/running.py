# SPDX-License-Identifier: EUPL-1.2
"""Runs the commands of a document as its reader would: in a folder, beside a running platform."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.docs.paths import ROOT

ENVIRONMENT = Path(sys.executable).parents[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The folder of the reader, and the addresses of the platform."""

    folder: Path
    http: str
    mqtt: str

    def run(self, block: str) -> str:
        """Run a block of commands; return what they print. Status codes of HTTP from 400 on are failures."""
        done = subprocess.run(
            ["sh", "-eu", "-c", self.here(block)],
            cwd=self.folder,
            env={**os.environ, "CURL_HOME": str(self.folder)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def here(self, block: str) -> str:
        """The block with the addresses of this platform."""
        port = self.mqtt.rpartition(":")[2]
        return block.replace("http://127.0.0.1:8080", self.http).replace("port=1883", f"port={port}")


def make_folder(folder: Path) -> None:
    """What a reader's folder holds: the virtual environment, and curl told to fail where HTTP does."""
    (folder / ".venv").symlink_to(ENVIRONMENT)
    (folder / ".curlrc").write_text("fail-with-body\nshow-error\n")


def blocks(document: str) -> list[str]:
    """The commands of a document, block by block."""
    return re.findall(r"^```sh\n(.*?)^```$", (ROOT / document).read_text(), re.DOTALL | re.MULTILINE)
