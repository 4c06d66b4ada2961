# SPDX-License-Identifier: EUPL-1.2
"""Writes the reference page of the settings: `python -m allmende.launch.reference > docs/reference/settings.md`."""

import sys
from datetime import timedelta
from types import NoneType
from typing import Any, get_args

from pydantic.fields import FieldInfo

from allmende.settings import FROM_FILES, PREFIX, Settings

HEAD = """# Settings

Every setting is an environment variable and, where a command has it, an option of the same name in small letters
(`ALLMENDE_MQTT_PORT` is `--mqtt-port`); the option wins. An `ALLMENDE_…` variable that is none of these is an error.
A duration is a number with a unit: `500ms`, `5s`, `2m`, `1h`, `90d`. A list is separated by commas.
`allmende settings` prints what is in force, with secrets masked.

<!-- Made from allmende/settings.py by `python -m allmende.launch.reference`; a test compares. -->

| variable | type | default | what it does |
| --- | --- | --- | --- |
"""
WORDS = {"SecretStr": "secret", "timedelta": "duration", "tuple": "list", "int": "number", "str": "text", "bool": "yes or no", "Path": "path"}  # fmt: skip


def word_for(field: FieldInfo) -> str:
    """Name the type as people say it."""
    kinds = [kind for kind in (*get_args(field.annotation), field.annotation) if kind not in (NoneType, Ellipsis)]
    names = str(kinds[-1] if not isinstance(field.annotation, type) else field.annotation)
    return next(word for name, word in WORDS.items() if name in names)


def text_of(default: Any) -> str:
    """Write a default as one would type it."""
    if default is None or default == ():
        return ""
    if isinstance(default, bool):
        return "yes" if default else "no"
    if isinstance(default, timedelta):
        return f"`{default.total_seconds():g}s`"
    return f"`{default}`"


def settings_reference() -> str:
    """The page as Markdown."""
    rows = [
        f"| `{PREFIX}{name.upper()}` | {word_for(field)} | {text_of(field.default)} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    rows += [
        f"| `{variable}` | path | | File that holds `{PREFIX}{name.upper()}` |" for variable, name in FROM_FILES.items()
    ]
    return HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    sys.stdout.write(settings_reference())
