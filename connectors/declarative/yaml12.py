# SPDX-License-Identifier: EUPL-1.2
"""YAML as people mean it, with the line of everything."""

import re
from pathlib import Path
from typing import Any

import yaml

from connectors.declarative.problems import FileProblems, Lines, Place

_MAX_DEPTH = 32


class Yaml12(yaml.SafeLoader):
    """YAML as people mean it: `NO` and `on` are texts, and so are dates and 12:30."""


Yaml12.yaml_implicit_resolvers = {}
Yaml12.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:~|null|)$"), ["~", "n", ""])
Yaml12.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))
Yaml12.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^[-+]?(?:0|[1-9]\d*)$"), list("-+0123456789"))
Yaml12.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^[-+]?\d+\.\d*(?:[eE][-+]?\d+)?$"), list("-+0123456789")
)


def parse_yaml(text: bytes, path: Path) -> tuple[dict[str, Any], Lines]:
    """Give the content of a connector file and the lines where it stands; FileProblems where it is none."""
    lines: Lines = {}
    try:
        node = yaml.compose(text, Loader=Yaml12)
        content = _build(node, (), lines, path) if node else None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise FileProblems([f"{path.name}, line {line}: not YAML: {error.problem}"]) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise FileProblems([f"{path.name}: not YAML: {' '.join(str(error).split())}"]) from error
    if not isinstance(content, dict):
        raise FileProblems([f"{path.name}, line 1: a connector file is an object that starts with apiVersion"])
    return content, lines


def _build(node: yaml.Node, place: Place, lines: Lines, path: Path) -> Any:
    lines.setdefault(place, node.start_mark.line + 1)
    if len(place) > _MAX_DEPTH:
        raise FileProblems([f"{path.name}, line {node.start_mark.line + 1}: nested too deeply"])
    if isinstance(node, yaml.MappingNode):
        return _build_object(node, place, lines, path)
    if isinstance(node, yaml.SequenceNode):
        return [_build(child, (*place, index), lines, path) for index, child in enumerate(node.value)]
    return yaml.constructor.SafeConstructor().construct_object(node)


def _build_object(node: yaml.MappingNode, place: Place, lines: Lines, path: Path) -> dict[str, Any]:
    content: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key, line = str(key_node.value), key_node.start_mark.line + 1
        if key in content:
            raise FileProblems([f"{path.name}, line {line}: key '{key}' stands there twice"])
        lines[(*place, key)] = line
        content[key] = _build(value_node, (*place, key), lines, path)
    return content
