# SPDX-License-Identifier: EUPL-1.2
"""`allmende connectors`: connect a data source by one YAML file."""

import asyncio
import json
import sqlite3
import sys
from pathlib import Path
from typing import Any

import click

from allmende.errors import AllmendeError, SettingsError, SourceError

WRONG, USAGE, REJECTED, INTERRUPTED = 1, 2, 3, 130
SHOWN = 5
MOST_SHOWN = 1000
_data = click.option(
    "--data",
    type=click.Path(path_type=Path),
    default=Path("allmende-data"),
    envvar="ALLMENDE_DATA",
    show_default=True,
    help="Folder that holds the spools.",
)


@click.group
def connectors() -> None:
    """Connect data sources: check, preview and run connector files."""


@connectors.command
def schema() -> None:
    """Print the JSON Schema of connector files, for editors."""
    from connectors.declarative.schema import json_schema

    click.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))


@connectors.command
@click.argument("file")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def validate(file: str, as_json: bool) -> None:
    """Check a connector file; each problem names its line."""
    from connectors.declarative.connector import check_expressions, doubt_expressions, find_file
    from connectors.declarative.engines import open_engine
    from connectors.declarative.loading import FileProblems, load_connector

    warnings: list[str] = []
    try:
        loaded = load_connector(find_file(file), strict=False)
        warnings = [*loaded.warnings, *doubt_expressions(loaded)]
        problems = check_expressions(loaded, open_engine())
    except FileProblems as error:
        problems = error.problems
    if as_json:
        click.echo(json.dumps({"valid": not problems, "errors": problems, "warnings": warnings}, ensure_ascii=False))
    for line in [*problems, *(f"warning: {warning}" for warning in warnings)]:
        click.echo(line, err=True)
    if problems:
        sys.exit(WRONG)
    if not as_json:
        click.echo(f"{file} is valid")


@connectors.command
@click.argument("file")
@click.option("--limit", type=click.IntRange(min=1), help="Most records; default 5, with --json 1000.")
@click.option(
    "--record",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FIXTURE",
    help="Write what was read, of one file, as a fixture.",
)
@click.option(
    "--replay",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FIXTURE",
    help="Read a fixture instead of the source.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def preview(file: str, limit: int | None, record: Path | None, replay: Path | None, as_json: bool) -> None:
    """Show what would become of the first records; nothing is published."""
    from connectors.declarative.loading import FileProblems
    from connectors.preview import Preview

    if record and replay:
        raise SettingsError("--record and --replay exclude each other")
    try:
        answer = asyncio.run(_preview(file, limit or (MOST_SHOWN if as_json else SHOWN), record, replay))
    except (FileProblems, SourceError) as error:
        problems = error.problems if isinstance(error, FileProblems) else [str(error)]
        for problem in problems:
            click.echo(problem, err=True)
        if as_json:
            click.echo(json.dumps(Preview.of_problems(problems).as_json(), ensure_ascii=False))
        sys.exit(WRONG)
    if as_json:
        click.echo(json.dumps(answer.as_json(), ensure_ascii=False))
    else:
        from connectors.showing import show_preview

        show_preview(answer)
    if answer.errors:
        sys.exit(WRONG)


async def _preview(file: str, most: int, record: Path | None, replay: Path | None) -> Any:
    """Preview the source, or a fixture; keep what was read where that is wanted."""
    from connectors.declarative.connector import find_file, open_connector
    from connectors.declarative.fixtures import open_replayed
    from connectors.preview import preview as read_preview
    from connectors.preview import record_fixture

    path = find_file(file)
    connector = open_connector(path) if replay is None else open_replayed(path, replay)
    answer = await read_preview(connector, most, one_part=record is not None)
    if record is not None:
        record_fixture(connector, answer, record)
        click.echo(f"{record} written: {answer.part}, {answer.records} records", err=True)
    return answer


@connectors.command
@click.option("--from", "origin", required=True, metavar="FILE_OR_URL", help="The source: a file, or an http address.")
@click.option("--type", "type_name", metavar="TYPE", help="The entities' type; without it, the best ones are named.")
@click.option("--name", help="The connector's name; default: after the file or address.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder to write; default: the name.")
@click.option("--force", is_flag=True, help="Write over a connector file that is there.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def new(origin: str, type_name: str | None, name: str | None, out: Path | None, force: bool, as_json: bool) -> None:
    """Propose a connector file for a source, with a fixture and a test."""
    from connectors.catalogue.models import require_model
    from connectors.proposing.leftovers import propose_for
    from connectors.proposing.sampling import read_origin, take_sample
    from connectors.proposing.scaffolding import make_folder, name_of

    model = require_model(type_name) if type_name else None
    try:
        sample = take_sample(origin, read_origin(origin))
    except SourceError as error:
        raise SettingsError(str(error)) from error
    if model is None:
        _suggest(sample, as_json=as_json)
        sys.exit(USAGE)
    proposal = propose_for(sample, model)
    chosen = name or name_of(origin)
    made = make_folder(sample, proposal, name=chosen, out=out or Path(chosen), force=force)
    if as_json:
        click.echo(json.dumps(made.as_json(), ensure_ascii=False))
    else:
        from connectors.showing import show_made

        show_made(made)


def _suggest(sample: Any, *, as_json: bool) -> None:
    """Name the types of which the sample has most."""
    from connectors.proposing.scaffolding import suggest_types

    best = suggest_types(sample)
    if as_json:
        types = {one.model.name: [match.attribute.name for match in one.sure] for one in best}
        click.echo(json.dumps({"types": types}, ensure_ascii=False))
    click.echo("Choose a type by --type; the sample has most of", err=True)
    for one in best:
        found = ", ".join(match.attribute.name for match in one.sure) or "nothing by name"
        click.echo(f"  {one.model.name}: {found}", err=True)


@connectors.command
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--update", is_flag=True, help="Write the golden entities that differ.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def test(files: tuple[str, ...], update: bool, as_json: bool) -> None:
    """Run the tests of connector files: fixtures, and what must come of them."""
    from connectors.declarative.connector import find_file
    from connectors.testing import Tested, run_tests

    total = Tested()
    for path in [find_file(file) for file in files]:
        total += run_tests(path, update=update)
    for line in [*total.failures, *(f"warning: {warning}" for warning in total.warnings)]:
        click.echo(str(line), err=True)
    for name in total.written:
        click.echo(f"{name} written", err=as_json)
    if as_json:
        click.echo(json.dumps(total.as_json(), ensure_ascii=False))
    else:
        click.echo(f"{total.tests} tests, {len(total.failures)} failures")
    if total.failures:
        sys.exit(WRONG)


@connectors.command(name="list")
@_data
@click.option("--url", envvar="ALLMENDE_URL", help="Ask the platform at this address instead of reading spools.")
@click.option("--key-file", type=click.Path(path_type=Path), help="File with an administrator's key, for --url.")
@click.option("--tenant", help="Tenant to ask for, for --url; default: default.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_connectors(data: Path, url: str | None, key_file: Path | None, tenant: str | None, as_json: bool) -> None:
    """List connectors, with what they last said of themselves: those of the spools in the data folder, or of a platform."""
    from connectors.states import read_states, states_of

    if url is None:
        states = read_states(data)
        told: list[dict[str, Any]] = [state.as_json() for state in states]
    else:
        from allmende.cli.remote import platform_at
        from allmende.settings import read_settings

        told = platform_at(read_settings(url=url, key_file=key_file, tenant=tenant)).get("/connectors", f="json")
        states = states_of(told)
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
    elif states:
        from connectors.showing import show_states

        show_states(states)
    else:
        click.echo(f"No connector has a spool in {data}" if url is None else f"{url} knows no connector", err=True)


@connectors.command
@click.argument("file")
@click.option("--platform", envvar="ALLMENDE_PLATFORM", help="mqtt://host:port; default: the platform of --data.")
@click.option("--key-file", type=click.Path(path_type=Path), envvar="ALLMENDE_KEY_FILE", help="File with the key.")
@click.option("--once", is_flag=True, help="End after one pass, when every record has its receipt.")
@click.option("--tenant", default="default", envvar="ALLMENDE_TENANT", show_default=True, help="Tenant to send to.")
@_data
@click.option(
    "--memory",
    type=click.IntRange(min=256),
    default=4096,
    envvar="ALLMENDE_CONNECTOR_MEMORY",
    show_default=True,
    help="Most memory of the process in MiB.",
)
@click.option("--json", "as_json", is_flag=True, hidden=True, help="The last line is JSON in any case.")
@click.option("--supervised", is_flag=True, hidden=True, help="Say what was compiled, and wait for the word to run.")
def run(file: str, as_json: bool, once: bool, memory: int, supervised: bool, **options: Any) -> None:  # noqa: ARG001 - taken for uniformity
    """Read the source, map it and publish; FILE is a path or the name of a shipped connector."""
    from allmende.logs import set_up_logs
    from connectors.declarative.connector import find_file
    from connectors.guard import limit_memory
    from connectors.running import run_connector
    from connectors.targets import find_target

    limit_memory(memory)
    if supervised:
        from connectors.supervised import open_supervised

        connector, options["key_file"] = open_supervised(find_file(file))
    else:
        connector = _open(file)
    set_up_logs(f"connector {connector.name}")
    target = find_target(
        options["platform"],
        options["key_file"],
        connector=connector.name,
        tenant=options["tenant"],
        data=options["data"],
    )
    for warning in connector.warnings:
        click.echo(f"warning: {warning}", err=True)
    try:
        ended = run_connector(connector, target, once=once)
    except SourceError as error:
        raise SettingsError(str(error)) from error
    except sqlite3.Error as error:
        raise AllmendeError(f"The spool below {target.data} cannot be written: {error}") from error
    click.echo(json.dumps(ended.totals.as_json()))
    if ended.stopped and once:
        sys.exit(INTERRUPTED)
    if once and ended.totals.rejected:
        sys.exit(REJECTED)


def _open(file: str) -> Any:
    from connectors.declarative.connector import find_file, open_connector
    from connectors.declarative.loading import FileProblems

    try:
        return open_connector(find_file(file))
    except FileProblems as error:
        for problem in error.problems[:-1]:
            click.echo(problem, err=True)
        raise SettingsError(error.problems[-1]) from error
