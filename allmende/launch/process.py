# SPDX-License-Identifier: EUPL-1.2
"""The rim of the serving process: settings and sockets in, an event loop around `serve`."""

import gc
import sys

import uvloop

from allmende.errors import SettingsError
from allmende.launch.listening import address_of, adopt, listen_for_http, listen_for_mqtt
from allmende.launch.safety import refuse_settings
from allmende.launch.serving import Listeners, serve
from allmende.settings import Settings


def serve_process(settings: Settings, http_descriptor: int | None, *, mqtt: int | None, inner: int | None) -> None:
    """Serve on inherited sockets, else on new ones; then it says `ready` itself."""
    refuse_settings(settings)
    if settings.database is None:
        raise SettingsError("--database is required: the URL of the serving role; `allmende up` needs none")
    listeners = Listeners(
        http=listen_for_http(settings) if http_descriptor is None else adopt(http_descriptor),
        mqtt=listen_for_mqtt(settings) if mqtt is None else adopt(mqtt),
        inner=None if inner is None else adopt(inner),
    )

    def when_serving() -> None:
        gc.freeze()
        if http_descriptor is None:
            sys.stdout.write(ready_line(settings, listeners))
            sys.stdout.flush()

    uvloop.run(serve(settings, settings.database.get_secret_value(), listeners, when_serving))


def ready_line(settings: Settings, listeners: Listeners) -> str:
    """Where the process serves."""
    mqtt = f" {address_of(settings, listeners.mqtt, 'mqtt')}" if listeners.mqtt is not None else ""
    return f"ready {address_of(settings, listeners.http, 'http')}{mqtt}\n"
