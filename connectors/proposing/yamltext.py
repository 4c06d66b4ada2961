# SPDX-License-Identifier: EUPL-1.2
"""A proposal as the text of a connector file: live attributes, and comments for what is left to do."""

from dataclasses import dataclass
from typing import Any

from connectors.proposing.expressions import find_decimal, write_match
from connectors.proposing.fields import Field
from connectors.proposing.lines import NO_TIME, attribute, long, note, one_line, scalar, shown
from connectors.proposing.proposal import Match, Proposal, is_measured
from connectors.proposing.scoring import nearest_word

_CANDIDATES = 3
_HEAD = "# Proposed from a sample: read each line, and what is left to do (todo)."
_NO_MOMENT = "  # todo: no time of measurement is found: the values have no observedAt."


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What of a connector file does not come of the mapping; `source`: its keys, `test`: fixture and expectation."""

    name: str
    source: dict[str, Any]
    records: str | None = None
    summary: str = ""
    test: tuple[str, dict[str, Any]] | None = None


def write_file(head: Head, proposal: Proposal) -> str:
    """Give the text of the connector file."""
    decimal = find_decimal(proposal.fields)
    source = {**head.source, **({"decimal": ","} if decimal == "," else {})}
    lines = [f"# {head.summary}", _HEAD, "apiVersion: connectors/v1", f"name: {scalar(head.name)}", "source:"]
    lines += [f"  {key}: {scalar(value)}" for key, value in source.items()]
    lines += long("records", head.records, "") if head.records else []
    lines += ["entity:", *_entity(proposal, decimal), *_todo(proposal, decimal)]
    lines += _test(*head.test) if head.test else []
    return "\n".join([*lines, *_rest(proposal), ""])


def _entity(proposal: Proposal, decimal: str) -> list[str]:
    lines = [f"  type: {proposal.model.name}", *note(proposal.identity.note, "  ")]
    lines += long("id", proposal.identity.expression, "  ")
    lines += long("when", proposal.identity.when, "  ") if proposal.identity.when else []
    lines += [*_moment(proposal), "  attributes:"]
    whole, single = _times(proposal)
    still = NO_TIME if whole else None
    for match in proposal.sure:
        written = write_match(match, decimal)
        lines += [line for words in written.notes for line in note(words, "    ")]
        time = _time(match.time) if match.time else single if is_measured(match.attribute) else still
        parts = {"value": written.value, "unit": written.unit, "when": written.when, "observedAt": time}
        lines += attribute(match.attribute.name, parts)
    if (address := proposal.address) is not None:
        lines += attribute("address", {"value": address.value, "when": address.when, "observedAt": still})
    if (place := proposal.place) is not None:
        lines += [line for words in place.notes for line in note(words, "    ")]
        lines += attribute("location", {"geo": place.geo, "when": place.when, "observedAt": still})
    return lines


def _times(proposal: Proposal) -> tuple[str | None, str | None]:
    """Give the time of the entity, else that of each measured attribute: where some records have none."""
    moment = proposal.moment
    if moment is None or not _moves(proposal):
        return None, None
    return (_time(moment), None) if moment.column.fill == 1 else (None, _time(moment))


def _moment(proposal: Proposal) -> list[str]:
    moment, moves = proposal.moment, _moves(proposal)
    if moment is None or moment.content.writing is None:
        times = [one for one in proposal.rest if one.content.kind == "time"][:_CANDIDATES]
        if not moves and any(match.time for match in proposal.sure):
            return []
        lines = [_NO_MOMENT] if moves else []
        return lines + [f"  #   observedAt: {scalar(_time(one))}   # {shown(one.example)}" for one in times]
    if not moves:
        return [f"  # observedAt: {scalar(_time(moment))}   # for measured values, of which there are none"]
    whole, _ = _times(proposal)
    local = f"times have no offset: local time is assumed ({shown(moment.example)})"
    lines = note(None if moment.content.writing.offset else local, "  ")
    return lines + (long("observedAt", whole, "  ") if whole else [])


def _moves(proposal: Proposal) -> bool:
    """Whether anything is measured whose time does not stand beside it."""
    return any(is_measured(match.attribute) and match.time is None for match in proposal.sure)


def _time(one: Field) -> str:
    return one.content.writing.expression(one.path) if one.content.writing else one.path


def _todo(proposal: Proposal, decimal: str) -> list[str]:
    """What may be, attribute by attribute, with an example; and what follows from other values."""
    sure = {match.attribute.name: match for match in proposal.sure}
    # YAML needs one live attribute.
    lines = (
        []
        if sure or proposal.address or proposal.place
        else ["    # todo: nothing is sure; choose below.", *_stand_in(proposal)]
    )
    for name, matches in proposal.maybe.items():
        lines.append(f"    # todo: {name} ({matches[0].attribute.description}) may be")
        for match in matches[:_CANDIDATES]:
            value = scalar(write_match(match, decimal).value)
            lines.append(f"    #   {name}: {one_line(value)}   # {shown(match.field.example)}")
        lines += _words(matches[0])
    return lines + _derived(sure, proposal, decimal)


def _stand_in(proposal: Proposal) -> list[str]:
    return long(
        "alternateName" if "alternateName" in proposal.model.attributes else "name",
        proposal.identity.expression,
        "    ",
    )


def _words(match: Match) -> list[str]:
    """Where words differ from those of the model: a table to fill in."""
    model, words = match.attribute, [word for word in match.field.content.words if "'" not in word]
    if not model.enum or not words:
        return []
    table = ", ".join(f"'{one_line(word)}': '{nearest_word(word, model.enum) or '…'}'" for word in words)
    value = f"$lookup({{{table}}}, {match.field.path})"
    text = scalar(f"[{value}]" if model.type == "array" else value)
    return [
        "    #   or, in the model's words,",
        f"    #   {model.name}: {one_line(text)}",
        f"    #   of {', '.join(model.enum)}",
    ]


def _derived(sure: dict[str, Match], proposal: Proposal, decimal: str) -> list[str]:
    """Counts that follow from two others."""
    total, free, taken = (sure.get(f"{kind}SpotNumber") for kind in ("total", "available", "occupied"))
    if total and free and not taken and "occupiedSpotNumber" in proposal.model.attributes:
        value = f"{write_match(total, decimal).value} - {write_match(free, decimal).value}"
        return ["    # todo: follows, where the source means it so", f"    #   occupiedSpotNumber: {scalar(value)}"]
    return []


def _test(fixture: str, expect: dict[str, Any]) -> list[str]:
    first = expect.get("first", {})
    lines = ["tests:", f"  - fixture: {scalar(fixture)}", "    expect:"]
    lines += [f"      {key}: {scalar(value)}" for key, value in expect.items() if key != "first"]
    values = [f"        {key}: {scalar(value)}" for key, value in first.items()]
    return [*lines, "      first:", *values] if values else lines


def _rest(proposal: Proposal) -> list[str]:
    rest = [one for one in proposal.rest if one.content.kind != "empty"]
    empty = [one_line(one.path) for one in proposal.rest if one.content.kind == "empty"]
    lines = ["", "# What became nothing, with an example:"] if rest else []
    lines += [f"#   {one_line(one.path)}: {shown(one.example)}{_constant(one)}" for one in rest]
    return lines + ([f"# Always empty: {', '.join(empty)}"] if empty else [])


def _constant(one: Field) -> str:
    same = one.content.distinct == 1 and len(one.column.values) > 1 and one.column.fill == 1
    return " (always)" if same else ""
