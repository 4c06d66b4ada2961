# SPDX-License-Identifier: EUPL-1.2
"""Which types a sample has most of, where none is named."""

from collections import Counter
from collections.abc import Iterable, Mapping
from math import log

from connectors.catalogue.models import Model
from connectors.proposing.fields import Field
from connectors.proposing.names import meanings_of, split_name
from connectors.proposing.proposal import Proposal, propose

_EVERYWHERE = frozenset({"name", "description", "alternateName"})
# In names of types, these tell nothing of what is observed.
_FORMS = frozenset(["observed", "station", "site", "group", "device", "measurement", "off", "on", "forecast", "flow"])


def rank_types(
    fields: list[Field], models: Mapping[str, Model], *, system: int | None, about: Iterable[str] = ()
) -> list[Proposal]:
    """Give the proposals of all types, that which finds most first; `about`: names of the source and in it."""
    spread = Counter(name for model in models.values() for name in model.attributes)
    said = frozenset(
        meaning
        for text in (*about, *(name for field in fields for name in field.column.names))
        for word in split_name(text)
        for meaning in meanings_of(word)
    )
    proposals = [propose(fields, model, system=system) for model in models.values()]
    return sorted(proposals, key=lambda one: (-_weight(one, spread) - _cue(one.model, said), one.model.name))


def _weight(proposal: Proposal, spread: Mapping[str, int]) -> float:
    """How much was found; what many types have counts less."""
    found = (match for match in proposal.sure if match.attribute.name not in _EVERYWHERE)
    return sum(match.score / (1 + log(spread[match.attribute.name])) for match in found)


def _cue(model: Model, said: frozenset[str]) -> float:
    """Give how much of the type's own name is said, from 0 to 1; below where a forecast is not said to be one."""
    if "forecast" in split_name(model.name) and "forecast" not in said:
        return -1.0
    words = [meanings_of(word) for word in split_name(model.name) if word not in _FORMS]
    return sum(bool(meanings & said) for meanings in words) / len(words) if words else 0.0
