# SPDX-License-Identifier: EUPL-1.2
"""The connectors of a folder go on whatever else fails: the database, the folder itself."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from allmende.errors import Unavailable
from allmende.launch import fleet as fleet_module
from allmende.launch.fleet import Fleet, MakeKeys
from allmende.launch.folder import Folder
from allmende.launch.member import Surroundings
from tests.launch.test_candidates import FILE, NOWHERE

pytestmark = pytest.mark.server


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one connector, and a key for it; it is looked at often."""
    monkeypatch.setattr(fleet_module, "LOOK_EVERY_S", 0.1)
    source = tmp_path / "connectors"
    source.mkdir()
    (source / "sites.csv").write_text("id,name\n1,Nord\n")
    (source / "parks.yaml").write_text(FILE)
    key = Folder(tmp_path / "data").key_of("default", "parks")
    key.parent.mkdir(parents=True)
    key.write_text("a-key\n")
    return source


@asynccontextmanager
async def watching(source: Path, make_keys: MakeKeys) -> AsyncIterator[tuple[Fleet, asyncio.Condition]]:
    changed = asyncio.Condition()

    def tell() -> None:
        tasks.append(asyncio.create_task(notify()))

    async def notify() -> None:
        async with changed:
            changed.notify_all()

    tasks: list[asyncio.Task[None]] = []
    around = Surroundings(folder=Folder(source.parent / "data"), platform=NOWHERE, on_change=tell)
    fleet = Fleet(source, around, make_keys)
    watch = asyncio.create_task(fleet.watch())
    try:
        yield fleet, changed
    finally:
        watch.cancel()
        with suppress(asyncio.CancelledError):
            await watch
        await fleet.stop()
        await asyncio.gather(*tasks)


async def until(changed: asyncio.Condition, condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30), changed:
        await changed.wait_for(condition)


async def test_keys_that_cannot_be_made_now_are_made_later(source: Path) -> None:
    asked: list[Sequence[str]] = []

    async def make_keys(names: Sequence[str]) -> None:
        asked.append(names)
        if len(asked) == 1:
            raise Unavailable("the database is away")

    with capture_logs() as logged:
        async with watching(source, make_keys) as (fleet, changed):
            await until(changed, lambda: bool(fleet.kept))
            process = fleet.kept[0].process
            running = process is not None and process.poll() is None

    assert asked == [["parks"], ["parks"]]
    assert running
    assert [line["event"] for line in logged if line["log_level"] == "warning"] == ["connectors_not_taken_up"]


async def test_a_folder_that_is_away_ends_nothing_and_its_return_exchanges_nothing(source: Path) -> None:
    async def make_keys(_: Sequence[str]) -> None:
        pass

    away = source.with_name("away")
    with capture_logs() as logged:
        async with watching(source, make_keys) as (fleet, changed):
            await until(changed, lambda: bool(fleet.kept))
            first = fleet.kept[0].process
            source.rename(away)
            while not any(line["event"] == "connectors_folder_lost" for line in logged):
                await asyncio.sleep(0.01)
            away.rename(source)
            (source / "trees.yaml").write_text(FILE.replace("name: parks", "name: parks-2"))
            key = Folder(source.parent / "data").key_of("default", "parks-2")
            key.write_text("a-key\n")
            await until(changed, lambda: len(fleet.kept) == 2)
            still = fleet.kept[0].process

    assert first is still
    assert [line["event"] for line in logged].count("connectors_folder_lost") == 1
    assert [line["name"] for line in logged if line["event"] == "connector_started"] == ["parks", "parks-2"]


async def test_an_exchange_needs_no_database(source: Path) -> None:
    asked: list[Sequence[str]] = []

    async def make_keys(names: Sequence[str]) -> None:
        asked.append(names)

    async with watching(source, make_keys) as (fleet, changed):
        await until(changed, lambda: bool(fleet.kept))
        first = fleet.kept[0]
        (source / "sites.csv").write_text("id,name\n1,Süd\n", encoding="utf-8")
        await until(changed, lambda: bool(fleet.kept) and fleet.kept[0] is not first)

    assert asked == [["parks"], []]


async def test_a_connector_that_is_killed_is_started_again_by_its_file(source: Path) -> None:
    async def make_keys(_: Sequence[str]) -> None:
        pass

    async with watching(source, make_keys) as (fleet, changed):
        await until(changed, lambda: bool(fleet.kept))
        (kept,) = fleet.kept
        assert kept.process is not None
        first = kept.process
        first.kill()
        await until(changed, lambda: kept.process is not first)
        again = kept.process

        assert again is not None
        assert again.poll() is None
