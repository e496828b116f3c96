"""The built-in broker: paper trading over the simulated exchange. Registered like any third-party plugin.

It needs no credentials and no network. The account starts with ₹1,00,00,000 and lives in one file of the profile's
state directory; delete that to begin anew. Orders are always filled in full, by the rules of OpenAlgo's sandbox.

| environment | effect |
|---|---|
| `OPENALGO_PAPER_HOURS=1` | keep exchange hours: orders are refused while the market is closed, MIS positions are squared off, DAY orders lapse at the close. Otherwise the market is always open |
| `OPENALGO_PRICES_FROM=NAME` (`--prices-from`) | trade on the quotes and instruments of another broker instead of made-up ones |

- `capabilities`: what it can do
- `tables`: candle lengths
- `wire`: the way to the exchange: its file, its refusals, its contracts
- `auth`: a session that nobody needs
- `order`: orders, books, positions, holdings, funds, margin
- `quote`: quotes, depth, history; prices of another broker
- `instruments`: what is listed
"""  # noqa: E501 - a table

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from openalgo_core.hookspecs import hookimpl

# Imported before there is a hook of the same name: the import of a submodule sets the package's attribute. The
# other modules are imported by the hooks that need them: who asks for a price does not pay for orders.
from . import instruments as _instruments
from .capabilities import BROKER

if TYPE_CHECKING:
    from openalgo_core import models as m


@hookimpl
def describe() -> m.BrokerInfo:
    return BROKER


# --- Logging in ---


@hookimpl
def login_fields() -> Sequence[m.LoginField]:
    return ()


@hookimpl
def authenticate(account: m.Account) -> m.Session:
    from .auth import log_in

    return log_in(account)


@hookimpl
def logout() -> bool:
    return True


# --- Orders ---


@hookimpl
def place_order(account: m.Account, order: m.OrderRequest, instrument: m.Instrument, tag: str) -> m.Placed:
    from .order import place

    return place(account, order, instrument, tag)


@hookimpl
def modify_order(account: m.Account, row: m.Order, change: m.OrderChange) -> m.Placed:
    from .order import modify

    return modify(account, row, change)


@hookimpl
def cancel_order(account: m.Account, row: m.Order) -> m.Placed:
    from .order import cancel

    return cancel(account, row)


@hookimpl
def order_book(account: m.Account) -> Sequence[m.Order]:
    from .order import book

    return book(account)


@hookimpl
def order_status(account: m.Account, row: m.Order) -> m.Order:
    from .order import status

    return status(account, row)


@hookimpl
def trade_book(account: m.Account) -> Sequence[m.Trade]:
    from .order import trades

    return trades(account)


@hookimpl
def positions(account: m.Account) -> Sequence[m.Position]:
    from .order import positions

    return positions(account)


@hookimpl
def holdings(account: m.Account) -> Sequence[m.Holding]:
    from .order import holdings

    return holdings(account)


@hookimpl
def funds(account: m.Account) -> m.Funds:
    from .order import funds

    return funds(account)


@hookimpl
def margin(account: m.Account, order: m.OrderRequest, instrument: m.Instrument) -> m.Margin:
    from .order import margin

    return margin(account, order, instrument)


# --- Market data ---


@hookimpl
def instruments(account: m.Account, known: m.Known | None) -> m.Master | bool:
    return _instruments.master(account, known)


@hookimpl
def quotes(account: m.Account, instruments: Sequence[m.Instrument]) -> Sequence[m.Quote | m.QuoteFailure]:
    from .quote import quotes

    return quotes(account, instruments)


@hookimpl
def depth(account: m.Account, instrument: m.Instrument) -> m.Depth:
    from .quote import depth

    return depth(account, instrument)


@hookimpl
def history(
    account: m.Account, instrument: m.Instrument, interval: m.Interval, start: date, end: date
) -> Sequence[m.Candle]:
    from .quote import history

    return history(account, instrument, interval, start, end)
