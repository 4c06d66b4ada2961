# SPDX-License-Identifier: EUPL-1.2
"""Every command of the tutorial from a CSV to a live dataset works as it stands there."""

import json
import re
import select
import shlex
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import require_part
from tests.docs.paths import ROOT
from tests.docs.running import Place, blocks, make_folder

PAGE = "docs/tutorials/csv-to-live-dataset.md"
PATIENCE_S = 60
LISTED = ".venv/bin/allmende connectors list --json"

pytestmark = pytest.mark.server


@contextmanager
def platform(folder: Path) -> Iterator[Place]:
    """The platform as the page starts it, on free ports, until Ctrl-C."""
    (command,) = re.findall(r"^```console\n(.*?)\n```$", (ROOT / PAGE).read_text(), re.DOTALL | re.MULTILINE)
    arguments = [*shlex.split(command), "--port", "0", "--mqtt-port", "0"]
    with subprocess.Popen(arguments, cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert select.select([process.stdout], [], [], PATIENCE_S)[0], "the platform does not become ready"
            _, http, mqtt = process.stdout.readline().split()
            yield Place(folder=folder, http=http, mqtt=mqtt)
        finally:
            process.terminate()
            assert process.wait(PATIENCE_S) == 0


def until(place: Place, block: str, holds: Callable[[str], bool]) -> str:
    """What a block prints once that is as the page says: what was read is stored a moment later."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds(said := place.run(block)):
        assert time.monotonic() < deadline, said
    return said


def version_of(place: Place) -> str:
    """The version of its file that the connector runs."""
    (state,) = json.loads(place.run(LISTED))
    version: str = state["version"]
    return version


def proposed() -> str:
    """The file that the page says `new` writes."""
    (text,) = re.findall(r"^```yaml\n(.*?)^```$", (ROOT / PAGE).read_text(), re.DOTALL | re.MULTILINE)
    return str(text)


def test_the_tutorial_works_from_first_to_last(tmp_path: Path) -> None:
    require_part("curl", None if shutil.which("curl") else "the program is not installed")
    make_folder(tmp_path)
    steps = iter(blocks(PAGE))
    alone = Place(folder=tmp_path, http="", mqtt="")

    _, made, valid, preview, tested, suite = [alone.run(next(steps)) for _ in range(6)]
    with platform(tmp_path) as place:
        current = until(place, next(steps), lambda said: len(json.loads(said)) == 2)
        place.run(next(steps))
        history = until(place, next(steps), lambda said: len(json.loads(said)["peopleCount"]["values"]) == 3)
        place.run(next(steps))
        letters = until(place, next(steps), lambda said: ">999" in said)
        version = version_of(place)
        mended = place.run(next(steps))
        until(place, LISTED, lambda _: version_of(place) != version)
        place.run(next(steps))
        count = until(place, next(steps), lambda said: '"peopleCount":999' in said.replace(" ", ""))
        listed = place.run(next(steps))

    assert proposed() in made
    assert "is valid" in valid
    assert "Bahnhofstraße" in preview
    assert tested.splitlines()[0].endswith("golden/counts.csv.json written")
    assert [line for line in tested.splitlines() if "failures" in line] == ["1 tests, 0 failures"] * 2
    assert "7 passed" in suite
    assert {entity["peopleCount"] for entity in json.loads(current)} == {187, 296}
    assert json.loads(history)["peopleCount"]["values"][-1] == [254, "2026-09-07T08:00:00Z"]
    assert "peopleCount" in letters
    assert "1 tests, 0 failures" in mended
    assert ">999" not in count
    assert '"congested":true' in count.replace(" ", "")
    assert "pedestrian-counts" in listed
    assert "running" in listed or "waiting" in listed
    assert next(steps, None) is None
