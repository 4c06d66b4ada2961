# SPDX-License-Identifier: EUPL-1.2
"""Runs the simulated city: `python -m allmende.launch.musterstadt --platform mqtt://127.0.0.1:1883 --key-file F`."""

import argparse
import re
import signal
import sys
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

from allmende.launch.musterstadt.sending import NAME, Address, Link, send

_PORTS = {"mqtt": 1883, "mqtts": 8883}
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}


def main(arguments: list[str] | None = None) -> int:
    """Send until SIGTERM or Ctrl-C: exit status 0; 4 when the key is refused."""
    asked = parse_arguments(arguments)
    link = Link(threading.Event())

    def stop(*_: object) -> None:
        link.stops = True
        link.changed.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    address = asked.platform if asked.platform.password else replace(asked.platform, password=asked.key_file)
    send(address, asked.every, link)
    if link.refused:
        sys.stderr.write(f"The platform refuses the key: {link.refused}\n")
        return 4
    return 0


def parse_arguments(arguments: list[str] | None) -> argparse.Namespace:
    """What was asked for on the command line."""
    parser = argparse.ArgumentParser(prog="python -m allmende.launch.musterstadt", description=__doc__)
    parser.add_argument("--platform", type=_address, required=True, metavar="mqtt[s]://HOST:PORT", help="where to send")
    parser.add_argument("--key-file", type=_key, metavar="FILE", help="holds the key of the connector musterstadt")
    parser.add_argument(
        "--every", type=_duration, default="10s", metavar="DURATION", help="pause between two rounds (10s)"
    )
    return parser.parse_args(arguments)


def _address(text: str) -> Address:
    try:
        parts = urlsplit(text)
        port = parts.port or _PORTS[parts.scheme]
    except (ValueError, KeyError):
        parts = urlsplit("")
    if not parts.hostname:
        raise argparse.ArgumentTypeError("it must look like mqtt://host:port or mqtts://host:port")
    return Address(
        host=parts.hostname,
        port=port,
        tls=parts.scheme == "mqtts",
        user=unquote(parts.username) if parts.username else NAME,
        password=unquote(parts.password) if parts.password else None,
    )


def _key(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{path} cannot be read: {error.strerror}") from error


def _duration(text: str) -> timedelta:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|m|h)", text)
    if match is None or float(match[1]) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} must look like 10s, 500ms or 1m")
    return timedelta(seconds=float(match[1]) * _SECONDS[match[2]])


if __name__ == "__main__":
    sys.exit(main())
