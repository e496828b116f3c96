"""Definedge Securities (INTEGRATE API) for openalgo-core: the hooks, each a line or two; what they do stands in the
modules.

- `capabilities`: what the broker can do, its limits, when its sessions die
- `tables`: every word that is spelt differently, both ways, and every text of a refusal
- `wire`: the session key, the envelopes, what a refusal means
- `auth`: the two steps of the login
- `order`: orders and trades
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

# Imported before there are hooks of the same names: the import of a submodule sets the package's attribute. The
# other modules are imported by the hooks that need them: who asks for a price does not pay for orders.
from . import instruments as _instruments
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
def login_fields() -> Sequence[m.LoginField]:
    from .auth import LOGIN_FIELDS

    return LOGIN_FIELDS


@hookimpl
def request_otp(account: m.Account) -> m.Challenge:
    from .auth import request_code

    return request_code(account)


@hookimpl
def authenticate(account: m.Account, fields: Mapping[str, Secret], challenge: m.Challenge | None) -> m.Session:
    from .auth import log_in

    return log_in(account, fields, challenge)


# --- Orders and what they lead to ---


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
    from .portfolio import positions

    return positions(account)


@hookimpl
def holdings(account: m.Account) -> Sequence[m.Holding]:
    from .portfolio import holdings

    return holdings(account)


@hookimpl
def funds(account: m.Account) -> m.Funds:
    from .portfolio import funds

    return funds(account)


@hookimpl
def margin(account: m.Account, order: m.OrderRequest, instrument: m.Instrument) -> m.Margin:
    from .portfolio import margin

    return margin(account, order, instrument)


# --- Instruments and prices ---


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
    from .quote import candles

    return candles(account, instrument, interval, start, end)


# --- Simulator ---


@hookimpl
def simulator(setup: SimulatorSetup) -> Any:
    return _simulator.application(setup)
