"""`openalgo halt` and `openalgo resume`: the kill switch of this machine."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import click

from ...errors import ConfigurationError
from ..command import command
from ..options import Options
from ..output import emit
from ..shapes import HALT

__all__ = ["Switch", "halt", "resume"]


@dataclass(frozen=True, slots=True)
class Switch:
    """How the kill switch stands."""

    halted: bool
    reason: str | None


@command("halt", examples=("openalgo halt", 'openalgo halt "feed is wrong"'))
@click.argument("reason", nargs=-1)
@click.pass_obj
def halt(options: Options, reason: tuple[str, ...]) -> None:
    """Stop all orders of this machine: the kill switch.

    From now on nothing places or modifies an order, whatever the broker, profile or process; cancelling stays
    possible. It works with no configuration, or a broken one.
    """
    from ...guards import kill_switch

    text = " ".join(reason)
    home = _home()
    try:
        kill_switch.halt(home, text)
    except ConfigurationError as error:
        raise ConfigurationError(f"NOT halted: {error.message}", hint="Stop your programs by other means.") from error
    emit(options, Switch(halted=True, reason=text or None), HALT, _show)


@command("resume", examples=("openalgo resume",))
@click.pass_obj
def resume(options: Options) -> None:
    """Release the kill switch."""
    from ...guards import kill_switch

    home = _home()
    try:
        kill_switch.resume(home)
    except OSError as error:
        raise ConfigurationError(f"Still halted: {home} cannot be written ({error.strerror}).") from error
    emit(options, Switch(halted=False, reason=None), HALT, _show)


def _show(switch: Switch) -> None:
    if switch.halted:
        click.echo("Halted: no order is placed or modified on this machine until: openalgo resume")
    else:
        click.echo("Resumed: orders are possible again.")


def _home() -> Path:
    """Where the switch is. It takes no broker, so that no setting of a broker can be in the way."""
    from ...config import Paths

    return Paths.from_environment(os.environ).home
