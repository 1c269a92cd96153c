"""The commands by name: each is imported when it is used, so that --help and completion answer at once."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

import click

from impact_xl.cli.usage import closest_match


class Commands(click.Group):
    """The commands, in the order of the work, with a hint for a mistyped one."""

    def __init__(self, *, named: Mapping[str, str], **attributes: object) -> None:
        """A group of commands.

        Args:
            named: what the list of commands says of each; command and module have this name.
            attributes: as click has them.
        """
        super().__init__(**attributes)  # type: ignore[arg-type]  # click's own
        self._named = named

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names."""
        return list(self._named)

    def get_command(self, ctx: click.Context | None, cmd_name: str) -> click.Command | None:
        """The command of a name."""
        if cmd_name not in self._named:
            return None
        command = getattr(import_module(f"impact_xl.cli.{cmd_name}"), cmd_name)
        assert isinstance(command, click.Command)  # noqa: S101  for the type checker
        return command

    def every(self) -> dict[str, click.Command]:
        """All of them, by name."""
        return {name: command for name in self._named if (command := self.get_command(None, name))}

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What each is for, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self._named.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which one was probably meant."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            if args[0].startswith("-"):
                raise
            hint = closest_match(args[0], self._named) or f"The commands are: {', '.join(self._named)}."
            raise click.UsageError(f"There is no command “{args[0]}”. {hint}", ctx) from error
