"""What an account holds: positions, holdings, funds, margin.

Rows give no prices of today. For positions they are fetched here, because only here the realised part of a profit is
at hand; for holdings the core asks for quotes. Older answers used other names for the same things, which are read too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from openalgo_core.answers import price, record_of, rows_of, text_of
from openalgo_core.errors import OpenAlgoError
from openalgo_core.models import Exchange, Funds, Holding, Margin, Position, Product
from openalgo_core.numbers import decimal_text, money, optional_money, units
from openalgo_core.symbols import expiry_text

from . import quote, tables, wire
from .wire import unreadable

if TYPE_CHECKING:
    from openalgo_core.models import Account, Instrument, OrderRequest

__all__ = ["funds", "holdings", "margin", "positions"]

#: In this order what may be spent; `option_buy` beside them overstates it.
_CASH_KEYS = ("eq_cnc", "eq_mis", "eq_mtf")
_MARGIN_PARTS = ("span_margin", "exposure_margin", "var_margin", "delivery_margin", "hedge_benefit", "brokerage")


class _Held(NamedTuple):
    """Where a row is listed, with the instrument where the local master knows it."""

    symbol: str
    exchange: Exchange
    instrument: Instrument | None


# --- Positions ---


def positions(account: Account) -> list[Position]:
    """Net positions from the four queries that together are all, those closed today included."""
    rows = _position_rows(account)
    held = [_position_listing(account, row) for _, row in rows]
    prices = _last_prices(account, held)
    return [
        _position(row, product, where, prices.get((where.exchange, where.symbol)))
        for (product, row), where in zip(rows, held, strict=True)
    ]


def _position_rows(account: Account) -> list[tuple[Product, Mapping[str, Any]]]:
    found = []
    for segment, word, product in tables.POSITION_QUERIES:
        data = wire.read(account, "/portfolio/positions", "account", {"segment": segment, "product": word})
        rows = data.get("net_positions") if isinstance(data, Mapping) else data
        found += [(product, row) for row in rows_of(rows)]
    return found


def _last_prices(account: Account, held: Sequence[_Held]) -> Mapping[tuple[Exchange, str], Decimal]:
    instruments = [where.instrument for where in held if where.instrument is not None]
    try:
        return quote.last_prices(account, list(dict.fromkeys(instruments))) if instruments else {}
    except OpenAlgoError:  # whatever the reason, positions without prices are still worth showing
        return {}


def _position(row: Mapping[str, Any], product: Product, where: _Held, ltp: Decimal | None) -> Position:
    quantity = units(_first(row, "net_qty", "net_quantity"))
    average = price(_first(row, "avg_price", "average_price"))
    ltp = ltp if ltp is not None else price(row.get("last_traded_price"))
    return Position(
        symbol=where.symbol,
        exchange=where.exchange,
        product=product,
        quantity=quantity,
        average_price=average,
        ltp=ltp,
        pnl=_profit(row, quantity, average, ltp),
    )


def _profit(row: Mapping[str, Any], quantity: int, average: Decimal | None, ltp: Decimal | None) -> Decimal | None:
    """Realised and unrealised together; `None` where a part is missing, never a price of 0 in its place."""
    realised = optional_money(row.get("realized_profit"))
    if realised is None:
        return optional_money(row.get("pnl_absolute"))
    if quantity == 0:
        return realised
    return None if average is None or ltp is None else realised + (ltp - average) * quantity


def _position_listing(account: Account, row: Mapping[str, Any]) -> _Held:
    """A derivative may come without an exchange; then what is listed under its token must be the same contract."""
    segment = text_of(row, "segment")
    exchanges = wire.exchanges_of(text_of(row, "exchange") or text_of(row, "exchange_segment"), segment)
    token, contract = text_of(row, "security_id"), _contract(row)
    for one in exchanges:
        found = account.instruments.by_token(tables.PREFIXES[one], token)
        if found is not None and (len(exchanges) == 1 or contract in ("", found.symbol)):
            return _Held(found.symbol, found.exchange, found)
    symbol = contract or text_of(row, "symbol") or text_of(row, "trading_symbol")
    for one in exchanges:
        found = account.instruments.find(one, symbol)
        if found is not None:
            return _Held(found.symbol, found.exchange, found)
    if len(exchanges) != 1 or not symbol:
        raise unreadable(f"INDmoney sent a position of no known instrument: {segment}:{token} {symbol}.")
    return _Held(symbol, exchanges[0], None)


def _contract(row: Mapping[str, Any]) -> str:
    """The unified symbol that a derivative's own columns make; empty for shares and where a column is missing."""
    try:
        expiry = datetime.strptime(text_of(row, "drv_expiry_date")[:10], "%m/%d/%Y").date()
    except ValueError:
        return ""
    start = text_of(row, "symbol") + expiry_text(expiry)
    if text_of(row, "drv_instrument").startswith("FUT"):
        return f"{start}FUT"
    strike, right = optional_money(row.get("drv_strike_price")), text_of(row, "drv_option_type")
    return f"{start}{decimal_text(strike)}{right}" if strike and right else ""


def _first(row: Mapping[str, Any], *keys: str) -> Any:
    return next((row[key] for key in keys if row.get(key) is not None), None)


# --- Holdings ---


def holdings(account: Account) -> list[Holding]:
    """Shares held, those still in settlement included."""
    rows = rows_of(wire.read(account, "/portfolio/holdings", "account"))
    return [holding for holding in (_holding(account, row) for row in rows) if holding.quantity]


def _holding(account: Account, row: Mapping[str, Any]) -> Holding:
    symbol, exchange = _share(
        account, text_of(row, "security_id"), text_of(row, "symbol") or text_of(row, "trading_symbol")
    )
    return Holding(
        symbol=symbol,
        exchange=exchange,
        quantity=units(_first(row, "total_qty", "quantity")),
        average_price=price(_first(row, "avg_price", "average_price")),
        ltp=price(row.get("last_traded_price")),
        pnl=optional_money(row.get("pnl_absolute")),
    )


def _share(account: Account, token: str, symbol: str) -> tuple[str, Exchange]:
    """No exchange is given: NSE where NSE lists the token, else BSE."""
    lookup = account.instruments
    found = lookup.by_token("NSE", token) or lookup.by_token("BSE", token)
    found = found or lookup.find(Exchange.NSE, symbol) or lookup.find(Exchange.BSE, symbol)
    if found is not None:
        return found.symbol, found.exchange
    if not symbol:
        raise unreadable(f"INDmoney sent a holding of no known share: {token}.")
    return symbol, Exchange.NSE


# --- Money ---


def funds(account: Account) -> Funds:
    """Money. What may be withdrawn stands in only where nothing says what may be spent."""
    data = record_of(wire.read(account, "/funds", "account"), "funds")
    detailed = data.get("detailed_avl_balance")
    balances = detailed if isinstance(detailed, Mapping) else {}
    cash = optional_money(_first(balances, *_CASH_KEYS))
    if cash is None:
        cash = optional_money(data.get("withdrawal_balance"))
    at_start = optional_money(data.get("sod_balance"))
    return Funds(
        available_cash=cash,
        used_margin=None if cash is None or at_start is None else max(Decimal(0), at_start - cash),
        collateral=optional_money(data.get("pledge_received")),
        realised_pnl=optional_money(data.get("realized_pnl")),
        unrealised_pnl=optional_money(data.get("unrealized_pnl")),
    )


def margin(account: Account, order: OrderRequest, instrument: Instrument) -> Margin:
    """What an order would block; for a market order at the last price. Numbers go out as texts, here alone."""
    limit = order.price or order.trigger_price or quote.last_price(account, instrument)
    body = {
        "segment": tables.SEGMENTS[order.exchange],
        "txnType": order.action.value,
        "quantity": str(order.quantity),
        "price": decimal_text(limit),
        "product": tables.PRODUCTS[order.product],
        "securityID": instrument.token,
        "exchange": tables.PARENTS[order.exchange],
    }
    data = record_of(wire.read(account, "/margin", "data", body=body), "margin")
    charges = data.get("charges")
    parts = {name: data.get(name) for name in _MARGIN_PARTS}
    parts["total_charges"] = charges.get("total_charges") if isinstance(charges, Mapping) else None
    return Margin(
        required_margin=money(data.get("total_margin")),
        available_cash=None,
        components={name: money(part) for name, part in parts.items() if part is not None},
    )
