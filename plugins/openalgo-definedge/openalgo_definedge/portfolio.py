"""What an account holds: positions, holdings, funds, margin."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from openalgo_core.answers import price, text_of
from openalgo_core.errors import OpenAlgoError
from openalgo_core.models import Funds, Holding, Margin, Position
from openalgo_core.numbers import money, optional_money, optional_units, units

from . import tables, wire
from .order import product_of, terms_of
from .wire import unreadable

if TYPE_CHECKING:
    from openalgo_core.models import Account, Instrument, OrderRequest

__all__ = ["funds", "holdings", "margin", "positions"]

#: What names an instrument.
_NAMES = ("exchange", "tradingsymbol", "token")


def positions(account: Account) -> list[Position]:
    """Net positions, flat ones included."""
    return [_position(account, row) for row in _position_rows(account)]


def holdings(account: Account) -> list[Holding]:
    """Shares held, those bought yesterday included. There are no prices of today: the core asks for quotes."""
    rows = wire.read_book(account, "holdings", "data")
    return [holding for holding in (_holding(account, row) for row in rows) if holding.quantity]


def funds(account: Account) -> Funds:
    """Money. `cash` is that of the ledger, margin not yet taken off; figures of 0 may be left out.

    The sign of profit and loss there is doubtful, so they are summed from the positions: `None` where those cannot be
    read.
    """
    row = wire.read(account, "limits", bare="cash")
    cash, payin, used = (optional_money(row.get(key)) for key in ("cash", "payin", "marginUsed"))
    collateral = optional_money(row.get("brokerCollateralAmount") or row.get("collateral"))
    realised, unrealised = _profit_and_loss(account)
    return Funds(
        available_cash=None if cash is None else cash + (payin or 0) + (collateral or 0) - (used or 0),
        used_margin=used,
        collateral=collateral,
        realised_pnl=realised,
        unrealised_pnl=unrealised,
    )


def margin(account: Account, order: OrderRequest, instrument: Instrument) -> Margin:
    """What the order would block, beside what is held already."""
    terms = terms_of(instrument, order.action, order.price_type, order.price, order.trigger_price, order.quantity)
    leg = terms | {"product_type": tables.PRODUCTS[order.product]}
    row = wire.read(account, "margin", {"basketlists": [leg]})
    parts = ("newTotalMarginUsed", "newMarginUsedAfterTrade")
    return Margin(
        required_margin=money(row.get("marginUsed")),
        available_cash=None,
        components={name: value for name in parts if (value := optional_money(row.get(name))) is not None},
    )


def _position_rows(account: Account) -> list[Mapping[str, Any]]:
    return wire.read_book(account, "positions", "positions")


def _position(account: Account, row: Mapping[str, Any]) -> Position:
    symbol, exchange = wire.listing(account, *(text_of(row, key) for key in _NAMES))
    realised, unrealised = (optional_money(row.get(key)) for key in ("realized_pnl", "unrealized_pnl"))
    return Position(
        symbol=symbol,
        exchange=exchange,
        product=product_of(text_of(row, "product_type"), exchange),
        quantity=units(row.get("net_quantity")),
        average_price=price(row.get("net_averageprice")),
        ltp=price(row.get("lastPrice")),
        pnl=None if realised is None or unrealised is None else realised + unrealised,
    )


def _holding(account: Account, row: Mapping[str, Any]) -> Holding:
    """`tradingsymbol` is the list of places where the share trades; NSE's is taken where there is one."""
    places = wire.rows_of(row.get("tradingsymbol"))
    if not places:
        raise unreadable("Definedge sent a holding of no instrument.")
    place = next((place for place in places if text_of(place, "exchange") == "NSE"), places[0])
    symbol, exchange = wire.listing(account, *(text_of(place, key) for key in _NAMES))
    return Holding(
        symbol=symbol,
        exchange=exchange,
        quantity=units(row.get("dp_qty")) + (optional_units(row.get("t1_qty")) or 0),
        average_price=price(row.get("avg_buy_price")),
        ltp=None,
        pnl=None,
    )


def _profit_and_loss(account: Account) -> tuple[Decimal | None, Decimal | None]:
    """Realised and unrealised; `None` for a sum with a part that the broker does not give."""
    try:
        rows = _position_rows(account)
        return _sum_of(rows, "realized_pnl"), _sum_of(rows, "unrealized_pnl")
    except OpenAlgoError:  # whatever the reason, the cash figures are still worth showing
        return None, None


def _sum_of(rows: list[Mapping[str, Any]], key: str) -> Decimal | None:
    known = [part for row in rows if (part := optional_money(row.get(key))) is not None]
    return sum(known, Decimal(0)) if len(known) == len(rows) else None
