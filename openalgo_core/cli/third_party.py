"""Commands of installed packages (entry-point group `openalgo.commands`), each loaded when it is run."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, TypeAlias

import click

if TYPE_CHECKING:
    from ..errors import PluginBroken
    from ..plugins.discovery import Found

__all__ = ["Offered", "commands", "load", "origin"]

#: What is installed under a word; more than one entry means that two packages claim it.
Offered: TypeAlias = "dict[str, list[Found]]"


def commands() -> Offered:
    """Every word that an installed package offers, found without importing any of them."""
    from ..plugins.discovery import COMMANDS, discover

    offered: Offered = {}
    for found in discover(groups=(COMMANDS,)):
        offered.setdefault(found.name, []).append(found)
    return dict(sorted(offered.items()))


def origin(offered: Sequence[Found]) -> str:
    """The line of a third-party command in the help; its own help would cost an import."""
    return "From " + " and ".join(f"{found.distribution} {found.version}" for found in offered) + "."


def load(offered: Sequence[Found]) -> click.Command:
    """The command itself. Raises `PluginBroken` if it cannot be had; nothing else is touched by that."""
    found = offered[0]
    word = f"The command {found.name!r}"
    if len(offered) > 1:
        raise _broken(f"{word} is offered twice. {origin(offered)}", "Uninstall one of them.")
    remedy = f"Run: pip install --upgrade {found.distribution}, or report it to its author."
    module, _, attribute = found.value.partition(":")
    try:
        loaded = getattr(import_module(module), attribute)
    except Exception as error:  # somebody else's code: whatever it raises is its fault
        cause = f"{type(error).__name__}: {error}"
        raise _broken(f"{word} of {found.distribution} {found.version} cannot be loaded: {cause}.", remedy) from error
    if not isinstance(loaded, click.Command):
        kind = type(loaded).__name__
        raise _broken(f"{word} of {found.distribution} {found.version} is a {kind}, not a click command.", remedy)
    return loaded


def _broken(message: str, hint: str) -> PluginBroken:
    from ..errors import PluginBroken  # here, because the help needs this module and not that one

    return PluginBroken(message, hint=hint)
