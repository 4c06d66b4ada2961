# SPDX-License-Identifier: EUPL-1.2
"""`allmende tenants`: make, list, export, import and delete tenants of a running platform."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click

from allmende.cli.remote import Remote, admin_options
from allmende.errors import SettingsError
from auth.archives.importing import check_archive
from auth.archives.manifest import file_name
from auth.commands import to_expiry

PATH: Final = "/admin/tenants"
_AT_ONCE: Final = 1024 * 1024
_TO: Final = click.Path(path_type=Path, dir_okay=False)


@click.group()
def tenants() -> None:
    """Make, list, export, import and delete tenants."""


@tenants.command()
@click.argument("name")
@click.option(
    "--admin", metavar="KEY", help="Make an administrator's key of the tenant, too: what it is called in lists."
)
@click.option("--expires", metavar="DURATION", help="How long that key is valid, such as 90d; default: until revoked.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@admin_options
def create(remote: Remote, name: str, admin: str | None, expires: str | None, as_json: bool) -> None:
    """Make a tenant; with --admin print a key of it, this once."""
    body: dict[str, Any] = {"name": name}
    if admin is not None:
        body["key"] = admin
    if expires is not None:
        if admin is None:
            raise click.UsageError("--expires is that of a key; name the key with --admin")
        body["expires_at"] = to_expiry(expires, datetime.now(UTC))
    created = remote.post(PATH, body)
    click.echo(json.dumps(created) if as_json else created.get("key", f"Tenant {name} is there"))


@tenants.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@admin_options
def list_tenants(remote: Remote, as_json: bool) -> None:
    """List the tenants; with the key of one, that one."""
    listed = remote.get(PATH)
    click.echo(
        json.dumps(listed) if as_json else "\n".join(f"{one['id']}  since {one['created_at']}" for one in listed)
    )


@tenants.command()
@click.argument("name")
@click.option("--to", type=_TO, help="The file to write; default: one here with the name and the time.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@admin_options
def export(remote: Remote, name: str, to: Path | None, as_json: bool) -> None:
    """Write all of a tenant to a file, as it is at one moment, with its history."""
    exported = _export(remote, name, to)
    click.echo(json.dumps(exported) if as_json else exported["file"])


@tenants.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--name", help="The name of the new tenant; default: that of the exported one.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@admin_options
def import_tenant(remote: Remote, file: Path, name: str | None, as_json: bool) -> None:
    """Make a tenant of such a file, whole or not at all; its keys are made anew."""
    _check(file)
    params = {} if name is None else {"name": name}
    created = remote.upload(f"{PATH}/import", _pieces(file), "application/gzip", **params)
    click.echo(json.dumps(created) if as_json else f"Tenant {created['id']} is there")


@tenants.command()
@click.argument("name")
@click.option("--no-export", is_flag=True, help="Keep nothing of it.")
@click.option("--to", type=_TO, help="The file to export to; default: one here with the name and the time.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@admin_options
def delete(remote: Remote, name: str, no_export: bool, to: Path | None, yes: bool, as_json: bool) -> None:
    """Export a tenant, then delete it with its keys, its history and its snapshots.

    What is written to it between the two is lost: stop what writes to it first.
    """
    if no_export and to is not None:
        raise click.UsageError("--to is where to export to; leave --no-export out")
    if not yes:
        _confirm(name)
    deleted: dict[str, Any] = {"deleted": name}
    if not no_export:
        deleted["file"] = _export(remote, name, to)["file"]
        click.echo(f"Exported to {deleted['file']}", err=True)
    remote.delete(f"{PATH}/{name}")
    click.echo(json.dumps(deleted) if as_json else f"Tenant {name} is deleted")


def _confirm(name: str) -> None:
    """Have the name typed again."""
    if not sys.stdin.isatty():
        raise click.UsageError("Nobody is there to be asked; say --yes")
    if click.prompt(f"All of tenant {name} will be deleted. Type its name", err=True) != name:
        raise click.UsageError(f"That is not {name}; nothing was deleted")


def _export(remote: Remote, name: str, to: Path | None) -> dict[str, Any]:
    """Write an archive, and read it again; what is under its name is always whole."""
    target = to or Path(file_name(name, datetime.now(UTC)))
    part = target.with_name(f"{target.name}.part")
    if target.exists():
        raise SettingsError(f"{target} exists; name another file with --to")
    try:
        try:
            with part.open("xb") as file:
                for piece in remote.download(f"{PATH}/{name}/export"):
                    file.write(piece)
        except FileExistsError as error:
            raise SettingsError(f"{part} exists: another export writes it, or was ended; delete it") from error
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        _check(part)
        part.rename(target)
    except OSError as error:
        raise SettingsError(f"{target} cannot be written: {error.strerror}") from error
    return {"id": name, "file": str(target), "bytes": target.stat().st_size}


def _check(file: Path) -> None:
    """BadRequestData where an archive is damaged."""

    async def pieces() -> AsyncIterator[bytes]:
        for piece in _pieces(file):
            yield piece

    asyncio.run(check_archive(pieces()))


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while piece := opened.read(_AT_ONCE):
            yield piece
