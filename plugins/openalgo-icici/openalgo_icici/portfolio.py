"""What an account holds: positions, holdings, funds, margin."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from openalgo_core import errors
from openalgo_core.answers import price, profit_and_loss, record_of, rows_of, text_of
from openalgo_core.models import Funds, Holding, Margin, Position
from openalgo_core.numbers import decimal_text, money, optional_money, units
from openalgo_core.symbols import MONTHS

from . import quote, tables, wire
from .contract import Contract

if TYPE_CHECKING:
    from openalgo_core.models import Account, Instrument, OrderRequest

__all__ = ["funds", "holdings", "margin", "positions"]


def positions(account: Account) -> list[Position]:
    """Net positions of all segments. What was closed today has its result in another list."""
    rows = rows_of(wire.read(account, "portfoliopositions"))
    closed = any(_signed_quantity(row) == 0 for row in rows)
    results = _realised(account) if closed else {}
    return [_position(account, row, results) for row in rows]


def holdings(account: Account) -> list[Holding]:
    """Shares held: quantities of the demat account, prices of the portfolio, joined by the stock code."""
    demat = {text_of(row, "stock_code").upper(): row for row in rows_of(wire.read(account, "dematholdings"))}
    rows = _portfolio(account, "NSE")
    if demat.keys() - rows.keys():  # listed on BSE only
        rows = _portfolio(account, "BSE") | rows
    return [_holding(account, code, rows.get(code, {}), demat.get(code, {})) for code in rows | demat]


def funds(account: Account) -> Funds:
    """Money, as far as it is allocated to a segment: what lies in the bank account cannot be traded with.

    Profit and loss are summed from the positions: `None` where those cannot be read.
    """
    data = record_of(wire.read(account, "funds"), "funds")
    allocated, blocked = _sum_of(data, "allocated_"), _sum_of(data, "block_by_trade_")
    realised, unrealised = profit_and_loss(lambda: positions(account))
    return Funds(
        available_cash=allocated - blocked,
        used_margin=optional_money(data.get("block_by_trade_balance")),
        collateral=Decimal(0),
        realised_pnl=realised,
        unrealised_pnl=unrealised,
    )


def margin(account: Account, order: OrderRequest, instrument: Instrument) -> Margin:
    """What the order would block, by ICICI Direct's SPAN calculator. Raises `NotSupported` for shares."""
    contract = Contract.of(instrument)
    if not contract.is_derivative:
        raise errors.NotSupported(
            "ICICI Direct calculates margins for futures and options only.",
            hint="Delivery needs price times quantity in full.",
            broker="icici",
        )
    limit = order.price if order.price is not None else quote.last_price(account, instrument)
    expiry = date.fromisoformat(contract.expiry)
    position = {
        "strike_price": contract.strike,
        "quantity": str(order.quantity),
        "right": contract.right,
        "product": contract.product,
        "action": tables.ACTIONS[order.action],
        "price": decimal_text(limit),
        "expiry_date": f"{expiry:%d}-{MONTHS[expiry.month - 1].title()}-{expiry:%Y}",
        "stock_code": contract.stock_code,
        "cover_order_flow": "N",
        "fresh_order_type": "N",
        "cover_limit_rate": "0",
        "cover_sltp_price": "0",
        "fresh_limit_rate": "0",
        "open_quantity": "0",
    }
    body = {"list_of_positions": [position], "exchange_code": instrument.broker_exchange}
    data = record_of(wire.read(account, "margincalculator", body, method="POST"), "margin")
    span, exposure = money(data.get("span_margin_required")), money(data.get("non_span_margin_required"))
    return Margin(span + exposure, None, {"span": span, "exposure": exposure})


def _signed_quantity(row: Mapping[str, Any]) -> int:
    """The quantity has no sign; buy or sell has. `NA` is flat."""
    quantity = abs(units(row.get("quantity")))
    return quantity * wire.action(row.get("action")).sign if quantity else 0


def _position(account: Account, row: Mapping[str, Any], results: Mapping[tuple[str, str], Decimal]) -> Position:
    symbol, exchange = wire.listing(account, row)
    quantity, average, ltp = _signed_quantity(row), price(row.get("average_price")), price(row.get("ltp"))
    pnl = results.get(_contract_key(row))
    if quantity:
        pnl = None if average is None or ltp is None else (ltp - average) * quantity
    product = tables.PRODUCT_OF.get(text_of(row, "product_type").lower())
    return Position(symbol, exchange, product, quantity, average, ltp, pnl)


def _realised(account: Account) -> dict[tuple[str, str], Decimal]:
    """Today's results of futures and options that were closed; empty where they cannot be read."""
    try:
        rows = rows_of(wire.read(account, "portfolioholdings", {"exchange_code": "NFO", **wire.today(account)}))
    except errors.OpenAlgoError:  # the positions were read; a result that is missing is shown as such
        return {}
    results = {_contract_key(row): optional_money(row.get("realized_profit")) for row in rows}
    return {key: result for key, result in results.items() if result is not None}


def _contract_key(row: Mapping[str, Any]) -> tuple[str, str]:
    return text_of(row, "exchange_code").upper(), Contract.of_row(row).text


def _portfolio(account: Account, exchange_code: str) -> dict[str, Mapping[str, Any]]:
    rows = rows_of(wire.read(account, "portfolioholdings", {"exchange_code": exchange_code}))
    return {text_of(row, "stock_code").upper(): row for row in rows}


def _holding(account: Account, code: str, row: Mapping[str, Any], demat: Mapping[str, Any]) -> Holding:
    """On NSE where NSE lists it: a stock code means the same company on both exchanges."""
    contract, lookup = Contract(code).text, account.instruments
    found = lookup.by_broker_symbol("NSE", contract) or lookup.by_broker_symbol("BSE", contract)
    symbol, exchange = (found.symbol, found.exchange) if found else (contract, tables.EXCHANGE_OF["NSE"])
    quantity = units(demat.get("quantity", row.get("quantity")))
    average, ltp = price(row.get("average_price")), price(row.get("current_market_price"))
    pnl = None if average is None or ltp is None else (ltp - average) * quantity
    return Holding(symbol, exchange, quantity, average, ltp, pnl)


def _sum_of(data: Mapping[str, Any], prefix: str) -> Decimal:
    """The sum over the four segments; each of them must be there."""
    return sum((money(data.get(prefix + name)) for name in ("equity", "fno", "commodity", "currency")), Decimal(0))
