# SPDX-License-Identifier: EUPL-1.2
"""The reference of the commands, from what `--help` says."""

from collections.abc import Iterator

import click

from allmende.cli import allmende

HEAD = """# Commands

<!-- Made from the commands themselves by `make docs`; a test compares. -->

`allmende COMMAND --help` says the same. Administrative commands speak to the platform over HTTP: to `--url`, or to the one
that runs in `--data`, with the key from `--key-file`, or from the data folder. Every option of `allmende up` is also an
environment variable ([settings](settings.md)).

| exit status | means |
| --- | --- |
| 0 | done |
| 1 | what was asked about is wrong |
| 2 | usage or settings |
| 3 | some records were rejected |
| 4 | the platform is away, or the key is refused |

An error is one line on standard error. Progress goes to standard error; with `--json`, the last line of standard output is
JSON.
"""


def commands_reference() -> str:
    """The page as Markdown."""
    root = click.Context(allmende, info_name="allmende")
    return HEAD + "".join(_section(context) for context in _leaves(root))


def _leaves(context: click.Context) -> Iterator[click.Context]:
    command = context.command
    if not isinstance(command, click.Group):
        yield context
        return
    for name in command.list_commands(context):
        child = command.get_command(context, name)
        if child is not None and not child.hidden:
            yield from _leaves(click.Context(child, info_name=name, parent=context))


def _section(context: click.Context) -> str:
    command = context.command
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    text = f"\n## {context.command_path}\n\n{(command.help or '').strip()}\n\n```\n{usage}\n```\n"
    records = [record for parameter in command.params if (record := parameter.get_help_record(context))]
    if records:
        text += "\n| option | does |\n| --- | --- |\n"
        text += "".join(f"| `{_cell(option)}` | {_cell(does)} |\n" for option, does in records)
    return text


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
