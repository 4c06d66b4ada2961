# SPDX-License-Identifier: EUPL-1.2
"""The reference of the quality of shipped connectors, from their files and the rules."""

from allmende.testing.quality import level_of, missing
from allmende.testing.rules import RULES
from allmende.testing.subjects import LEVELS, Level, claim_of, read_subject
from connectors.declarative.connector import find_file, shipped_names

HEAD = """# Quality of connectors

<!-- Made from the connectors by `make docs`; a test compares. -->

`quality.toml` beside a connector claims a level, `level = "silver"`; without that file it is bronze. A test runs every rule
of the level and of those below it, and fails where a connector does not reach what it claims.

| level | rule | asks that |
| --- | --- | --- |
"""
SHIPPED = """
## Shipped

| connector | claims | reaches | lacks for the next level |
| --- | --- | --- | --- |
"""
RUN_BY_TESTS = ("suite",)


def quality_reference() -> str:
    """The page as Markdown; what takes seconds is left to the tests."""
    rules = "".join(f"| {rule.level} | {rule.name} | {rule.asks} |\n" for rule in RULES)
    return HEAD + rules + SHIPPED + "".join(_row(name) for name in shipped_names())


def _row(name: str) -> str:
    path = find_file(name)
    subject, claimed = read_subject(path), claim_of(path)
    reached = level_of(subject, without=RUN_BY_TESTS)
    lacks: list[str] = []
    if reached != LEVELS[-1]:
        lacks = list(missing(subject, _above(reached), without=RUN_BY_TESTS))
    return f"| [{name}](../../connectors/shipped/{name}/README.md) | {claimed} | {reached} | {', '.join(lacks)} |\n"


def _above(level: Level | None) -> Level:
    return LEVELS[0] if level is None else LEVELS[LEVELS.index(level) + 1]
