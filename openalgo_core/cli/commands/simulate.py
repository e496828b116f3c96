"""`openalgo simulate`."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..command import command
from ..options import Options
from ..output import emit_json, note
from ..shapes import SIMULATION, as_json

if TYPE_CHECKING:
    from ...simulation import TestAccount

__all__ = ["Announcement", "simulate"]

#: Seconds between two looks: on some systems Ctrl-C is noticed only between waits.
_NAP = 0.5


@dataclass(frozen=True, slots=True)
class Announcement:
    """Where a simulator is, and the variables of a `.env` for it; none for somebody's own account."""

    broker: str
    url: str
    environment: Mapping[str, str]


@command(
    "simulate",
    examples=(
        "openalgo simulate angel",
        "openalgo simulate angel --port 8100 --fault reset@placeOrder:after",
        "openalgo simulate angel --fault 429=2@placeOrder --fault status=503*3",
    ),
)
@click.argument("name", metavar="BROKER")
@click.option("--host", default="127.0.0.1", show_default=True, metavar="H", help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, metavar="N", help="Port to listen on; else a free one."
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="SPEC",
    help="What shall go wrong, once: KIND[=VALUE][@TEXT-IN-PATH][:before|:after][*TIMES].",
)
@click.pass_obj
def simulate(options: Options, name: str, host: str, port: int, faults: tuple[str, ...]) -> None:
    """Serve a broker's API on this machine.

    Any client may talk to it, the broker's own included, until Ctrl-C. What it prints is a `.env` for it: save that,
    and `openalgo --env-file FILE` trades there. --env-file gives it another account than the fixed one.

    Kinds of faults: status=N, 429[=SECONDS], html, empty, truncate, slow=SECONDS, drip, never, reset, half,
    wrong-length, refuse, tls, broker=NAME. `:before` books nothing, `:after` books and spoils the answer.
    """
    from ...demo import new_setup, simulator_of

    hook = simulator_of(options.agree_on(name))
    account = _account(name, options.env_file)
    setup = new_setup(account)
    from ...simulation import serve

    try:
        with serve(hook, setup, host=host, port=port, faults=faults) as simulation:
            _announce(options, name, simulation.url, setup.account if account is None else None)
            _wait()
    except KeyboardInterrupt:
        pass  # how it is meant to end
    finally:
        setup.close()
    if not options.json:
        note("Stopped.")


def _account(broker: str, env_file: str | None) -> TestAccount | None:
    """The account of the given settings, and of nothing else; `None` for the fixed one."""
    if env_file is None:
        return None
    from ...config import load
    from ...simulation import TestAccount

    return TestAccount.of(load({}, env_file=env_file, broker=broker, cwd=Path.cwd()).settings)


def _announce(options: Options, broker: str, url: str, account: TestAccount | None) -> None:
    """Where it is, and who may log in; somebody's own account is not repeated."""
    from ...demo import account_lines

    told = Announcement(broker, url, account_lines(broker, account, url) if account else {})
    if options.json:
        emit_json(as_json(told, SIMULATION), indent=None)
        return
    note(f"Simulating {broker} at {url}. Ctrl-C stops it.")
    note("The sample API key and secret of the broker's set-up page are accepted, too.")
    for variable, value in told.environment.items():
        click.echo(f"{variable}='{value}'")


def _wait() -> None:
    """Until Ctrl-C."""
    never = threading.Event()
    while not never.wait(_NAP):
        pass
