# SPDX-License-Identifier: EUPL-1.2
"""Asks a platform on this machine whether it is ready."""

import asyncio
import ssl
from urllib.parse import urlsplit

import structlog

AGAIN_S = 0.05
PATIENCE_S = 10.0
"""After so long without readiness a line says so."""

_log = structlog.get_logger()


async def until_ready(url: str) -> None:
    """Wait until /readyz answers 200; while nobody accepts yet, the open port lets the question wait."""
    loop = asyncio.get_running_loop()
    patience_ends = loop.time() + PATIENCE_S
    while (status := await ask(url, "/readyz")) != 200:
        if loop.time() > patience_ends:
            _log.warning("not_ready_yet", url=f"{url}/readyz", status=status)
            patience_ends = loop.time() + PATIENCE_S
        await asyncio.sleep(AGAIN_S)


async def ask(url: str, path: str) -> int | None:
    """The status with which a path answers; None where there is no answer."""
    parts = urlsplit(url)
    writer: asyncio.StreamWriter | None = None
    try:
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port, ssl=own_certificate(parts.scheme))
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n".encode())
        line = await reader.readline()
        return int(line.split()[1])
    except (OSError, ValueError, IndexError):
        return None
    finally:
        if writer is not None:
            writer.close()


def own_certificate(scheme: str) -> ssl.SSLContext | None:
    """Accept whatever certificate this machine's own platform serves: it names the platform, not the loopback."""
    if scheme not in {"https", "mqtts"}:
        return None
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
