# SPDX-License-Identifier: EUPL-1.2
"""Opens the ports that the platform listens on, and says which option to change where that cannot be."""

import errno
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from urllib.parse import urlsplit

from allmende.errors import SettingsError
from allmende.settings import Settings

BACKLOG = 1024
MQTT_PORT = 1883


def listen(host: str, port: int, *, option: str) -> socket.socket:
    """Listen on an address; 0 means any free port."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror as error:
        raise SettingsError(f"--host {host} is not an address: {error.strerror}") from error
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise SettingsError(why_not(error, host, port, option)) from error
    listener.setblocking(False)
    return listener


def why_not(error: OSError, host: str, port: int, option: str) -> str:
    """Say in one line why a port cannot be had."""
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is taken; choose another with {option}"
    if error.errno == errno.EACCES:
        return f"Port {port} may not be opened by this user; choose another with {option}"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"--host {host} is not an address of this machine"
    return f"Port {port} of {host} cannot be opened: {error.strerror}; choose another with {option}"


def listen_for_http(settings: Settings) -> socket.socket:
    """Listen where the settings say."""
    return listen(settings.host, settings.port, option="--port")


def listen_for_mqtt(settings: Settings) -> socket.socket | None:
    """Listen on the port that was asked for, else on 1883 or a free one; None where an outside broker is used."""
    if settings.mqtt is not None:
        return None
    if settings.mqtt_port is not None:
        return listen(settings.host, settings.mqtt_port, option="--mqtt-port")
    try:
        return listen(settings.host, MQTT_PORT, option="--mqtt-port")
    except SettingsError as error:
        if isinstance(error.__cause__, OSError) and error.__cause__.errno == errno.EADDRINUSE:
            return listen(settings.host, 0, option="--mqtt-port")
        raise


@contextmanager
def open_ports(settings: Settings, *, runs_connectors: bool) -> Iterator[dict[str, socket.socket]]:
    """Every port of a platform by its name; with TLS, its own connectors get one of their own on loopback."""
    with ExitStack() as stack:
        ports = {"http": stack.enter_context(closing(listen_for_http(settings)))}
        mqtt = listen_for_mqtt(settings)
        if mqtt is not None:
            ports["mqtt"] = stack.enter_context(closing(mqtt))
            if settings.tls_cert is not None and runs_connectors:
                ports["inner"] = stack.enter_context(closing(listen("127.0.0.1", 0, option="--mqtt-port")))
        yield ports


def adopt(descriptor: int) -> socket.socket:
    """Take over a listening socket from the process that opened it."""
    listener = socket.socket(fileno=descriptor)
    listener.setblocking(False)
    return listener


def address_of(settings: Settings, listener: socket.socket, scheme: str) -> str:
    """The URL at which a listener is reached from this machine."""
    port = listener.getsockname()[1]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host.strip("[]"), settings.host.strip("[]"))  # noqa: S104 - read, not bound
    return f"{scheme}{'s' if settings.tls_cert else ''}://{f'[{host}]' if ':' in host else host}:{port}"


def mqtt_address(settings: Settings, listener: socket.socket | None) -> str:
    """Where MQTT is reached, without anybody's password; `listener` is that of the own endpoint, if it is used."""
    if listener is not None:
        return address_of(settings, listener, "mqtt")
    outside = urlsplit(settings.mqtt.get_secret_value() if settings.mqtt else "")
    return outside._replace(netloc=outside.netloc.rpartition("@")[2]).geturl()
