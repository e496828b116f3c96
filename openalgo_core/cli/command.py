"""Commands and groups of this command line: global options, examples, imports only when a command runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from typing import Any, NamedTuple

import click

from .options import GLOBAL_OPTIONS

__all__ = ["Command", "Group", "LazyCommand", "LazyGroup", "command", "group"]


class _Documented(click.Command):
    """What commands and groups share: the global options, and examples at the end of the help."""

    def __init__(self, *args: Any, examples: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.examples = tuple(examples)

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        return [*super().get_params(ctx), *GLOBAL_OPTIONS]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        _write_options(ctx, formatter, "Options", super().get_params(ctx))
        _write_options(ctx, formatter, "Global options, before or after the command", GLOBAL_OPTIONS)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        if self.examples:
            with formatter.section("Examples"):
                for example in self.examples:
                    formatter.write(f"{'':{formatter.current_indent}}{example}\n")
        super().format_epilog(ctx, formatter)


class Command(_Documented):
    """A command with the global options. `examples` are whole command lines, shown in the help."""


class Group(_Documented, click.Group):
    """A group with the global options, which names the nearest command when a word is no command of it."""

    command_class = Command

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        self.format_commands(ctx, formatter)
        super().format_options(ctx, formatter)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        word = args[0]
        if self.get_command(ctx, word) is None and not word.startswith("-") and not ctx.resilient_parsing:
            raise click.UsageError(_no_such_command(word, self.list_commands(ctx)), ctx=ctx)
        return super().resolve_command(ctx, args)


class LazyCommand(NamedTuple):
    """Where a command is, and its line in the help of the group, so that the help imports nothing."""

    path: str
    help: str

    def load(self) -> click.Command:
        module, _, name = self.path.partition(":")
        loaded = getattr(import_module(module), name)
        assert isinstance(loaded, click.Command)
        return loaded


class LazyGroup(Group):
    """A group that imports a command when it is asked for. `sections` maps a heading to its commands."""

    def __init__(self, *args: Any, sections: Mapping[str, Mapping[str, LazyCommand]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sections = sections

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [word for commands in self.sections.values() for word in commands]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        for commands in self.sections.values():
            if cmd_name in commands:
                return commands[cmd_name].load()
        return None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        width = max(len(word) for word in self.list_commands(ctx))
        for heading, commands in self.sections.items():
            with formatter.section(heading):
                formatter.write_dl([(f"{word:{width}}", lazy.help) for word, lazy in commands.items()])


def command(name: str, *, examples: Sequence[str] = (), **attributes: Any) -> Callable[[Callable[..., Any]], Command]:
    """Makes a `Command` of a function; `examples` are whole command lines."""
    return click.command(name, cls=Command, examples=examples, **attributes)


def group(name: str, **attributes: Any) -> Callable[[Callable[..., Any]], Group]:
    """Makes a `Group` of a function."""
    return click.group(name, cls=Group, **attributes)


def _write_options(
    ctx: click.Context, formatter: click.HelpFormatter, heading: str, parameters: Iterable[click.Parameter]
) -> None:
    options = [parameter for parameter in parameters if isinstance(parameter, click.Option)]
    records = [record for option in options if (record := option.get_help_record(ctx)) is not None]
    with formatter.section(heading):
        formatter.write_dl(records)


def _no_such_command(word: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches  # only on this way out

    near = get_close_matches(word, list(known), n=3)
    guess = f" Did you mean {' or '.join(repr(name) for name in near)}?" if near else ""
    return f"There is no command {word!r}.{guess}"
