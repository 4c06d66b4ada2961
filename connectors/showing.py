# SPDX-License-Identifier: EUPL-1.2
"""For people: the raw records of a preview beside their entities, and how the connectors are."""

import json
from datetime import UTC, datetime

from rich.console import Console
from rich.json import JSON
from rich.table import Table
from rich.text import Text

from connectors.preview import Preview
from connectors.proposing.scaffolding import Made
from connectors.states import ConnectorState


def show_preview(answer: Preview) -> None:
    """Print records and entities side by side, then warnings and errors."""
    console = Console()
    table = Table("record", "entities", show_lines=True, expand=True)
    for record, entities in answer.pairs:
        table.add_row(
            JSON(json.dumps(record, ensure_ascii=False, default=str)), JSON(json.dumps(entities, ensure_ascii=False))
        )
    console.print(table)
    for warning in answer.warnings:
        console.print(f"warning: {warning}", style="yellow", markup=False)
    for error in answer.errors:
        console.print(
            f"error: record {error['record']} of {error['file']}: {error['reason']}", style="red", markup=False
        )
    console.print(f"{answer.records} records, {len(answer.entities)} entities, {len(answer.errors)} errors")


def show_states(states: list[ConnectorState]) -> None:
    """Print a line for each connector, then what is wrong with which."""
    console = Console()
    table = Table("connector", "state", "last read", "last stored", "backlog", "set aside")
    now = datetime.now(UTC)
    for state in states:
        times = [_ago(state.last_read, now), _ago(state.last_stored, now)]
        cells = [_name(state), state.state, *times, str(state.backlog), str(state.set_aside)]
        table.add_row(*(Text(cell) for cell in cells), style="red" if _troubles(state) else None)
    console.print(table)
    for state in states:
        for words in _troubles(state):
            console.print(f"{_name(state)}: {words}", style="red", markup=False, soft_wrap=True)


def show_made(made: Made) -> None:
    """Print what `new` has written, how sure it is, and what to do next."""
    console = Console()
    for file in made.files:
        console.print(f"{made.folder / file} written", markup=False, soft_wrap=True)
    table = Table("attribute", "fits")
    for attribute, fits in made.scores.items():
        table.add_row(Text(attribute), Text("" if fits is None else f"{fits:.0%}"))
    console.print(table)
    if made.todo:
        console.print(f"Left to do, see the comments: {', '.join(made.todo)}", markup=False)
    for warning in made.warnings:
        console.print(f"warning: {warning}", style="yellow", markup=False)
    path = made.folder / "connector.yaml"
    console.print(f"{made.records} records; of the fixture come {made.entities} entities, {made.errors} errors")
    console.print(
        f"Next: read {path}, then\n"
        f"  allmende connectors preview {path}\n"
        f"  allmende connectors test {path} --update\n"
        f"  allmende connectors run {path} --once",
        markup=False,
        soft_wrap=True,
    )


def _troubles(state: ConnectorState) -> list[str]:
    """Say what a person should know."""
    words = []
    if state.silent_since:
        words.append(f"silent since {state.silent_since}")
    if state.full_since:
        words.append(f"its spool is full since {state.full_since}")
    if state.dropped:
        words.append(f"{state.dropped} records were dropped because the spool was full")
    if state.rejected_version:
        runs = ", and no other one runs until it is right" if state.state == "stopped" else ""
        words.append(f"version {state.rejected_version} of its file cannot run{runs}")
    if state.last_error:
        words.append(state.last_error["text"])
    return words


def _name(state: ConnectorState) -> str:
    return state.name if state.tenant == "default" else f"{state.name} (tenant {state.tenant})"


def _ago(time: str | None, now: datetime) -> str:
    """Give how long ago an instant is, in its largest unit."""
    if time is None:
        return "never"
    seconds = max((now - datetime.fromisoformat(time)).total_seconds(), 0)
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length:.0f} {unit} ago"
    return f"{seconds:.0f} s ago"
