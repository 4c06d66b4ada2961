# SPDX-License-Identifier: EUPL-1.2
"""A preview for people: the raw record beside its entities."""

import json

from rich.console import Console
from rich.json import JSON
from rich.table import Table

from connectors.preview import Preview


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
