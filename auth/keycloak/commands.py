# SPDX-License-Identifier: EUPL-1.2
"""`allmende auth`: set a Keycloak up for the platform, or write the same realm to be imported."""

import json
from pathlib import Path

import click

from allmende.cli.remote import platform_at
from allmende.errors import AllmendeError, Unavailable
from allmende.settings import Settings, read_settings
from auth.keycloak.choices import (
    distinct,
    is_open,
    password_of,
    portals_of,
    require_realm,
    require_tenant,
    split_address,
    wait_of,
)
from auth.keycloak.document import to_document
from auth.keycloak.realm import AT_HOME, REALM, Plan, to_realm
from auth.keycloak.server import Account, Server, require_version, wait_for
from auth.keycloak.telling import tell, to_end, to_json

realm_option = click.option("--realm", metavar="NAME", help=f"The realm.  [default: {REALM}]")
portal_option = click.option(
    "--portal-url",
    "portals",
    metavar="URL",
    multiple=True,
    help="Address of the platform's pages, to which a login leads back; may be repeated; default, in a new realm alone: "
    f"{' and '.join(AT_HOME)}.",
)


@click.group()
def auth() -> None:
    """Join a Keycloak."""


@auth.command()
@click.option("--keycloak", metavar="URL", required=True, envvar="ALLMENDE_KEYCLOAK", help="Address of the Keycloak.")
@realm_option
@click.option("--admin-user", metavar="NAME", help="Its administrator (ALLMENDE_KEYCLOAK_USER).  [default: admin]")
@click.option(
    "--admin-password-file",
    type=click.Path(path_type=Path),
    help="File with the password; default: ALLMENDE_KEYCLOAK_PASSWORD.",
)
@click.option(
    "--tenant",
    "tenants",
    metavar="NAME",
    multiple=True,
    help="Tenant to make an organization of; may be repeated; default: all of the running platform, else default.",
)
@portal_option
@click.option("--url", help="Address of the platform whose tenants are taken (ALLMENDE_URL).")
@click.option("--key-file", type=click.Path(path_type=Path), help="File with an administrator's key of the platform.")
@click.option("--data", type=click.Path(path_type=Path), help="Data folder of a platform on this machine.")
@click.option(
    "--wait", metavar="DURATION", default="30s", show_default=True, help="How long a Keycloak may take to start."
)
@click.option("--dry-run", is_flag=True, help="Change nothing, and say what would be changed.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def bootstrap(
    *,
    keycloak: str,
    realm: str | None,
    admin_user: str | None,
    admin_password_file: Path | None,
    tenants: tuple[str, ...],
    portals: tuple[str, ...],
    url: str | None,
    key_file: Path | None,
    data: Path | None,
    wait: str,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Set a Keycloak up for the platform.

    Makes what is missing of the realm: clients, scopes, mappers, roles, and an organization with its groups for each
    tenant. It removes nothing, and a second run changes nothing.
    """
    from auth.keycloak.making import bring_up

    settings = read_settings(url=url, key_file=key_file, data=data, keycloak_user=admin_user)
    address, named = split_address(keycloak)
    account = Account(url=address, user=settings.keycloak_user, password=password_of(settings, admin_password_file))
    if is_open(address):
        say(f"The password goes to {address} without TLS")
    wait_for(address, wait_of(wait), say)
    server = Server.log_in(account)
    has_groups = require_version(server.get("/serverinfo"), address)
    plan = Plan(
        realm=require_realm(realm or named or REALM),
        tenants=tenants_of(settings, tenants),
        portals=portals_of(portals),
        has_organization_groups=has_groups,
    )
    verdicts = []
    for verdict in bring_up(server, to_realm(plan), dry=dry_run):
        verdicts.append(verdict)
        if not as_json:
            tell(verdict, dry=dry_run)
    issuer = server.issuer_of(plan.realm)
    click.echo(json.dumps(to_json(verdicts, issuer, dry=dry_run)) if as_json else to_end(verdicts, issuer, dry=dry_run))


@auth.command()
@realm_option
@click.option("--tenant", "tenants", metavar="NAME", multiple=True, help="As of `allmende auth bootstrap`.")
@portal_option
def realm(realm: str | None, tenants: tuple[str, ...], portals: tuple[str, ...]) -> None:
    """Print the same realm as a JSON document, to be imported into a Keycloak from 26.6 on."""
    named = distinct(require_tenant(each) for each in tenants)
    plan = Plan(realm=require_realm(realm or REALM), tenants=named or ("default",), portals=portals_of(portals))
    click.echo(json.dumps(to_document(to_realm(plan)), indent=2, ensure_ascii=False))


def tenants_of(settings: Settings, given: tuple[str, ...]) -> tuple[str, ...]:
    """The tenants that were named, else those of the platform, else the one that every platform has."""
    if given:
        return distinct(require_tenant(each) for each in given)
    was_named = not settings.model_fields_set.isdisjoint({"url", "data"})
    try:
        listed = platform_at(settings).get("/admin/tenants")
    except AllmendeError as error:
        if was_named or not isinstance(error, Unavailable):
            raise
        say("No platform runs here: an organization for tenant default alone; name others with --tenant")
        return ("default",)
    return distinct(each["id"] for each in listed)


def say(words: str) -> None:
    """Tell people what goes on."""
    click.echo(words, err=True)
