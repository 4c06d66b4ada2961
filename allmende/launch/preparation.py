# SPDX-License-Identifier: EUPL-1.2
"""A short-lived process before the platform serves: migrates the database and hands out keys by file.

It reads what to do as JSON on standard input, so that no password is in a command line, and prints what came of it as
one JSON line.
"""

import asyncio
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import yaml

from allmende.database.failures import Refused
from allmende.database.migrations import migrate
from allmende.database.pool import Database
from allmende.database.tending import needs_tending, tend
from allmende.errors import AllmendeError, SettingsError, Unavailable
from allmende.launch.errands import Errand, Prepared
from allmende.launch.files import write_secret
from allmende.launch.folder import Folder
from allmende.logs import set_up_logs
from auth.keys import Keyring, ensure_admin_key


def prepare(errand: Errand) -> Prepared:
    """Bring the database to this version and write the keys; where it serves already, only the keys, or what is due."""
    if errand.tends:
        tend(errand.admin_url, datetime.now(UTC))
        return Prepared()
    if errand.serving_url:
        asyncio.run(hand_out_keys(Folder(Path(errand.data)), errand.serving_url, errand.connectors, is_first=False))
        return Prepared(url=errand.serving_url, connectors=errand.connectors)
    asyncio.run(reach(errand.admin_url))
    url = migrate(errand.admin_url, errand.serving_password)
    folder = Folder(Path(errand.data))
    write_secret(folder.serving_url, url)
    connectors = (*errand.connectors, *names_in(errand.files))
    asyncio.run(hand_out_keys(folder, url, connectors, is_first=True))
    return Prepared(url=url, connectors=connectors, needs_tending=needs_tending(errand.admin_url))


async def reach(url: str) -> None:
    """Try the database, so that one that is away or refuses is an error of one line."""
    database = Database(url, size=1)
    try:
        connection = await database.connect()
    except Refused as error:
        raise SettingsError(f"--database: {error}") from error
    except Unavailable as error:
        raise Unavailable(f"--database does not answer: {error.__cause__ or error}") from error
    await connection.close()


def names_in(files: Sequence[str]) -> list[str]:
    """The names that connector files give themselves; what is wrong with a file is said when it is compiled."""
    names = []
    for file in files:
        try:
            document = yaml.safe_load(Path(file).read_bytes())
        except (OSError, ValueError, yaml.YAMLError):
            continue
        name = document.get("name") if isinstance(document, dict) else None
        if isinstance(name, str) and re.fullmatch(r"[a-z0-9-]{1,63}", name):
            names.append(name)
    return sorted(set(names))


async def hand_out_keys(folder: Folder, url: str, connectors: Sequence[str], *, is_first: bool) -> None:
    """Write a key for each connector that the platform runs; at the start the administrator's of the first start, too."""
    database = Database(url, size=1)
    try:
        if is_first:
            await write_admin_key(folder, database)
        keyring = Keyring(database)
        for name in connectors:
            await write_connector_key(folder, keyring, name)
    finally:
        await database.close()


async def write_admin_key(folder: Folder, database: Database) -> None:
    """Write the first administrator's key; a start that was killed between making and writing it is made good."""
    unfinished = folder.path / "admin.key.unfinished"
    key = await Keyring(database).create_key("administrator", kind="admin") if unfinished.exists() else None
    text = key.key if key else None
    if text is None:
        unfinished.touch(mode=0o600)
        text = await ensure_admin_key(database)
    if text is not None:
        write_secret(folder.admin_key, text + "\n")
    unfinished.unlink()


async def write_connector_key(folder: Folder, keyring: Keyring, name: str, tenant: str = "default") -> None:
    """Keep the key that a connector has where it is still good; else make one."""
    file = folder.key_of(tenant, name)
    if file.exists():
        principal = await keyring.verify(file.read_text().strip())
        if principal is not None and principal.may_publish(tenant, name):
            return
    file.parent.mkdir(mode=0o700, exist_ok=True)
    made = await keyring.create_key(f"{name}, run by allmende up", kind="connector", tenant=tenant, connector=name)
    write_secret(file, made.key + "\n")


def main() -> None:
    """Run the errand that standard input holds."""
    set_up_logs("preparation")
    try:
        prepared = prepare(Errand(**json.loads(sys.stdin.read())))
    except AllmendeError as error:
        prepared = Prepared(error=str(error), away=isinstance(error, Unavailable))
    sys.stdout.write(json.dumps(asdict(prepared)) + "\n")


if __name__ == "__main__":
    main()
