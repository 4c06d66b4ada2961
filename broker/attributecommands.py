# SPDX-License-Identifier: EUPL-1.2
"""`allmende attributes`: declare attributes of a running platform queryable, so that `q` finds them by an index."""

import json
from time import sleep
from typing import Any

import click

from allmende.cli.remote import Remote, admin_options
from allmende.errors import NotFound

_PATH = "/admin/attributes"
_PAUSE_S = 0.5


@click.group()
def attributes() -> None:
    """Declare attributes queryable, list them, and take that back."""


@attributes.command("index")
@click.argument("name", metavar="NAME")
@click.option("--type", "kind", metavar="T", help="Only of entities of this type.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@admin_options
def index_attribute(remote: Remote, name: str, kind: str | None, as_json: bool) -> None:
    """Make an index of the values of an attribute, and wait until it is complete; writes go on meanwhile."""
    declared = remote.post(_PATH, {"attribute": name, "type": kind})
    declared = remote.get(f"{_PATH}/{declared['id']}")
    while not declared["complete"]:
        click.echo(f"{declared['share']:.0%}, {declared['rows']} rows", err=True)
        sleep(_PAUSE_S)
        declared = remote.get(f"{_PATH}/{declared['id']}")
    click.echo(json.dumps(_short(declared)) if as_json else _to_line(declared))


@attributes.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@admin_options
def list_attributes(remote: Remote, as_json: bool) -> None:
    """List what is declared queryable."""
    declared = remote.get(_PATH)
    click.echo(json.dumps(declared) if as_json else "\n".join(map(_to_line, declared)))


@attributes.command("unindex")
@click.argument("name", metavar="NAME")
@click.option("--type", "kind", metavar="T", help="What was declared of entities of this type.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@admin_options
def unindex_attribute(remote: Remote, name: str, kind: str | None, as_json: bool) -> None:
    """Take an index back; queries stop using it at once."""
    found = [each for each in remote.get(_PATH) if _is_meant(each, name, kind)]
    if not found:
        raise NotFound(f"Attribute {name} is not declared; allmende attributes list shows what is")
    remote.delete(f"{_PATH}/{found[0]['id']}")
    click.echo(json.dumps(_short(found[0])) if as_json else f"{found[0]['attribute']} is no longer declared")


def _is_meant(declared: dict[str, Any], name: str, kind: str | None) -> bool:
    """Whether a declaration is that of a name, which may be the last part of the IRI."""
    return _is_named(declared["attribute"], name) and (
        declared["type"] is None if kind is None else declared["type"] is not None and _is_named(declared["type"], kind)
    )


def _is_named(iri: str, name: str) -> bool:
    return iri == name or iri.endswith(("/" + name, "#" + name, ":" + name))


def _short(declared: dict[str, Any]) -> dict[str, Any]:
    return {name: declared[name] for name in ("attribute", "type", "rows")}


def _to_line(declared: dict[str, Any]) -> str:
    whose = f" of {declared['type']}" if declared["type"] else ""
    state = "complete" if declared["complete"] else f"{declared['share']:.0%} built"
    return f"{declared['attribute']}{whose}: {declared['rows']} rows, {state}"
