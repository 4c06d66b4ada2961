# SPDX-License-Identifier: EUPL-1.2
"""The command `allmende`: assembled from entry points, each loaded when it is used."""

import sys
from importlib.metadata import EntryPoint, entry_points
from typing import NoReturn

import click

from allmende.errors import AllmendeError, Forbidden, KeyRequired, SettingsError, Unavailable

WRONG, USAGE, AWAY, INTERRUPTED = 1, 2, 4, 130


class Commands(click.Group):
    """A group whose commands are entry points; one that is not installed does not trouble the others."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the signature is of click
        """Name the commands, in alphabetical order."""
        return sorted(contributed())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - the same
        """Load a command; None where it is not known, or its module is not there."""
        entry_point = contributed().get(cmd_name)
        if entry_point is None:
            return None
        try:
            command = entry_point.load()
        except ModuleNotFoundError as error:
            if error.name is None or not entry_point.module.startswith(error.name):
                raise
            return None
        return command if isinstance(command, click.Command) else None


def contributed() -> dict[str, EntryPoint]:
    """The entry points by the command's name."""
    return {point.name: point for point in entry_points(group="allmende.commands")}


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="allmende", prog_name="allmende", message="%(prog)s %(version)s")
def allmende() -> None:
    """An urban data platform: sensors in over MQTT, open data out over HTTP."""


def main(arguments: list[str] | None = None) -> None:
    """Run a command and end the process with its exit status; an error is one line on standard error."""
    try:
        status = allmende.main(arguments, prog_name="allmende", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(USAGE)
    except click.ClickException as error:
        end_with(error.format_message().rstrip(".") + hint_of(error), error.exit_code)
    except click.Abort:
        end_with("Interrupted", INTERRUPTED)
    except AllmendeError as error:
        end_with(str(error), status_of(error))
    sys.exit(status if isinstance(status, int) else 0)


def end_with(words: str, status: int) -> NoReturn:
    """Say in one line what is wrong, and end."""
    sys.stderr.write(f"Error: {' '.join(words.split())}\n")
    sys.exit(status)


def hint_of(error: click.ClickException) -> str:
    """Where to read how a command is used that was used wrongly."""
    command = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else None
    return f" (see {command} --help)" if command else ""


def status_of(error: AllmendeError) -> int:
    """The exit status that an error means."""
    if isinstance(error, SettingsError):
        return USAGE
    if isinstance(error, Unavailable | KeyRequired | Forbidden):
        return AWAY
    return WRONG
