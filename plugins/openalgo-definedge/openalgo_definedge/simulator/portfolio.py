"""Positions, holdings and funds."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from openalgo_core.exchange import BookHolding, BookOrder, BookPosition, ExchangeAccount
from openalgo_core.models import Action, Product

from .books import facts_of
from .desk import Call, Desk
from .envelopes import error, success
from .master import Listing

__all__ = ["holdings", "limits", "positions"]

_PRODUCTS: Final = {Product.CNC: "CNC", Product.MIS: "INTRADAY", Product.NRML: "NORMAL"}


def positions(desk: Desk, call: Call) -> dict[str, Any]:
    """Net positions, those closed today included. None is an error."""
    books = desk.books(call)
    held = books.positions()
    if not held:
        raise error("No Positions Found")
    orders = _living(books)
    return success(positions=[_position_row(desk.master.of(one.contract), one, orders) for one in held])


def holdings(desk: Desk, call: Call) -> dict[str, Any]:
    """One row for each share, wherever it is listed; no prices of today. None is an error."""
    books = desk.books(call)
    by_isin: dict[str, list[BookHolding]] = {}
    for holding in books.holdings():
        by_isin.setdefault(desk.master.of(holding.contract).row.isin, []).append(holding)
    if not by_isin:
        raise error("No Holdings Found")
    orders = _living(books)
    delivered = [position for position in books.positions() if position.product is Product.CNC]
    rows = []
    for isin, held in by_isin.items():
        sold = [position for position in delivered if desk.master.of(position.contract).row.isin == isin]
        rows.append(_holding_row(desk.master.of_isin(isin), held, orders, sold))
    return success(data=rows)


def limits(desk: Desk, call: Call) -> dict[str, str]:
    """Money in an envelope of its own: `status` is the text 200, as live.

    `cash` is that of the ledger, margin not yet taken off. Most keys are there only if they say something. The two
    figures of profit and loss have the sign that was seen live, which is the wrong one.
    """
    money = desk.books(call).funds()
    figures = {
        "brokerCollateralAmount": money.collateral,
        "marginUsed": money.used_margin,
        "currentRealizedPNL": -money.realised_pnl,
        "currentUnrealizedMtom": -(money.unrealised_pnl or Decimal(0)),
    }
    return {
        "status": "200",
        "cash": f"{money.available_cash + money.used_margin - money.collateral:.2f}",
        "payin": "0.00",
        "payout": "0.0",
        "unClearedCash": "0.00",
        "dayCash": "0.00",
        "turnOverLimit": "500000000.00",
        "pendordvallmt": "300000000.00",
        **{name: f"{value:.2f}" for name, value in figures.items() if value},
    }


def _living(books: ExchangeAccount) -> list[BookOrder]:
    return [order for order in books.orders() if not order.status.is_final]


def _position_row(listing: Listing, position: BookPosition, orders: list[BookOrder]) -> dict[str, str]:
    price = listing.price
    carried = position.quantity - position.buy_quantity + position.sell_quantity
    bought, sold = _average(position.buy_value, position, Action.BUY), _average(position.sell_value, position)
    average = price(position.average_price)
    return {
        "exchange": listing.row.segment,
        "tradingsymbol": listing.row.trading_symbol,
        "product_type": _PRODUCTS[position.product],
        "token": listing.row.token,
        **facts_of(listing),
        "day_buy_qty": str(position.buy_quantity),
        "day_sell_qty": str(position.sell_quantity),
        "day_buy_amt": f"{position.buy_value:.2f}",
        "day_buy_avg": price(bought),
        "day_sell_amt": f"{position.sell_value:.2f}",
        "day_sell_avg": price(sold),
        "carry_buy_qty": str(max(0, carried)),
        "carry_sell_qty": str(max(0, -carried)),
        "open_buy_quantity": str(_waiting(orders, position, position.product, Action.BUY)),
        "open_sell_quantity": str(_waiting(orders, position, position.product, Action.SELL)),
        "day_averageprice": average,
        "net_quantity": str(position.quantity),
        "net_averageprice": average,
        "upload_price": price(position.average_price if carried else None),
        "net_uploadprice": average,
        "lastPrice": price(position.ltp),
        "unrealized_pnl": f"{position.unrealised_pnl or 0:.2f}",
        # An open short position shows a negative zero, as in the documentation's sample.
        "realized_pnl": f"{position.realised_pnl or (-0.0 if position.quantity < 0 else 0.0):.2f}",
        "break_even_point": average,
        "total_buy_amt": f"{position.buy_value:.2f}",
        "total_sell_amt": f"{position.sell_value:.2f}",
        "total_sell_avg": price(sold),
    }


def _average(value: Decimal, position: BookPosition, action: Action = Action.SELL) -> Decimal:
    quantity = position.buy_quantity if action is Action.BUY else position.sell_quantity
    return value / quantity / position.contract.multiplier if quantity else Decimal(0)


def _waiting(orders: list[BookOrder], position: BookPosition | BookHolding, product: Product, action: Action) -> int:
    """Units of orders not filled yet."""
    wanted = (position.contract.key, product, action)
    return sum(
        order.quantity - order.filled_quantity
        for order in orders
        if (order.contract.key, order.product, order.action) == wanted
    )


def _holding_row(
    listings: list[Listing], held: list[BookHolding], orders: list[BookOrder], sold: list[BookPosition]
) -> dict[str, Any]:
    quantity = sum(holding.quantity for holding in held)
    paid = sum((holding.quantity * holding.average_price for holding in held), Decimal(0))
    traded = sum(position.sell_quantity for position in sold)
    waiting = sum(_waiting(orders, holding, Product.CNC, Action.SELL) for holding in held)
    return {
        "dp_qty": str(quantity),
        "t1_qty": "0",
        "holding_used": str(traded + waiting),
        "avg_buy_price": f"{paid / quantity:.2f}",
        "sell_amt": f"{sum(position.sell_value for position in sold):.6f}",
        "trade_qty": str(traded),
        "tradingsymbol": [_place(listing) for listing in listings],
    }


def _place(listing: Listing) -> dict[str, str]:
    facts = facts_of(listing)
    return {
        "exchange": listing.row.segment,
        "tradingsymbol": listing.row.trading_symbol,
        "token": listing.row.token,
        **{name: facts[name] for name in ("price_precision", "ticksize", "lotsize")},
        "isin": listing.row.isin,
    }
