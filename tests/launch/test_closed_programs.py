# SPDX-License-Identifier: EUPL-1.2
"""A checkout below a folder that only root may enter: PostgreSQL finds its own programs there."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from allmende.launch.privileges import becoming
from tests.launch.running import NOBODY


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize(("reads_everywhere", "status"), [(True, 0), (False, 1)])
def test_a_program_below_a_closed_folder_is_found_by_access(
    tmp_path: Path, reads_everywhere: bool, status: int
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    program = closed / "program"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    become = becoming(NOBODY, reads_everywhere=reads_everywhere, on_parent_death=signal.SIGTERM)

    done = subprocess.run(["/usr/bin/test", "-x", str(program)], preexec_fn=become, check=False)

    assert done.returncode == status
