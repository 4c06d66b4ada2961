# SPDX-License-Identifier: EUPL-1.2
"""`allmende doctor`: looks at what a platform needs, and says what to fix."""

import asyncio
import json
import os
import shutil
from collections.abc import Callable, Coroutine
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from allmende.database.pool import Database
from allmende.errors import AllmendeError
from allmende.launch.disk import nearest_folder
from allmende.launch.folder import Folder
from allmende.launch.issuing import trouble_with
from allmende.launch.readiness import ask, own_certificate
from allmende.settings import Settings
from auth.issuers import read_issuers

LEAST_FREE_BYTES = 1024**3
MOST_SKEW = timedelta(seconds=2)
PATIENCE_S = 10.0
NAME = b"doctor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one look has shown."""

    what: str
    ok: bool
    text: str

    def to_json(self) -> dict[str, Any]:
        """As `--json` prints it."""
        return asdict(self)


def examine(settings: Settings) -> list[Finding]:
    """Look at everything; a look never raises."""
    folder = Folder(settings.data.resolve())
    return asyncio.run(look(settings, folder))


async def look(settings: Settings, folder: Folder) -> list[Finding]:
    """One look after the other."""
    running = read_running(folder)
    url = settings.database.get_secret_value() if settings.database else read_text(folder.serving_url)
    mqtt = settings.mqtt.get_secret_value() if settings.mqtt else running.get("mqtt")
    http = settings.url or running.get("http")
    return [
        *await patiently("database", lambda: look_at_database(url)),
        *await patiently("http", lambda: look_at_http(http)),
        *await patiently("mqtt", lambda: look_at_mqtt(mqtt, None if settings.mqtt else read_text(folder.admin_key))),
        *await patiently("issuers", lambda: look_at_issuers(settings)),
        look_at_disk(folder.path),
    ]


async def patiently(what: str, looking: Callable[[], Coroutine[Any, Any, list[Finding]]]) -> list[Finding]:
    """Give a look some seconds."""
    try:
        return await asyncio.wait_for(looking(), PATIENCE_S)
    except TimeoutError:
        return [Finding(what=what, ok=False, text=f"does not answer within {PATIENCE_S:g} s; look at its load and log")]


async def look_at_database(url: str | None) -> list[Finding]:
    """Connect, read the version, compare the clocks."""
    if url is None:
        text = "is not known; start the platform with allmende up, or name the database with --database"
        return [Finding(what="database", ok=False, text=text)]
    try:
        connection = await Database(url, size=1).connect()
    except AllmendeError as error:
        text = f"cannot be reached: {error.__cause__ or error}; start it, or correct --database"
        return [Finding(what="database", ok=False, text=text)]
    try:
        version, now = await connection.fetchrow("SELECT current_setting('server_version'), clock_timestamp()")
    finally:
        await connection.close()
    return [Finding(what="database", ok=True, text=f"PostgreSQL {version}"), compare_clocks(now, datetime.now(UTC))]


def compare_clocks(database: datetime, here: datetime) -> Finding:
    """Readings are dated: the clocks of this machine and of the database must agree."""
    skew = abs(database - here)
    if skew > MOST_SKEW:
        text = f"differs from the database's by {skew.total_seconds():.0f} s; synchronise both machines (NTP)"
        return Finding(what="clock", ok=False, text=text)
    return Finding(what="clock", ok=True, text="agrees with the database's")


async def look_at_http(url: str | None) -> list[Finding]:
    """Ask /readyz."""
    if url is None:
        return [Finding(what="http", ok=False, text="no platform runs in the data folder; start one with allmende up")]
    status = await ask(url, "/readyz")
    if status is None:
        return [Finding(what="http", ok=False, text=f"{url} does not answer; start the platform with allmende up")]
    text = f"{url} is ready" if status == 200 else f"{url}/readyz answers {status}; ask it what is missing"
    return [Finding(what="http", ok=status == 200, text=text)]


def connect_packet(key: str | None) -> bytes:
    """An MQTT 3.1.1 CONNECT; any CONNACK shows that somebody is there."""
    texts = [NAME, NAME, key.encode()] if key else [NAME]
    flags = 0b11000010 if key else 0b00000010
    body = b"\0\4MQTT\4" + bytes((flags, 0, 10)) + b"".join(len(text).to_bytes(2, "big") + text for text in texts)
    return b"\x10" + bytes((len(body),)) + body


async def look_at_mqtt(url: str | None, key: str | None) -> list[Finding]:
    """Greet the MQTT endpoint or broker."""
    if url is None:
        return [Finding(what="mqtt", ok=False, text="no platform runs in the data folder; start one with allmende up")]
    parts = urlsplit(url)
    where = f"{parts.hostname}:{parts.port or 1883}"
    try:
        reader, writer = await asyncio.open_connection(
            parts.hostname, parts.port or 1883, ssl=own_certificate(parts.scheme)
        )
        writer.write(connect_packet(key))
        answer = await reader.read(4)
        writer.write(b"\xe0\0")
        writer.close()
    except OSError as error:
        return [Finding(what="mqtt", ok=False, text=f"{where} cannot be reached: {error.strerror or error}")]
    ok = answer[:1] == b"\x20"
    text = f"{where} answers" if ok else f"{where} does not speak MQTT; correct --mqtt"
    return [Finding(what="mqtt", ok=ok, text=text)]


async def look_at_issuers(settings: Settings) -> list[Finding]:
    """Ask every issuer of access tokens for its keys; a platform without one needs none."""
    findings = []
    for issuer in read_issuers(settings.issuers, settings.keycloak):
        trouble = await trouble_with(issuer, settings)
        text = f"{issuer.issuer} tells its keys" if trouble is None else f"{trouble}; start it, or correct --keycloak"
        findings.append(Finding(what="issuer", ok=trouble is None, text=text))
    return findings


def look_at_disk(path: Path) -> Finding:
    """There must be room, and the folder must be writable."""
    existing = nearest_folder(path)
    free = shutil.disk_usage(existing).free
    if not os.access(existing, os.W_OK):
        return Finding(what="disk", ok=False, text=f"{existing} is not writable; choose another folder with --data")
    if free < LEAST_FREE_BYTES:
        return Finding(what="disk", ok=False, text=f"{free // 1024**2} MiB are free in {existing}; make room for 1 GiB")
    return Finding(what="disk", ok=True, text=f"{free // 1024**3} GiB are free in {existing}")


def read_running(folder: Folder) -> dict[str, Any]:
    """Where the platform of a data folder is reached, if one runs."""
    try:
        running = json.loads(folder.running.read_text())
    except (OSError, ValueError):
        return {}
    return running if isinstance(running, dict) else {}


def read_text(file: Path) -> str | None:
    """The text of a file that may not be there."""
    try:
        return file.read_text().strip()
    except OSError:
        return None
