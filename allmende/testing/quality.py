# SPDX-License-Identifier: EUPL-1.2
"""The scale of quality of connectors: what one lacks for a level, and which it reaches; each holds those below it."""

from allmende.testing.rules import RULES
from allmende.testing.subjects import LEVELS, Level, Subject


def missing(subject: Subject, level: Level, *, without: tuple[str, ...] = ()) -> dict[str, list[str]]:
    """Give what a connector lacks for a level, by rule; rules that are run elsewhere may be left out."""
    asked = LEVELS[: LEVELS.index(level) + 1]
    rules = [rule for rule in RULES if rule.level in asked and rule.name not in without]
    return {rule.name: lacks for rule in rules if (lacks := rule.check(subject))}


def level_of(subject: Subject, *, without: tuple[str, ...] = ()) -> Level | None:
    """Give the highest level that a connector reaches."""
    reached = [level for level in LEVELS if not missing(subject, level, without=without)]
    return reached[-1] if reached else None
