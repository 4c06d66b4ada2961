# SPDX-License-Identifier: EUPL-1.2
"""What `allmende auth bootstrap` says of what it did, or would do."""

from typing import Any

import click

from auth.keycloak.items import Outcome, Verdict


def tell(verdict: Verdict, *, dry: bool) -> None:
    """What becomes of an object, where anything does."""
    words = {"created": "would be created", "changed": "would be changed"} if dry else {}
    if verdict.outcome != "unchanged":
        reasons = f" ({'; '.join(verdict.differences)})" if verdict.differences else ""
        click.echo(f"{words.get(verdict.outcome, verdict.outcome)}: {verdict.to_line()}{reasons}")
    for each in verdict.left:
        click.echo(f"left as it is: {verdict.to_line()}, where {each}")


def counts_of(verdicts: list[Verdict]) -> dict[str, int]:
    """How many objects there are of each outcome."""
    outcomes: tuple[Outcome, ...] = ("created", "changed", "unchanged")
    return {each: sum(verdict.outcome == each for verdict in verdicts) for each in outcomes}


def to_end(verdicts: list[Verdict], issuer: str, *, dry: bool) -> str:
    """The last line for people."""
    made, changed, same = counts_of(verdicts).values()
    if not made and not changed:
        return f"{issuer} is as it should be: {same} objects, nothing to change"
    would = "would be " if dry else ""
    return f"{issuer}: {made} {would}created, {changed} {would}changed, {same} unchanged"


def to_json(verdicts: list[Verdict], issuer: str, *, dry: bool) -> dict[str, Any]:
    """The same for programs."""
    return {
        "issuer": issuer,
        "dry_run": dry,
        **counts_of(verdicts),
        "objects": [
            {
                "kind": verdict.item.kind,
                "name": verdict.item.name,
                "within": [f"{each.kind} {each.name}" for each in verdict.within],
                "outcome": verdict.outcome,
                "differences": list(verdict.differences),
                "left": list(verdict.left),
            }
            for verdict in verdicts
        ],
    }
