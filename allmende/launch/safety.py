# SPDX-License-Identifier: EUPL-1.2
"""Refuses settings with which the platform cannot serve, or others on the network could abuse it; opens the certificate."""

import ssl

from allmende.errors import SettingsError
from allmende.settings import Settings
from auth.issuers import read_issuers
from broker.mqtt.brokerurl import BrokerUrl


def refuse_settings(settings: Settings) -> None:
    """Beyond loopback there is TLS, or a proxy that has it; without keys there is loopback only."""
    if settings.contexts is not None:
        from broker.engine.contexts import ContextStore  # what a platform without contexts need not load

        ContextStore(settings.contexts)
    if settings.mqtt is not None:
        BrokerUrl.parse(settings.mqtt.get_secret_value())
    read_issuers(settings.issuers, settings.keycloak)
    if settings.open and not settings.is_loopback:
        raise SettingsError(f"--open is refused unless --host is a loopback address; {settings.host} is none")
    if settings.open and settings.behind_proxy:
        raise SettingsError("--open and --behind-proxy exclude each other: a proxy opens the platform to others")
    if (settings.tls_cert is None) != (settings.tls_key is None):
        raise SettingsError("--tls-cert and --tls-key need each other")
    if not (settings.is_loopback or settings.tls_cert or settings.behind_proxy):
        raise SettingsError(
            f"--host {settings.host} is reached from other machines: give --tls-cert and --tls-key, "
            "or --behind-proxy where a proxy terminates TLS"
        )


def tls_context(settings: Settings) -> ssl.SSLContext | None:
    """The certificate that HTTP and MQTT are served with; None where there is none."""
    if settings.tls_cert is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(settings.tls_cert, settings.tls_key)
    except OSError as error:
        raise SettingsError(f"--tls-cert {settings.tls_cert} with --tls-key {settings.tls_key}: {error}") from error
    return context
