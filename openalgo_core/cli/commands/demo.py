"""`openalgo demo`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ...errors import OpenAlgoError
from ..command import command
from ..options import Options
from ..output import emit_json
from ..shapes import STEP, as_json

if TYPE_CHECKING:
    from ...demo import Step

__all__ = ["demo"]


@command("demo", examples=("openalgo demo", "openalgo demo angel", "openalgo demo angel --json"))
@click.argument("name", metavar="[BROKER]", required=False)
@click.pass_obj
def demo(options: Options, name: str | None) -> None:
    """A whole trading day in a few seconds, simulated.

    Login, instruments, quote, an order placed, changed, cancelled, one filled, all books, logout: on paper, or over
    the real wire of BROKER against its simulator on this machine. Every step is checked. No setting, session or
    account of yours is touched, and nothing leaves this machine.
    """
    from ...demo import run_demo

    broker = options.agree_on(name) if name else options.broker or "paper"
    steps: list[Step] = []

    def show(step: Step) -> None:
        steps.append(step)
        if not options.json:
            _print_step(step)

    passed = run_demo(broker, show=show)
    if options.json:
        emit_json([as_json(step, STEP) for step in steps])
    if not passed:
        raise OpenAlgoError(
            f"The demo failed at the step '{steps[-1].step}': {steps[-1].detail}.",
            hint=f"Please report it to the maintainers of the plugin {broker!r}.",
            broker=broker,
        )
    if not options.json:
        click.echo(f"All {len(steps)} steps are as they must be.")


def _print_step(step: Step) -> None:
    mark = click.style("ok    ", fg="green") if step.ok else click.style("FAILED", fg="red", bold=True)
    click.echo(f"{step.step:<12} {mark}  {step.detail}")
    for method, path, status in step.requests:
        click.echo(f"{'':21}{click.style(f'{method} {path} {status}', dim=True)}")
