# SPDX-License-Identifier: EUPL-1.2
"""Records that are none: a message among the rows, a line of sums without a key."""

from dataclasses import replace
from statistics import median
from typing import Any

from connectors.catalogue.models import Model
from connectors.proposing.columns import make_columns
from connectors.proposing.documents import count_leaves
from connectors.proposing.fields import Field, make_fields
from connectors.proposing.proposal import Proposal, propose
from connectors.proposing.sampling import Sample

_SPARSE = 0.2
_FEWEST = 5


def propose_for(sample: Sample, model: Model) -> Proposal:
    """Propose how a sample becomes entities; records that hold nearly nothing and have no id become none."""
    rows, sparse = set_aside(sample.found.rows)
    if sparse:
        fields = make_fields(rows, sample.aliases)
        proposal = propose(fields, model, system=sample.system, keyed=sample.found.keyed)
        identity = proposal.identity
        if identity.field is not None and _is_missing(identity.field, sparse):
            when = f"$default({identity.expression}, '') != ''"
            note = f"{len(sparse)} records of the sample hold nearly nothing and have no id: they become no entity"
            return replace(proposal, identity=replace(identity, when=when, note=identity.note or note))
    return propose(sample.fields, model, system=sample.system, keyed=sample.found.keyed)


def set_aside(rows: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Give the records, and those few that hold nearly nothing."""
    if len(rows) < _FEWEST:
        return rows, []
    weights = [count_leaves(_filled(row)) for row in rows]
    least = median(weights) * _SPARSE
    sparse = [row for row, weight in zip(rows, weights, strict=True) if weight < least]
    if len(sparse) > len(rows) * _SPARSE:
        return rows, []
    return [row for row, weight in zip(rows, weights, strict=True) if weight >= least], sparse


def _filled(content: Any) -> Any:
    """Give content without what is nothing."""
    if isinstance(content, dict):
        return {name: _filled(inner) for name, inner in content.items() if inner not in (None, "", [], {})}
    return [_filled(inner) for inner in content] if isinstance(content, list) else content


def _is_missing(field: Field, rows: list[dict[str, Any]]) -> bool:
    return not any(column.given for column in make_columns(rows) if column.path == field.column.path)
