# SPDX-License-Identifier: EUPL-1.2
"""`allmende deadletters`: what a running platform could not store, and why."""

import json
from typing import Any

import click

from allmende.cli.remote import Remote, admin_options
from allmende.spools import find_raw_records, spool_of

SOME_REJECTED = 3
_PATH = "/admin/deadletters"


@click.group()
def deadletters() -> None:
    """Show, replay and drop what could not be stored."""


@deadletters.command("list")
@click.option("--connector", metavar="NAME", help="Only those of one connector.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True, help="How many at most.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@admin_options
def list_letters(remote: Remote, connector: str | None, limit: int, as_json: bool) -> None:
    """List dead letters, the newest first."""
    letters = remote.get(_PATH, connector=connector, limit=limit)
    click.echo(json.dumps(letters) if as_json else "\n".join(to_line(letter) for letter in letters))


@deadletters.command()
@click.argument("letter_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@admin_options
def show(remote: Remote, letter_id: str, as_json: bool) -> None:
    """Show a dead letter with what was sent, and with the raw record."""
    letter = remote.get(f"{_PATH}/{letter_id}")
    if letter["record"] is None:
        letter["record"] = _raw_record(remote, letter)
    click.echo(json.dumps(letter) if as_json else json.dumps(letter, indent=2, ensure_ascii=False))


def _raw_record(remote: Remote, letter: dict[str, Any]) -> Any:
    """What the platform rejects it was sent without the raw record: its connector has it, where it runs on this machine."""
    if remote.data is None or letter["message"] is None:
        return None
    spool = spool_of(remote.data, remote.tenant, letter["connector"])
    records = find_raw_records(spool, letter["message"], letter["index"])
    return records if len(records) > 1 else next(iter(records), None)


def selection_options(command: Any) -> Any:
    """The ways of naming dead letters."""
    command = click.option("--all", "everything", is_flag=True, help="All dead letters of the tenant.")(command)
    command = click.option("--connector", metavar="NAME", help="All of one connector.")(command)
    command = click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)
    return click.argument("ids", nargs=-1, metavar="[ID]...")(command)


@deadletters.command()
@selection_options
@admin_options
def replay(remote: Remote, ids: tuple[str, ...], connector: str | None, everything: bool, as_json: bool) -> None:
    """Try again to store what failed; what its connector has to map anew waits for it."""
    counts = remote.post(f"{_PATH}/replay", to_selection(ids, connector, everything=everything))
    for name in counts.pop("not_running", []):
        click.echo(f"Connector {name} does not run; what waits for it is mapped again once it does", err=True)
    words = f"{counts['asked']} asked, {counts['stored']} stored, {counts['rejected']} rejected, {counts['waiting']} waiting"
    click.echo(json.dumps(counts) if as_json else words)
    if counts["rejected"]:
        click.get_current_context().exit(SOME_REJECTED)


@deadletters.command()
@selection_options
@admin_options
def drop(remote: Remote, ids: tuple[str, ...], connector: str | None, everything: bool, as_json: bool) -> None:
    """Forget what failed, here and in the spool of its connector."""
    counts = remote.post(f"{_PATH}/drop", to_selection(ids, connector, everything=everything))
    click.echo(json.dumps(counts) if as_json else f"{counts['dropped']} dropped")


def to_selection(ids: tuple[str, ...], connector: str | None, *, everything: bool) -> dict[str, Any]:
    """What the platform is asked; exactly one way of naming is right."""
    if sum((bool(ids), connector is not None, everything)) != 1:
        raise click.UsageError("Give dead letters by their ids, or --connector NAME, or --all")
    if ids:
        return {"ids": list(ids)}
    return {"all": True} if everything else {"connector": connector}


def to_line(letter: dict[str, Any]) -> str:
    """One dead letter for people."""
    what = " ".join(filter(None, (letter["entity"], letter["attribute"])))
    return f"{letter['id']}  {letter['received']}  {letter['connector']}  {what}  {letter['reason']}"
