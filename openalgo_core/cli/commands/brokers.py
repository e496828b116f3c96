"""`openalgo brokers`."""

from __future__ import annotations

import click

from ..command import command
from ..options import Options
from ..output import emit_list
from ..shapes import BROKER
from ..tables import BROKERS

__all__ = ["brokers"]


@command("brokers", examples=("openalgo brokers", "openalgo brokers --check --json"))
@click.option("--check", is_flag=True, help="Examine every plugin anew instead of trusting what was found last time.")
@click.pass_obj
def brokers(options: Options, check: bool) -> None:
    """Installed brokers, and the state of each.

    A plugin that was not seen before is loaded once, in a process of its own; one that is broken is shown
    with the cause and what to do about it, and disturbs nothing else.
    """
    from ...plugins.states import broker_states

    states = broker_states(check=check)
    emit_list(options, states, BROKER, BROKERS, "No broker plugin is installed.")
