"""What people see where `--json` is not given: which columns, in which order, under which headings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any, NamedTuple

from .text import ABSENT, moment, money, price, time_of_day, units, word

__all__ = [
    "BROKERS",
    "CANCELS",
    "CANDLES",
    "DEPTH",
    "FUNDS",
    "HOLDINGS",
    "INSTRUMENT",
    "INSTRUMENTS",
    "JOURNAL",
    "LEVELS",
    "MARGIN",
    "ORDER",
    "ORDERS",
    "POSITIONS",
    "QUOTES",
    "SETTLEMENTS",
    "TRADES",
    "Column",
]


class Column(NamedTuple):
    """A heading and how to make the cell of a row."""

    title: str
    cell: Callable[[Any], str]
    right: bool = False
    #: Coloured by sign on a terminal.
    signed: bool = False
    #: May be broken over several lines on a narrow terminal; nothing else ever is.
    wraps: bool = False


def _column(title: str, name: str, show: Callable[[Any], str] = word, **looks: bool) -> Column:
    read = attrgetter(name)
    return Column(title, lambda row: show(read(row)), **looks)


def _price(title: str, name: str) -> Column:
    return _column(title, name, price, right=True)


def _money(title: str, name: str, *, signed: bool = False) -> Column:
    return _column(title, name, money, right=True, signed=signed)


def _units(title: str, name: str) -> Column:
    return _column(title, name, units, right=True)


def _moment(title: str, name: str) -> Column:
    return _column(title, name, moment)


def _reason(title: str = "Reason", name: str = "reason") -> Column:
    return _column(title, name, wraps=True)


def _side(index: int, title: str, name: str, show: Callable[[Any], str]) -> Column:
    return Column(title, lambda pair: show(getattr(pair[index], name, None)), right=True)


def _available(capabilities: Mapping[Any, Any]) -> str:
    """How many of the declared capabilities can be used; `--json` lists them all."""
    usable = sum(str(support) in ("full", "partial") for support in capabilities.values())
    return f"{usable} of {len(capabilities)}" if capabilities else ABSENT


#: The instrument as every command takes it: NSE:SBIN.
_INSTRUMENT = Column("Instrument", lambda row: word(f"{row.exchange}:{row.symbol}"))

BROKERS = (
    _column("Broker", "name"),
    _column("Package", "distribution"),
    _column("Version", "version"),
    _column("State", "state"),
    Column("Capabilities", lambda row: _available(row.capabilities or {})),
    Column(
        "What is wrong, and what to do",
        lambda row: " ".join(filter(None, (row.cause, row.remedy))),
        wraps=True,
    ),
)
INSTRUMENTS = (
    _INSTRUMENT,
    _column("Kind", "kind"),
    _column("Name", "name"),
    _column("Expiry", "expiry", moment),
    _price("Strike", "strike"),
    _units("Lot", "lot_size"),
    _column("Tick", "tick_size", right=True),
)
INSTRUMENT = (
    *INSTRUMENTS,
    _units("Freeze quantity", "freeze_quantity"),
    _column("Multiplier", "multiplier"),
    _column("Broker's symbol", "broker_symbol"),
    _column("Broker's exchange", "broker_exchange"),
    _column("Broker's token", "token"),
)
QUOTES = (
    _INSTRUMENT,
    _price("LTP", "ltp"),
    _price("Open", "open"),
    _price("High", "high"),
    _price("Low", "low"),
    _price("Prev close", "prev_close"),
    _units("Volume", "volume"),
    _price("Bid", "bid"),
    _price("Ask", "ask"),
    _units("OI", "oi"),
    _moment("Time", "time"),
)
DEPTH = (
    _INSTRUMENT,
    _price("LTP", "ltp"),
    _units("Total bid quantity", "total_buy_quantity"),
    _units("Total ask quantity", "total_sell_quantity"),
    _moment("Time", "time"),
)
#: A row is a pair of a bid and an ask, either of which may be missing.
LEVELS = (
    _side(0, "Orders", "orders", units),
    _side(0, "Quantity", "quantity", units),
    _side(0, "Bid", "price", price),
    _side(1, "Ask", "price", price),
    _side(1, "Quantity", "quantity", units),
    _side(1, "Orders", "orders", units),
)
CANDLES = (
    _moment("Time", "time"),
    _price("Open", "open"),
    _price("High", "high"),
    _price("Low", "low"),
    _price("Close", "close"),
    _units("Volume", "volume"),
    _units("OI", "oi"),
)
CANCELS = (_column("Order", "order_id"), _column("Status", "status"), _reason())
ORDERS = (
    _column("Time", "time", time_of_day),
    _column("Order", "order_id"),
    _INSTRUMENT,
    _column("Action", "action"),
    _units("Quantity", "quantity"),
    _units("Filled", "filled_quantity"),
    _column("Type", "price_type"),
    _price("Price", "price"),
    _price("Trigger", "trigger_price"),
    _price("Average", "average_price"),
    _column("Product", "product"),
    _column("Status", "status"),
    _reason(),
)
ORDER = (*ORDERS, _column("Validity", "validity"), _column("Own id", "client_order_id"))
TRADES = (
    _column("Time", "time", time_of_day),
    _column("Trade", "trade_id"),
    _column("Order", "order_id"),
    _INSTRUMENT,
    _column("Action", "action"),
    _units("Quantity", "quantity"),
    _price("Price", "price"),
    _column("Product", "product"),
)
HOLDINGS = (
    _INSTRUMENT,
    _units("Quantity", "quantity"),
    _price("Average", "average_price"),
    _price("LTP", "ltp"),
    _money("P&L", "pnl", signed=True),
)
POSITIONS = (HOLDINGS[0], _column("Product", "product"), *HOLDINGS[1:])
FUNDS = (
    _money("Available cash", "available_cash"),
    _money("Used margin", "used_margin"),
    _money("Collateral", "collateral"),
    _money("Realised P&L", "realised_pnl", signed=True),
    _money("Unrealised P&L", "unrealised_pnl", signed=True),
)
MARGIN = (_money("Required margin", "required_margin"), _money("Available cash", "available_cash"))
JOURNAL = (
    _moment("Intended", "created_at"),
    _column("Kind", "kind"),
    _column("State", "state"),
    _column("Broker", "broker"),
    _column("Profile", "profile"),
    _INSTRUMENT,
    _column("Action", "action"),
    _units("Quantity", "quantity"),
    _price("Price", "price"),
    _column("Order", "order_id"),
    _column("Own id", "client_order_id"),
    _reason(),
)
SETTLEMENTS = (
    _column("Own id", "client_order_id"),
    _column("Before", "before"),
    _column("After", "after"),
    _column("Order", "order_id"),
    _reason(),
)
