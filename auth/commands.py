# SPDX-License-Identifier: EUPL-1.2
"""`allmende keys`: make, list and revoke keys of a running platform."""

import json
from datetime import UTC, datetime
from typing import Any

import click

from allmende.cli.remote import Remote, admin_options
from allmende.settings import parse_duration


@click.group()
def keys() -> None:
    """Make, list and revoke keys."""


@keys.command()
@click.option("--name", required=True, help="What the key is called in lists.")
@click.option("--admin", is_flag=True, help="An administrator's key: of --tenant, else of the whole platform.")
@click.option("--connector", metavar="NAME", help="The key of a connector: opens its topics on MQTT, nothing else.")
@click.option("--expires", metavar="DURATION", help="How long the key is valid, such as 90d; default: until revoked.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@admin_options
def create(remote: Remote, name: str, admin: bool, connector: str | None, expires: str | None, as_json: bool) -> None:
    """Make a key and print it, this once; with neither --admin nor --connector it is a user's, to whom grants open things."""
    if admin and connector is not None:
        raise click.UsageError("Give either --admin or --connector NAME, or neither for the key of a user")
    body: dict[str, Any] = {"name": name, "kind": "admin" if admin else "user" if connector is None else "connector"}
    if connector is not None:
        body["connector"] = connector
    if admin and remote.is_of_tenant:
        body["tenant"] = remote.tenant
    if expires is not None:
        body["expires_at"] = to_expiry(expires, datetime.now(UTC))
    created = remote.post("/admin/keys", body)
    click.echo(json.dumps(created) if as_json else created["key"])


@keys.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@admin_options
def list_keys(remote: Remote, as_json: bool) -> None:
    """List the keys of the tenant, the newest first; their texts are not known."""
    listed = remote.get("/admin/keys")
    click.echo(json.dumps(listed) if as_json else "\n".join(to_line(key) for key in listed))


@keys.command()
@click.argument("key_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@admin_options
def revoke(remote: Remote, key_id: str, as_json: bool) -> None:
    """End a key: within a second it opens nothing."""
    remote.delete(f"/admin/keys/{key_id}")
    click.echo(json.dumps({"revoked": key_id}) if as_json else f"Key {key_id} is revoked")


def to_expiry(text: str, now: datetime) -> str:
    """The time until which a key is valid."""
    try:
        duration: Any = parse_duration(text)
        expiry = now + duration
    except OverflowError as error:
        raise click.BadParameter("must be shorter", param_hint="--expires") from error
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--expires") from error
    return str(expiry.isoformat())


def to_line(key: dict[str, Any]) -> str:
    """One key for people."""
    whose = {"admin": "administrator", "user": "user"}.get(key["kind"], f"connector {key['connector']}")
    where = f"of tenant {key['tenant']}" if key["tenant"] else "of the platform"
    state = f"revoked {key['revoked_at']}" if key["revoked_at"] else f"until {key['expires_at'] or 'revoked'}"
    return f"{key['id']}  alm_{key['prefix']}…  {whose} {where}  {key['name']!r}  {state}"
