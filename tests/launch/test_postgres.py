# SPDX-License-Identifier: EUPL-1.2
"""The embedded PostgreSQL starts as any user, in any folder, and after any accident."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from allmende.errors import SettingsError
from allmende.launch import cluster, leftovers, postgres, privileges
from tests.launch.running import QUICK, REPOSITORY, as_nobody

pytestmark = pytest.mark.server


async def answer(url: str, question: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


async def test_a_server_starts_below_a_folder_that_only_its_owner_may_enter(closed_folder: Path) -> None:
    with postgres.start(closed_folder / "postgres", settings=QUICK) as server:
        user = await answer(server.url, "SELECT current_user")
        owner = (server.cluster.pgdata).stat().st_uid

    assert user == "allmende"
    assert owner != 0
    assert closed_folder.parent.stat().st_mode & 0o777 == 0o700
    assert closed_folder.stat().st_mode & 0o777 == 0o755


async def test_data_outlive_a_stop_and_a_start(tmp_path: Path) -> None:
    with postgres.start(tmp_path / "p", settings=QUICK) as server:
        await answer(server.url, "CREATE TABLE kept AS SELECT 42 AS number")

    with postgres.start(tmp_path / "p", settings=QUICK) as server:
        number = await answer(server.url, "SELECT number FROM kept")

    assert number == 42


async def test_no_port_is_open_and_every_local_user_needs_the_password(tmp_path: Path) -> None:
    with postgres.start(tmp_path / "p", settings=QUICK) as server:
        addresses = await answer(server.url, "SHOW listen_addresses")
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(server.url.replace(server.cluster.password, "wrong"))
        mode = server.socket_folder.stat().st_mode & 0o777

    assert addresses == ""
    assert mode == 0o700


async def test_a_long_path_moves_the_socket_to_a_short_one_that_goes_with_the_server(tmp_path: Path) -> None:
    with postgres.start(tmp_path / ("x" * 100), settings=QUICK) as server:
        one = await answer(server.url, "SELECT 1")
        folder = server.socket_folder
        mode = folder.stat().st_mode & 0o777

    assert one == 1
    assert mode == 0o700
    assert not folder.exists()


async def test_a_server_that_was_left_running_is_ended_and_replaced(tmp_path: Path) -> None:
    left = postgres.start(tmp_path / "p", settings=QUICK)

    with postgres.start(tmp_path / "p", settings=QUICK) as server:
        one = await answer(server.url, "SELECT 1")
        ended = left.process.wait(timeout=10)

    assert one == 1
    assert ended == 0


async def test_a_start_after_kill_9_waits_for_no_orphan(tmp_path: Path) -> None:
    killed = postgres.start(tmp_path / "p", settings=QUICK)
    backend = await asyncpg.connect(killed.url)
    busy = await backend.fetchval("SELECT pg_backend_pid()")
    os.kill(busy, signal.SIGSTOP)
    killed.process.kill()
    killed.process.wait()

    with postgres.start(tmp_path / "p", settings=QUICK) as server:
        one = await answer(server.url, "SELECT 1")

    assert one == 1
    assert leftovers.servers_of(server.cluster.pgdata) == []
    backend.terminate()


async def test_a_lock_file_that_names_a_foreign_process_harms_neither(tmp_path: Path) -> None:
    made = cluster.prepare(tmp_path / "p")
    foreign = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    lines = (foreign.pid, made.pgdata, int(leftovers.started_at(foreign.pid) or 0), 5432, "", "", "", "ready")
    (made.pgdata / "postmaster.pid").write_text("\n".join(map(str, lines)) + "\n")

    with postgres.start(tmp_path / "p", settings=QUICK) as server:
        one = await answer(server.url, "SELECT 1")

    assert one == 1
    assert foreign.poll() is None
    foreign.kill()
    foreign.communicate()


async def test_a_half_made_cluster_is_made_again(tmp_path: Path) -> None:
    half = tmp_path / "p" / "pgdata.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")

    with postgres.start(tmp_path / "p", settings=QUICK) as server:
        one = await answer(server.url, "SELECT 1")

    assert one == 1
    assert not half.exists()


def test_a_server_that_cannot_start_says_why_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refusal:
        postgres.start(tmp_path / "p", settings={"shared_buffers": "nonsense"})

    assert "shared_buffers" in str(refusal.value)
    assert "\n" not in str(refusal.value)


WITHOUT_THE_CAPABILITY = """
import ctypes, sys
from pathlib import Path
from allmende.launch import postgres
from allmende.launch.privileges import CAPABILITY_VERSION_3, _Header, _Sets
libc = ctypes.CDLL(None)
libc.prctl(24, 2, 0, 0, 0)  # PR_CAPBSET_DROP, CAP_DAC_READ_SEARCH
sets = (_Sets * 2)(_Sets(0xFFFFFFFF & ~4, 0xFFFFFFFF & ~4, 0), _Sets(0x1FF, 0x1FF, 0))
libc.capset(ctypes.byref(_Header(CAPABILITY_VERSION_3, 0)), sets)
with postgres.start(Path(sys.argv[1])) as server:
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    print(status.split("CapEff:")[1].split()[0])
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user has no capability to lose")
def test_where_the_capability_is_not_to_be_had_one_line_names_the_folder(closed_folder: Path) -> None:
    program = [sys.executable, "-c", WITHOUT_THE_CAPABILITY, closed_folder / "p"]

    run = subprocess.run(program, check=False, capture_output=True, text=True)

    assert run.returncode == 1
    assert f"SettingsError: PostgreSQL cannot run as user postgres: it may not enter {closed_folder.parent};" in (
        run.stderr.replace("nobody", "postgres")
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user has no capability to lose")
def test_in_a_folder_that_all_may_enter_the_server_has_no_capability_and_needs_none(closed_folder: Path) -> None:
    if closed := privileges.closed_parent(cluster.installed_programs(), privileges.server_account()):
        pytest.skip(f"PostgreSQL's programs lie below {closed}, which its user cannot enter without the capability")
    closed_folder.parent.chmod(0o755)
    program = [sys.executable, "-c", WITHOUT_THE_CAPABILITY, closed_folder / "p"]

    run = subprocess.run(program, check=True, capture_output=True, text=True)

    assert int(run.stdout, 16) == 0


def test_an_ordinary_user_runs_the_server_as_itself(nobodys_folder: Path) -> None:
    program = "import sys; from pathlib import Path; from allmende.launch import postgres\n"
    program += "with postgres.start(Path(sys.argv[1]), settings={'fsync': 'off'}) as server: print(server.url)"

    run = subprocess.run(
        [sys.executable, "-c", program, nobodys_folder / "p"], preexec_fn=as_nobody(), capture_output=True, text=True,
        check=True, cwd=REPOSITORY, env={"HOME": "/nonexistent"},
    )  # fmt: skip

    assert run.stdout.startswith("postgresql://allmende:")
    assert {entry.stat().st_uid for entry in (nobodys_folder / "p").iterdir()} == {65534}


def test_programs_that_the_servers_user_may_not_execute_are_copied(tmp_path: Path) -> None:
    account = privileges.Account(name="me", uid=os.geteuid(), gids=(os.getegid(),))
    for name in ("bin", "lib", "share"):
        (tmp_path / "installed" / name).mkdir(parents=True)
    (tmp_path / "installed" / "bin" / "postgres").touch(mode=0o600)

    copied = cluster.usable_programs(tmp_path / "installed", tmp_path, account)
    (tmp_path / "installed" / "bin" / "postgres").chmod(0o700)
    in_place = cluster.usable_programs(tmp_path / "installed", tmp_path, account)

    assert copied == tmp_path / "programs" / "bin"
    assert (copied / "postgres").exists()
    assert in_place == tmp_path / "installed" / "bin"


def test_the_server_ends_when_the_platform_is_killed(tmp_path: Path) -> None:
    program = "import sys; from pathlib import Path; from allmende.launch import postgres\n"
    program += "server = postgres.start(Path(sys.argv[1]), settings={'fsync': 'off'})\n"
    program += "print(server.process.pid, flush=True); sys.stdin.read()"
    parent = subprocess.Popen(
        [sys.executable, "-c", program, tmp_path / "p"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())

    parent.kill()

    assert leftovers.wait_for_end(pid, 10)
    parent.communicate()


def test_sockets_are_the_only_way_in(tmp_path: Path) -> None:
    with postgres.start(tmp_path / "p", settings=QUICK) as server, socket.socket(socket.AF_UNIX) as client:
        client.connect(str(server.socket_folder / ".s.PGSQL.5432"))
        listening = Path(f"/proc/{server.process.pid}/net/unix").read_text()

    assert str(server.socket_folder) in listening


@pytest.mark.parametrize("name", ["Städtische Daten 100%", 'a, "b"', "it's"])
async def test_any_name_of_a_folder_will_do(tmp_path: Path, name: str) -> None:
    with postgres.start(tmp_path / name, settings=QUICK) as server:
        database = await answer(server.url, "SELECT current_database()")

    assert database == "allmende"
    assert server.cluster.log.stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can run the server for somebody else")
async def test_root_goes_on_with_the_data_of_whoever_ran_the_platform_before(nobodys_folder: Path) -> None:
    program = "import sys; from pathlib import Path; from allmende.launch import postgres\n"
    program += "postgres.start(Path(sys.argv[1]), settings={'fsync': 'off'}).stop()"
    subprocess.run(
        [sys.executable, "-c", program, nobodys_folder / "p"], preexec_fn=as_nobody(), check=True, cwd=REPOSITORY
    )  # fmt: skip

    with postgres.start(nobodys_folder / "p", settings=QUICK) as server:
        one = await answer(server.url, "SELECT 1")

    assert one == 1
    assert (nobodys_folder / "p" / "pgdata").stat().st_uid == 65534
