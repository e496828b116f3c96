"""What an account holds: positions, holdings, funds, margin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from openalgo_core.answers import price, profit_and_loss, record_of, rows_of, text_of
from openalgo_core.models import Funds, Holding, Margin, Position, Product
from openalgo_core.numbers import money, optional_money, units

from . import tables, wire

if TYPE_CHECKING:
    from openalgo_core.models import Account, Exchange, Instrument, OrderRequest

__all__ = ["funds", "holdings", "margin", "positions"]


def positions(account: Account) -> list[Position]:
    """Net positions; every number is a text, sometimes with a space after its minus sign."""
    return [_position(account, row) for row in rows_of(wire.read(account, "order/v1/getPosition", "positions"))]


def holdings(account: Account) -> list[Holding]:
    """Shares held, those bought yesterday included."""
    data = wire.read(account, "portfolio/v1/getAllHolding", "holdings")
    rows = rows_of(data.get("holdings", data) if isinstance(data, Mapping) else data)
    return [_holding(account, row) for row in rows]


def funds(account: Account) -> Funds:
    """Money, by formulas that OpenAlgo verified on a live account; Angel One's own field names mislead.

    `availablecash` there is a net margin that includes collateral, and its two m2m fields always read 0.00, so profit
    and loss are summed from the positions: `None` where those cannot be read.
    """
    data = record_of(wire.read(account, "user/v1/getRMS", "funds"), "funds")
    net, payout, debits = (
        optional_money(data.get(key)) for key in ("availablecash", "utilisedpayout", "utiliseddebits")
    )
    realised, unrealised = profit_and_loss(lambda: positions(account))
    return Funds(
        # A null debit is how Angel One writes "unused"; without the payout figure, though, nothing can be told.
        available_cash=None if payout is None else payout + (debits or 0),
        used_margin=debits,
        collateral=None if net is None or payout is None else net - payout,
        realised_pnl=realised,
        unrealised_pnl=unrealised,
    )


def margin(account: Account, order: OrderRequest, instrument: Instrument) -> Margin:
    """What the order would block, by Angel One's calculator."""
    position = {
        "exchange": instrument.broker_exchange,
        "qty": order.quantity,
        "price": order.price or 0,
        "productType": tables.PRODUCTS[order.product],
        "token": instrument.token,
        "tradeType": order.action.value,
        "orderType": tables.ORDER_TYPES[order.price_type],
    }
    data = record_of(wire.read(account, "margin/v1/batch", "margin", {"positions": [position]}), "margin")
    parts = data.get("marginComponents") or {}
    return Margin(
        required_margin=money(data.get("totalMarginRequired")),
        available_cash=None,
        components={name: money(part) for name, part in parts.items() if part is not None},
    )


def _position(account: Account, row: Mapping[str, Any]) -> Position:
    symbol, exchange, product = _held(account, row, "producttype")
    return Position(
        symbol=symbol,
        exchange=exchange,
        product=product,
        quantity=units(row.get("netqty")),
        average_price=price(row.get("avgnetprice")),
        ltp=price(row.get("ltp")),
        pnl=optional_money(row.get("pnl")),
    )


def _holding(account: Account, row: Mapping[str, Any]) -> Holding:
    symbol, exchange, _ = _held(account, row, "product")
    return Holding(
        symbol=symbol,
        exchange=exchange,
        quantity=units(row.get("quantity")),
        average_price=price(row.get("averageprice")),
        ltp=price(row.get("ltp")),
        pnl=optional_money(row.get("profitandloss")),
    )


def _held(account: Account, row: Mapping[str, Any], product_key: str) -> tuple[str, Exchange, Product | None]:
    symbol, exchange = wire.listing(
        account, text_of(row, "exchange"), text_of(row, "tradingsymbol"), text_of(row, "symboltoken")
    )
    return symbol, exchange, tables.PRODUCT_OF.get(text_of(row, product_key))
