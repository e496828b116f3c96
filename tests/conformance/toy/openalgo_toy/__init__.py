"""A small broker over a small wire, without a fault; and every fault that the suite must find, switched on by name.

`SINS` is empty, or holds what is wrong just now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from openalgo_core.hookspecs import hookimpl

from . import client as _client
from .declaration import describe_broker
from .sins import SINS

if TYPE_CHECKING:
    from openalgo_core import models as m
    from openalgo_core.secrets import Secret
    from openalgo_core.simulation import SimulatorSetup

__all__ = ["SINS"]


@hookimpl
def describe() -> m.BrokerInfo:
    return describe_broker()


@hookimpl
def login_fields() -> Sequence[m.LoginField]:
    return _client.login_fields()


@hookimpl
def authenticate(account: m.Account, fields: Mapping[str, Secret]) -> m.Session:
    return _client.log_in(account, fields)


@hookimpl
def logout(account: m.Account) -> bool:
    return _client.log_out(account)


@hookimpl
def place_order(account: m.Account, order: m.OrderRequest, instrument: m.Instrument, tag: str) -> m.Placed:
    return _client.place(account, order, instrument, tag)


@hookimpl
def modify_order(account: m.Account, row: m.Order, change: m.OrderChange) -> m.Placed:
    return _client.modify(account, row, change)


@hookimpl
def cancel_order(account: m.Account, row: m.Order) -> m.Placed:
    return _client.cancel(account, row)


@hookimpl
def order_book(account: m.Account) -> Sequence[m.Order]:
    return _client.book(account)


@hookimpl
def trade_book(account: m.Account) -> Sequence[m.Trade]:
    return _client.trades(account)


@hookimpl
def positions(account: m.Account) -> Sequence[m.Position]:
    return _client.positions(account)


@hookimpl
def holdings(account: m.Account) -> Sequence[m.Holding]:
    return _client.holdings(account)


@hookimpl
def funds(account: m.Account) -> m.Funds:
    return _client.funds(account)


@hookimpl
def instruments(account: m.Account, known: m.Known | None) -> m.Master | bool:
    return _client.instruments(account, known)


@hookimpl
def quotes(account: m.Account, instruments: Sequence[m.Instrument]) -> Sequence[m.Quote | m.QuoteFailure]:
    return _client.quotes(account, instruments)


@hookimpl
def history(
    account: m.Account, instrument: m.Instrument, interval: m.Interval, start: date, end: date
) -> Sequence[m.Candle]:
    return _client.history(account, instrument, start, end)


@hookimpl
def simulator(setup: SimulatorSetup) -> Any:
    from .server import application

    return application(setup)
