"""The command `openalgo`: the table of its commands, and what happens when one of them fails."""

from __future__ import annotations

import atexit
import gc
import sys
from collections.abc import Sequence
from typing import Any

import click

from .. import __version__
from . import third_party
from .command import LazyCommand, LazyGroup
from .options import is_given

__all__ = ["SECTIONS", "main"]

#: Where a run keeps what it found, in click's store for such things.
_INSTALLED = "openalgo.commands"


def _at(path: str, help_text: str) -> LazyCommand:
    return LazyCommand(f"openalgo_core.cli.commands.{path}", help_text)


SECTIONS = {
    "Account": {
        "brokers": _at("brokers:brokers", "Installed brokers, and the state of each."),
        "login": _at("login:login", "Log in to the broker."),
        "logout": _at("login:logout", "End the session, here and at the broker."),
        "status": _at("login:status", "Who is logged in where, and until when."),
    },
    "Market data": {
        "instruments": _at("instruments:instruments", "Fetch, search and show instruments."),
        "quote": _at("quote:quote", "Last prices of one or more instruments."),
        "depth": _at("quote:depth", "The best bids and asks of an instrument."),
        "history": _at("quote:history", "Candles of an instrument, oldest first."),
    },
    "Trading": {
        "order": _at("order:order", "Place, change, cancel and show orders."),
        "margin": _at("order:margin", "What an order would block."),
        "trades": _at("portfolio:trades", "Today's fills."),
        "positions": _at("portfolio:positions", "Today's net positions."),
        "holdings": _at("portfolio:holdings", "Shares held in the demat account."),
        "funds": _at("portfolio:funds", "Cash and margin."),
    },
    "Safety": {
        "journal": _at("journal:journal", "What was intended, and what became of it."),
        "halt": _at("guard:halt", "Stop all orders of this machine: the kill switch."),
        "resume": _at("guard:resume", "Release the kill switch."),
        "doctor": _at("doctor:doctor", "Check configuration, plugins, session, clock, files and the way out."),
    },
    "Practice": {
        "demo": _at("demo:demo", "A whole trading day in a few seconds, simulated."),
        "simulate": _at("simulate:simulate", "Serve a broker's API on this machine."),
    },
    "Plugins": {
        "plugin": _at("plugin:plugin", "Write a plugin, and prove that it is right."),
    },
}


class Root(LazyGroup):
    """The group of all commands, those of installed packages included, and the end of every error."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*super().list_commands(ctx), *self._installed(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        own = super().get_command(ctx, cmd_name)
        if own is not None or ctx.resilient_parsing:
            return own
        offered = self._installed(ctx).get(cmd_name)
        return third_party.load(offered) if offered else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_commands(ctx, formatter)
        installed = self._installed(ctx)
        if installed:
            with formatter.section("Commands of installed packages"):
                formatter.write_dl([(word, third_party.origin(offered)) for word, offered in installed.items()])

    def _installed(self, ctx: click.Context) -> third_party.Offered:
        """The third-party commands, without those that would hide one of ours; looked for once in a run."""
        if _INSTALLED not in ctx.meta:
            own = super().list_commands(ctx)
            ctx.meta[_INSTALLED] = {word: at for word, at in third_party.commands().items() if word not in own}
        installed: third_party.Offered = ctx.meta[_INSTALLED]
        return installed

    def invoke(self, ctx: click.Context) -> None:
        super().invoke(ctx)  # what a command returns means nothing; `main` must not take it for an exit code

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Runs the command line and exits; every error has been told on standard error by then."""
        extra |= {"complete_var": complete_var, "windows_expand_args": windows_expand_args}
        if not standalone_mode:
            return super().main(args, prog_name, standalone_mode=False, **extra)
        # Python looks for cycles among all objects before it ends, which takes a tenth of a short command's time.
        atexit.register(gc.freeze)
        try:
            code = super().main(args, prog_name or "openalgo", standalone_mode=False, **extra)
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 the last stop: whatever it is, it is told
            code = _report(error, sys.argv[1:] if args is None else args)
        sys.exit(code)


def _report(error: BaseException, arguments: Sequence[str]) -> int:
    from .failures import report

    return report(error, json=is_given("--json", arguments), verbose=is_given("--verbose", arguments))


@click.group(
    "openalgo",
    cls=Root,
    sections=SECTIONS,
    examples=(
        "openalgo demo",
        "openalgo quote NSE:SBIN",
        "openalgo order place NSE:SBIN BUY 10 --price 812.35",
        "openalgo login --broker angel",
    ),
    epilog="Exit codes: 0 done, 1 a fault of ours, 2 usage, 3 configuration, 4 login, 5 refused, 6 outcome unknown, "
    "7 invalid request, 8 rate limited, 9 broker unavailable, 10 plugin, 11 not supported, 130 interrupted.",
)
@click.version_option(__version__, message="openalgo %(version)s")
def main() -> None:
    """Trade with any Indian broker through one vocabulary.

    Instruments are written EXCHANGE:SYMBOL (NSE:SBIN, NFO:NIFTY25AUG2625000CE), prices in rupees, quantities
    in units. Without any configuration everything runs on paper: a simulated exchange on this machine.
    """
