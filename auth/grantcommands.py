# SPDX-License-Identifier: EUPL-1.2
"""`allmende datasets` and `allmende grants`: what of a running platform is shown to whom."""

import json
from typing import Any, Final, TextIO
from urllib.parse import quote

import click

from allmende.cli.remote import Remote, admin_options

DATASETS: Final = "/datasets"
GRANTS: Final = "/admin/grants"
_PAGE: Final = 1000

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
file_option = click.option(
    "--file", type=click.File(encoding="utf-8"), metavar="F", help="The document as JSON; - reads it."
)


@click.group()
def datasets() -> None:
    """Make, list, change and remove datasets: parts of a tenant that are shown to everybody, or to some."""


@datasets.command("create")
@file_option
@json_option
@admin_options
def create_dataset(remote: Remote, file: TextIO | None, as_json: bool) -> None:
    """Make a dataset."""
    made = remote.post(DATASETS, read_document(file))
    _show(remote.get(f"{DATASETS}/{made['id']}"), as_json=as_json, line=to_dataset_line)


@datasets.command("list")
@json_option
@admin_options
def list_datasets(remote: Remote, as_json: bool) -> None:
    """List the datasets of the tenant."""
    _show(_all(remote, DATASETS), as_json=as_json, line=to_dataset_line)


@datasets.command("update")
@click.argument("slug", required=False)
@file_option
@json_option
@admin_options
def update_dataset(remote: Remote, slug: str | None, file: TextIO | None, as_json: bool) -> None:
    """Change what the document names of a dataset; null takes a member away. SLUG may stand in the document."""
    document = read_document(file)
    path = f"{DATASETS}/{quote(slug or _named(document, 'slug'), safe='')}"
    remote.patch(path, document)
    _show(remote.get(path), as_json=as_json, line=to_dataset_line)


@datasets.command("delete")
@click.argument("slug", required=False)
@file_option
@json_option
@admin_options
def delete_dataset(remote: Remote, slug: str | None, file: TextIO | None, as_json: bool) -> None:
    """Remove a dataset, by its SLUG or the document that names it; grants to it have to go before."""
    slug = slug or _named(read_document(file), "slug")
    remote.delete(f"{DATASETS}/{quote(slug, safe='')}")
    click.echo(json.dumps({"deleted": slug}) if as_json else f"Dataset {slug} is removed")


@click.group()
def grants() -> None:
    """Make, list and remove grants: who may do what, and with what."""


@grants.command("create")
@file_option
@json_option
@admin_options
def create_grant(remote: Remote, file: TextIO | None, as_json: bool) -> None:
    """Grant something."""
    made = remote.post(GRANTS, read_document(file))
    _show(remote.get(f"{GRANTS}/{made['id']}"), as_json=as_json, line=to_grant_line)


@grants.command("list")
@json_option
@admin_options
def list_grants(remote: Remote, as_json: bool) -> None:
    """List what is granted in the tenant, the oldest first."""
    _show(_all(remote, GRANTS), as_json=as_json, line=to_grant_line)


@grants.command("delete")
@click.argument("grant_id", metavar="[ID]", required=False)
@file_option
@json_option
@admin_options
def delete_grant(remote: Remote, grant_id: str | None, file: TextIO | None, as_json: bool) -> None:
    """Take a grant back, by its ID or the document that has it: within a second it opens nothing."""
    grant_id = grant_id or _named(read_document(file), "id")
    remote.delete(f"{GRANTS}/{quote(grant_id, safe='')}")
    click.echo(json.dumps({"deleted": grant_id}) if as_json else f"Grant {grant_id} is taken back")


def read_document(file: TextIO | None) -> dict[str, Any]:
    """The JSON object of a file."""
    if file is None:
        raise click.UsageError("Give the document with --file F")
    try:
        document = json.load(file)
    except ValueError as error:  # UnicodeDecodeError is one
        raise click.BadParameter(f"{file.name} is not JSON: {error}", param_hint="--file") from error
    if not isinstance(document, dict):
        raise click.BadParameter(f"{file.name} must hold one JSON object", param_hint="--file")
    return document


def to_dataset_line(dataset: dict[str, Any]) -> str:
    """One dataset for people."""
    title = next(iter(dataset["title"].values()), "")
    return f"{dataset['slug']}  {dataset['visibility']}  {_flat(dataset['selector']) or 'the whole tenant'}  {title}".rstrip()


def to_grant_line(grant: dict[str, Any]) -> str:
    """One grant for people."""
    subject, target = (" ".join(grant[name].values()) for name in ("subject", "target"))
    more = " ".join(f"{name} {_flat(grant[name])}" for name in ("attributes", "valid") if name in grant)
    return f"{grant['id']}  {subject}  {grant['action']}  {target}  {more}".rstrip()


def _flat(members: dict[str, Any]) -> str:
    return " ".join(
        f"{name}={','.join(value) if isinstance(value, list) else value}" for name, value in members.items()
    )


def _named(document: dict[str, Any], member: str) -> str:
    name = document.get(member)
    if not (isinstance(name, str) and name):
        raise click.UsageError(f"Name it, or have the document name it as {member!r}")
    return name


def _all(remote: Remote, path: str) -> list[dict[str, Any]]:
    """All of a list, page by page."""
    found: list[dict[str, Any]] = []
    while True:
        page = remote.get(path, limit=_PAGE, offset=len(found))
        found += page
        if len(page) < _PAGE:
            return found


def _show(told: Any, *, as_json: bool, line: Any) -> None:
    lines = "\n".join(map(line, told)) if isinstance(told, list) else line(told)
    click.echo(json.dumps(told) if as_json else lines)
