# SPDX-License-Identifier: EUPL-1.2
"""The JSON Schema takes what the format takes, and says in an editor what a key is for."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import fastjsonschema
import pytest
import yaml
from click.testing import CliRunner

from connectors.commands import connectors
from connectors.declarative.connector import SHIPPED, shipped_names
from connectors.declarative.schema import json_schema
from connectors.declarative.yaml12 import Yaml12
from tests.connectors.writing import HEAD
from tests.docs.paths import ROOT

SOURCE = "source: {type: http, url: 'https://example.org', format: json}\n"
ENTITY = "entity: {type: T, id: id, attributes: {x: x}}\n"
EXAMPLES = [
    example if example.startswith("apiVersion") else HEAD + example + ("" if "\nentity:" in example else ENTITY)
    for page in sorted((ROOT / "docs").rglob("*.md"))
    for example in re.findall(r"^```yaml\n(.*?)^```$", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    if example.startswith(("source:", "apiVersion: connectors/v1"))
]


@pytest.fixture(scope="module")
def check() -> Callable[[str], Any]:
    """Check a file as an editor does; a default must not be put into it."""
    validate = fastjsonschema.compile(json_schema(), use_default=False)
    return lambda text: validate(yaml.load(text, Loader=Yaml12))


@pytest.mark.parametrize("name", shipped_names())
def test_it_takes_what_is_shipped(check: Callable[[str], Any], name: str) -> None:
    assert check((SHIPPED / name / "connector.yaml").read_text("utf-8"))["name"] == name


def test_there_are_examples() -> None:
    assert len(EXAMPLES) > 4


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_it_takes_the_examples_of_the_pages(check: Callable[[str], Any], example: str) -> None:
    assert check(example)["apiVersion"] == "connectors/v1"


@pytest.mark.parametrize(
    "text",
    [
        SOURCE.replace("format: json", "format: json, every: 90, jitter: 500ms, max_size: 5MiB") + ENTITY,
        SOURCE.replace("format: json", "every: '${EVERY}', headers: {X-Number: 5}, params: {a: [1, b]}") + ENTITY,
        "source: {type: folder, path: data, files: '*.csv', header: [a, b]}\n" + ENTITY,
        "source: {type: mqtt, url: mqtt://x, topics: a/b, version: 5}\n" + ENTITY,
        SOURCE + "context: https://example.org/context.jsonld\nspool: {size: 64MiB}\n" + ENTITY,
        SOURCE + "entity: {type: T, id: id, attributes: {a: 5, b: true, c: {value: x, observedAt: null}}}\n",
        SOURCE + "hash_key: ${KEY}\ndataset: {title: {de: a, en: b}}\nquality: {max_age: 40d}\n" + ENTITY,
    ],
)
def test_it_takes_every_way_of_writing(check: Callable[[str], Any], text: str) -> None:
    assert check(HEAD + text)["name"] == "test"


@pytest.mark.parametrize(
    "text",
    [
        SOURCE,
        ENTITY,
        SOURCE + ENTITY + "entities: [{type: T, id: id, attributes: {x: x}}]\n",
        SOURCE + ENTITY + "test: []\n",
        SOURCE.replace("format: json", "format: jsn") + ENTITY,
        SOURCE.replace("format: json", "every: soon") + ENTITY,
        SOURCE.replace("http,", "https,") + ENTITY,
        SOURCE + "entity: {type: T, id: id, attributes: {x: {value: x, geo: y}}}\n",
        SOURCE + "entity: {type: T, id: id, attributes: {x: [1]}}\n",
        SOURCE + "lookup: {s: {key: id}}\n" + ENTITY,
    ],
)
def test_it_refuses_what_the_format_refuses(check: Callable[[str], Any], text: str) -> None:
    with pytest.raises(fastjsonschema.JsonSchemaValueException):
        check(HEAD + text)


def test_every_key_says_what_it_is_for() -> None:
    schema = json.loads(CliRunner().invoke(connectors, ["schema"]).stdout)

    assert [path for path, key in keys(schema) if not ("description" in key or "$ref" in key)] == []


def keys(schema: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The keys of all blocks, with their places."""
    if isinstance(schema, list):
        for number, inner in enumerate(schema):
            yield from keys(inner, f"{path}.{number}")
    elif isinstance(schema, dict):
        properties = schema.get("properties", {})
        yield from ((f"{path}.{name}", key) for name, key in properties.items())
        for name, inner in [*properties.items(), *((name, schema[name]) for name in schema.keys() - {"properties"})]:
            yield from keys(inner, f"{path}.{name}")
