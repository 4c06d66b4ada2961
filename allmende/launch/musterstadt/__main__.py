# SPDX-License-Identifier: EUPL-1.2
"""Runs the simulated city: `python -m allmende.launch.musterstadt --platform mqtt://127.0.0.1:1883 --key-file F`."""

import argparse
import re
import signal
import sys
import threading
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from allmende.launch.musterstadt.sending import Link, send

_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}


def main(arguments: list[str] | None = None) -> int:
    """Send until SIGTERM or Ctrl-C: exit status 0; 4 when the key is refused."""
    asked = _parser().parse_args(arguments)
    link = Link(threading.Event())

    def stop(*_: object) -> None:
        link.stops = True
        link.changed.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    host, port = asked.platform
    send(host, port, asked.key_file, asked.every, link)
    if link.refused:
        sys.stderr.write(f"The platform refuses the key: {link.refused}\n")
        return 4
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m allmende.launch.musterstadt", description=__doc__)
    parser.add_argument("--platform", type=_address, required=True, metavar="mqtt://HOST:PORT", help="where to send")
    parser.add_argument("--key-file", type=_key, metavar="FILE", help="holds the key of the connector musterstadt")
    parser.add_argument(
        "--every", type=_duration, default="10s", metavar="DURATION", help="pause between two rounds (10s)"
    )
    return parser


def _address(text: str) -> tuple[str, int]:
    parts = urlsplit(text)
    if parts.scheme != "mqtt" or not parts.hostname:
        raise argparse.ArgumentTypeError(f"{text!r} must look like mqtt://host:port")
    return parts.hostname, parts.port or 1883


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
