"""INDmoney (INDstocks API) for openalgo-core: the hooks, each a line or two; what they do stands in the modules.

- `capabilities`: what the broker can do, its limits, when its sessions die
- `tables`: every word that is spelt differently, both ways, and what each error type means
- `wire`: the token, the envelopes, what a refusal means
- `auth`: a token from the dashboard, or one made with MPIN and TOTP
- `order`: orders, smart orders, books
- `rows`: the fields that are read of an order book
- `portfolio`: positions, holdings, funds, margin
- `quote`: quotes, depth, history
- `instruments`: the instrument master
- `simulator`: the same wire over a simulated exchange (extra `simulator`)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from openalgo_core.hookspecs import hookimpl

from . import auth as _auth
from . import instruments as _instruments
from . import order as _order
from . import portfolio as _portfolio
from . import quote as _quote
from . import simulator as _simulator
from .capabilities import BROKER

if TYPE_CHECKING:
    from openalgo_core import models as m
    from openalgo_core.secrets import Secret
    from openalgo_core.simulation import SimulatorSetup


@hookimpl
def describe() -> m.BrokerInfo:
    return BROKER


# --- Logging in ---


@hookimpl
def login_fields(account: m.Account) -> Sequence[m.LoginField]:
    return _auth.fields(account)


@hookimpl
def authenticate(account: m.Account, fields: Mapping[str, Secret]) -> m.Session:
    return _auth.log_in(account, fields)


# --- Orders and what they lead to ---


@hookimpl
def place_order(account: m.Account, order: m.OrderRequest, instrument: m.Instrument, tag: str) -> m.Placed:
    return _order.place(account, order, instrument, tag)


@hookimpl
def modify_order(account: m.Account, row: m.Order, change: m.OrderChange) -> m.Placed:
    return _order.modify(account, row, change)


@hookimpl
def cancel_order(account: m.Account, row: m.Order) -> m.Placed:
    return _order.cancel(account, row)


@hookimpl
def order_book(account: m.Account) -> Sequence[m.Order]:
    return _order.book(account)


@hookimpl
def order_status(account: m.Account, row: m.Order) -> m.Order:
    return _order.status(account, row)


@hookimpl
def trade_book(account: m.Account) -> Sequence[m.Trade]:
    return _order.trades(account)


@hookimpl
def positions(account: m.Account) -> Sequence[m.Position]:
    return _portfolio.positions(account)


@hookimpl
def holdings(account: m.Account) -> Sequence[m.Holding]:
    return _portfolio.holdings(account)


@hookimpl
def funds(account: m.Account) -> m.Funds:
    return _portfolio.funds(account)


@hookimpl
def margin(account: m.Account, order: m.OrderRequest, instrument: m.Instrument) -> m.Margin:
    return _portfolio.margin(account, order, instrument)


# --- Instruments and prices ---


@hookimpl
def instruments(account: m.Account) -> m.Master:
    return _instruments.master(account)


@hookimpl
def quotes(account: m.Account, instruments: Sequence[m.Instrument]) -> Sequence[m.Quote | m.QuoteFailure]:
    return _quote.quotes(account, instruments)


@hookimpl
def depth(account: m.Account, instrument: m.Instrument) -> m.Depth:
    return _quote.depth(account, instrument)


@hookimpl
def history(
    account: m.Account, instrument: m.Instrument, interval: m.Interval, start: date, end: date
) -> Sequence[m.Candle]:
    return _quote.candles(account, instrument, interval, start, end)


# --- Simulator ---


@hookimpl
def simulator(setup: SimulatorSetup) -> Any:
    return _simulator.application(setup)
