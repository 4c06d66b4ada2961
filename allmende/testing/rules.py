# SPDX-License-Identifier: EUPL-1.2
"""The rules of the scale of quality: what each level asks of a connector, as checks."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from allmende.testing.cases import Case
from allmende.testing.subjects import Level, Subject
from allmende.testing.suite import CHECKS
from connectors.catalogue.models import load_models
from connectors.declarative.format import Dataset
from connectors.testing import golden_of, run_tests

OF_EVERY_MODEL = {"dataProvider", "dateCreated", "dateModified", "owner", "seeAlso", "source"}
LANGUAGES = {"de": "README.de.md", "en": "README.md"}
ASKED_FIXTURES = 3


class Rule(NamedTuple):
    """What a level asks for; `check` gives what is missing, in words."""

    level: Level
    name: str
    asks: str
    check: Callable[[Subject], list[str]]


def _valid(subject: Subject) -> list[str]:
    return subject.problems


def _fixtures(subject: Subject) -> list[str]:
    without = [name for name in subject.entities if not golden_of(subject.path, name).is_file()]
    if not subject.entities:
        return ["no fixture under 'tests'"]
    return [f"{name} has no golden entities: allmende connectors test --update writes them" for name in without]


def _replay(subject: Subject) -> list[str]:
    return [str(failure) for failure in run_tests(subject.path).failures]


def _pages(subject: Subject) -> list[str]:
    names = [name for name in LANGUAGES.values() if not (subject.path.parent / name).is_file()]
    return [f"{name} is not there" for name in names]


def _ids(subject: Subject) -> list[str]:
    problems: dict[str, None] = {}
    for fixture, entities in subject.entities.items():
        seen: dict[tuple[str, str], object] = {}
        for entity in entities:
            times = sorted(str(part.get("observedAt")) for part in entity.values() if isinstance(part, dict))
            if seen.setdefault((entity["id"], str(times)), entity) is not entity:
                problems[f"{fixture}: {entity['id']} comes twice at one time: make 'id' tell the records apart"] = None
    return list(problems)


def _suite(subject: Subject) -> list[str]:
    problems = []
    for place, fixture in enumerate(subject.entities):
        for checked in CHECKS.values():
            if checked.every or not place:
                with tempfile.TemporaryDirectory() as folder:
                    case = Case(path=subject.path, fixture=fixture, folder=Path(folder))
                    problems += case.run(checked.check)
    return problems


def _age(subject: Subject) -> list[str]:
    quality = subject.file.quality if subject.file else None
    return [] if quality and quality.max_age else ["'quality.max_age' is not set"]


def _dataset(subject: Subject) -> Dataset:
    return (subject.file.dataset if subject.file else None) or Dataset.model_validate({})


def _licence(subject: Subject) -> list[str]:
    dataset = _dataset(subject)
    given = {"license": dataset.license, "attribution": dataset.attribution}
    return [f"'dataset.{key}' is not stated" for key, value in given.items() if not value]


def _units(subject: Subject) -> list[str]:
    models = load_models()
    return [
        f"{block.type}.{name} has no 'unit'; its model has {model.unit}"
        for block in (subject.file.blocks if subject.file else [])
        if block.type in models
        for name, attribute in block.attributes.items()
        if (model := models[block.type].attributes.get(name)) is not None
        and model.is_number
        and model.unit
        and not attribute.unit
    ]


def _known(subject: Subject) -> list[str]:
    models, problems = load_models(), []
    for block in subject.file.blocks if subject.file else []:
        if block.type not in models:
            problems.append(f"type {block.type} is not in the catalogue of models")
            continue
        unknown = block.attributes.keys() - models[block.type].attributes.keys() - OF_EVERY_MODEL
        problems += [f"{block.type} has no attribute {name}" for name in sorted(unknown)]
    return problems


def _several(subject: Subject) -> list[str]:
    problems = []
    if len(subject.entities) < ASKED_FIXTURES:
        problems.append(f"{len(subject.entities)} fixtures: {ASKED_FIXTURES} are asked for, one of them an edge case")
    if not any(subject.errors.values()):
        problems.append("no fixture has an error: add one with a malformed record")
    return problems


def _reached(subject: Subject) -> list[str]:
    blocks = subject.file.blocks if subject.file else []
    seen = {(entity["type"], name) for entities in subject.entities.values() for entity in entities for name in entity}
    unseen = [(block.type, name) for block in blocks for name in block.attributes if (block.type, name) not in seen]
    return [f"no fixture gives attribute {name} of {kind}" for kind, name in unseen]


def _told(subject: Subject) -> list[str]:
    dataset = _dataset(subject)
    problems = []
    for key, texts in (("title", dataset.title), ("description", dataset.description)):
        languages = texts.keys() if isinstance(texts, dict) else ()
        problems += [f"'dataset.{key}' is not there in {name}" for name in LANGUAGES if name not in languages]
    return problems


RULES: tuple[Rule, ...] = (
    Rule("bronze", "valid", "the file validates, and every fixture can be read", _valid),
    Rule("bronze", "fixtures", "there is a fixture, and each has its golden entities", _fixtures),
    Rule("bronze", "replay", "each fixture gives what `expect` and the golden entities say", _replay),
    Rule("bronze", "pages", "there is a page in German and one in English", _pages),
    Rule("bronze", "ids", "no id comes twice at one time", _ids),
    Rule("silver", "suite", "the [test kit](testing.md) finds nothing", _suite),
    Rule("silver", "age", "`quality.max_age` says when silence is wrong", _age),
    Rule("silver", "licence", "`dataset` states licence and attribution", _licence),
    Rule("silver", "units", "a number has a unit where its Smart Data Model gives one", _units),
    Rule("gold", "known", "type and attributes are those of the Smart Data Model", _known),
    Rule("gold", "several", "at least three fixtures: an ordinary one, an edge case, a malformed record", _several),
    Rule("gold", "reached", "a fixture gives every attribute of the mapping", _reached),
    Rule("gold", "told", "`dataset` has title and description in German and English", _told),
)
