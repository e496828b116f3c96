"""The global options: the same before and after the command, declared once.

Every command and group offers them; what they were given, wherever, ends up in the one `Options` of the run.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

__all__ = ["GLOBAL_OPTIONS", "Options", "is_given"]


class Options:
    """What the global options of this run say. Commands get it by `click.pass_obj` and only read it.

    These are what they say where nothing is given.
    """

    broker: str | None = None
    profile: str | None = None
    env_file: str | None = None
    prices_from: str | None = None
    json: bool = False
    verbose: bool = False
    log_file: str | None = None

    def agree_on(self, broker: str) -> str:
        """The broker that a command takes as a word of its own. Raises `UsageError` if --broker names another one."""
        if self.broker not in (None, broker):
            raise click.UsageError(f"The command names the broker '{broker}', and --broker '{self.broker}'.")
        return broker


def is_given(flag: str, arguments: Sequence[str]) -> bool:
    """Whether a flag stands among the raw arguments: how an error is told when they could not be parsed."""
    words = list(arguments)
    return flag in (words[: words.index("--")] if "--" in words else words)


def _remember(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    """Puts what was given into the `Options` of the run; the same option twice must say the same thing."""
    assert parameter.name is not None
    options = context.ensure_object(Options)
    for item in value if isinstance(value, tuple) else (value,):
        kept = getattr(options, parameter.name)
        if kept and item and kept != item:
            raise click.UsageError(
                f"{parameter.opts[0]} was given twice with different values: '{kept}' and '{item}'.",
                ctx=context,
            )
        setattr(options, parameter.name, item or kept)


def _value(flag: str, metavar: str, help_text: str) -> click.Option:
    # multiple, because click keeps the last of two values without a word.
    return click.Option(
        [flag],
        metavar=metavar,
        help=help_text,
        multiple=True,
        expose_value=False,
        callback=_remember,
    )


def _flag(flag: str, help_text: str) -> click.Option:
    return click.Option([flag], is_flag=True, help=help_text, expose_value=False, callback=_remember)


GLOBAL_OPTIONS: tuple[click.Option, ...] = (
    _value(
        "--broker",
        "NAME",
        "The broker to use; else OPENALGO_BROKER, else the path of REDIRECT_URL, else paper.",
    ),
    _value("--profile", "NAME", "Another account: settings from .env.NAME, and a session of its own."),
    _value("--env-file", "FILE", "Read the settings from FILE, not from .env."),
    _value("--prices-from", "NAME", "Paper trading at the prices of this broker."),
    _flag("--json", "Print the result as JSON, and an error as one JSON object on standard error."),
    _value("--log-file", "FILE", "Append a line of JSON for each request to FILE; else OPENALGO_LOG_FILE."),
    _flag("--verbose", "Show each request in a line, and the traceback of an error."),
)
