# SPDX-License-Identifier: EUPL-1.2
"""Every command of the README and of the tutorial works as it stands there."""

import json
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from allmende.launch.musterstadt.kinds import KINDS
from tests.conftest import require_part
from tests.docs.paths import ROOT
from tests.docs.running import Place, blocks, make_folder

pytestmark = pytest.mark.server
PATIENCE_S = 60


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A platform with the demo city, started in the reader's folder."""
    require_part("curl", None if shutil.which("curl") else "the program is not installed")
    folder = tmp_path_factory.mktemp("reader")
    make_folder(folder)
    command = [".venv/bin/allmende", "up", "--demo", "--port", "0", "--mqtt-port", "0"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        try:
            _, http, mqtt = ready_line(process).split()
            yield Place(folder=folder, http=http, mqtt=mqtt)
        finally:
            process.terminate()
            assert process.wait(PATIENCE_S) == 0


def ready_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    deadline = time.monotonic() + PATIENCE_S
    while select.select([process.stdout], [], [], max(0, deadline - time.monotonic()))[0]:
        line = process.stdout.readline()
        assert line, "the platform ended"
        if line.startswith("ready "):
            return line
    pytest.fail("the platform does not become ready")


@pytest.fixture(scope="module")
def city(place: Place) -> Place:
    """The platform once the whole city has sent its readings and the newest day of its past."""
    lamp = f"{place.http}/ngsi-ld/v1/temporal/entities/urn:ngsi-ld:Streetlight:musterstadt:kaistrasse-5?attrs=powerConsumption"
    deadline = time.monotonic() + PATIENCE_S
    while True:
        answer = subprocess.run(["curl", "-s", lamp], capture_output=True, check=False).stdout
        if len(json.loads(answer).get("powerConsumption", [])) > 90:
            return place
        assert time.monotonic() < deadline, answer
        time.sleep(0.1)


def test_the_tour_of_the_readme_works_from_first_to_last(city: Place) -> None:
    tour = blocks("README.md")

    said = [city.run(block) for block in tour]

    types, parks, river, created, patched, bench, deleted, letters, metrics = said
    assert set(KINDS) < set(json.loads(types)["typeList"])
    assert [park["type"] for park in json.loads(parks)] == ["OffStreetParking"] * 2
    assert all(park["totalSpotNumber"] > 0 for park in json.loads(parks))
    assert len(json.loads(river)["waterLevel"]["values"]) == 3
    assert (created, patched, deleted) == ("", "", "")
    assert [instance["value"] for instance in json.loads(bench)["isDry"]] == [True, False]
    assert isinstance(letters, str)
    assert 'connector="musterstadt"' in metrics


def test_the_two_commands_of_the_readme_are_targets_of_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text()

    for command in ("make up", "make test"):
        assert f"```console\n{command}\n```" in (ROOT / "README.md").read_text()
        assert f"\n{command.removeprefix('make ')}: " in makefile


def test_the_tutorial_works_from_first_to_last(place: Place) -> None:
    steps = blocks("docs/tutorials/first-steps.md")

    said = [place.run(step) for step in steps]

    _, _, _, current, past, mistake, dropped = said
    assert json.loads(current)["temperature"] == 21.5
    assert [value for value, _ in json.loads(past)["temperature"]["values"]] == [21.5]
    assert "temperature" in mistake
    assert "1" in dropped
    assert (place.folder / "my-station.key").stat().st_mode & 0o777 == 0o600


def test_a_key_file_of_the_tutorial_holds_the_key_alone(place: Place) -> None:
    text = Path(place.folder / "my-station.key").read_text()

    assert text.startswith("alm_")
    assert len(text.split()) == 1
