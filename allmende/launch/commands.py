# SPDX-License-Identifier: EUPL-1.2
"""The commands that run the platform: up, serve, migrate, settings, doctor."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import click

from allmende.settings import Settings, masked, read_settings

SERVING = (
    "host", "port", "mqtt_port", "database", "mqtt", "contexts", "open", "keycloak", "issuers", "tls_cert", "tls_key",
    "behind_proxy",
)  # fmt: skip
RUNNING = ("data", *SERVING, "demo", "connectors")
KINDS: dict[Any, Any] = {int: click.INT, Path: click.Path(path_type=Path)}


def setting_options(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command options that are settings; one that is not given is None."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for name in reversed(names):
            command = setting_option(name)(command)
        return command

    return decorate


def setting_option(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """An option of a setting's name, type and description."""
    field = Settings.model_fields[name]
    flag = f"--{name.replace('_', '-')}"
    kind = kind_of(field.annotation)
    words = f"{field.description}."
    if kind is bool:
        return click.option(flag, name, is_flag=True, default=None, help=words)
    shown = "" if field.default in {None, ()} else f"  [default: {field.default}]"
    return click.option(flag, name, type=KINDS.get(kind, click.STRING), help=words + shown)


def kind_of(annotation: Any) -> Any:
    """The type itself, of one that may also be None or that is annotated."""
    kinds = [kind for kind in get_args(annotation) if kind is not type(None)]
    return kind_of(kinds[0]) if kinds else annotation


@click.command
@setting_options(*RUNNING)
def up(**options: Any) -> None:
    """Run the whole platform.

    PostgreSQL, the MQTT endpoint, HTTP and the connectors of a folder, until Ctrl-C. It prints `ready` with its
    addresses as soon as it serves; the administrator's key of the first start is in admin.key of the data folder.
    """
    settings = read_settings(**options)
    from allmende.launch.up import run_platform
    from allmende.logs import set_up_logs

    set_up_logs("platform")
    run_platform(settings)


@click.command
@click.argument("role", type=click.Choice(["all"]))
@setting_options(*SERVING)
@click.option("--http-descriptor", type=int, hidden=True, help="A listening socket, inherited.")
@click.option("--mqtt-descriptor", type=int, hidden=True, help="A listening socket, inherited.")
@click.option("--inner-descriptor", type=int, hidden=True, help="A listening socket, inherited.")
def serve(
    role: str,
    http_descriptor: int | None,
    mqtt_descriptor: int | None,
    inner_descriptor: int | None,
    **options: Any,
) -> None:
    """Serve on a given database.

    HTTP and MQTT on the database of --database, as the serving role that `allmende migrate` made.
    """
    from allmende.launch.process import serve_process
    from allmende.logs import set_up_logs

    set_up_logs(f"serve {role}")
    serve_process(read_settings(**options), http_descriptor, mqtt=mqtt_descriptor, inner=inner_descriptor)


@click.command
@setting_options("database", "data")
def migrate(**options: Any) -> None:
    """Bring a database to this version.

    The database of --database, as a role that may create roles. The serving role's URL is kept in the data folder. On
    TimescaleDB's community edition it also packs and sums up history, which is due every hour where allmende up does not
    run.
    """
    from allmende.launch.migrating import migrate_database
    from allmende.logs import set_up_logs

    set_up_logs("migrate")
    click.echo(migrate_database(read_settings(**options)))


@click.command
@setting_options(*RUNNING)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def settings(as_json: bool, **options: Any) -> None:
    """Print the settings, secrets masked."""
    shown = masked(read_settings(**options))
    if as_json:
        click.echo(json.dumps(shown, ensure_ascii=False))
        return
    width = max(map(len, shown))
    for name, value in shown.items():
        click.echo(f"{name.replace('_', '-'):{width}}  {value if value is not None else ''}".rstrip())


@click.command
@setting_options("data", "database", "mqtt", "url", "keycloak", "issuers")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def doctor(as_json: bool, **options: Any) -> None:
    """Check the platform and say what to fix.

    Database, clock, HTTP, MQTT, issuers of access tokens and disk; the exit status is 1 where something is wrong.
    """
    from allmende.launch.doctor import examine

    findings = examine(read_settings(**options))
    for finding in findings:
        mark = "ok  " if finding.ok else "WRONG"
        click.echo(f"{mark:5} {finding.what:9} {finding.text}", err=as_json)
    if as_json:
        click.echo(json.dumps([finding.to_json() for finding in findings], ensure_ascii=False))
    if not all(finding.ok for finding in findings):
        sys.exit(1)
