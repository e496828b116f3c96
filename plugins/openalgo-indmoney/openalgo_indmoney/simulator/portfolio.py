"""Positions, holdings and funds."""

from __future__ import annotations

import zlib
from decimal import Decimal
from typing import Any, Final

from openalgo_core.exchange import BookHolding, BookPosition, ExchangeAccount
from openalgo_core.models import Action, InstrumentKind, Product

from .books import product_word
from .desk import Call, Desk
from .envelopes import bad_input, number, success
from .fields import Fields, choice
from .master import DERIVATIVE, Listing
from .tickets import PRODUCTS

__all__ = ["POSITIONS", "funds", "holdings", "positions"]

#: The only call whose words are small.
POSITIONS: Final[Fields] = {
    "segment": choice("equity", "derivative"),
    "product": choice("cnc", "intraday", "margin"),
}
#: Parts of a position that are never filled in.
_PARTS: Final = (
    "day_buy_qty", "day_buy_val", "day_sell_qty", "day_sell_val",
    "cf_buy_qty", "cf_buy_val", "cf_sell_qty", "cf_sell_val",
)  # fmt: skip
#: What `option_buy` shows above the cash that there is: whoever takes the largest balance has too much.
_OVERSTATED: Final = Decimal("1490.25")


def positions(desk: Desk, call: Call) -> dict[str, Any]:
    """Net positions of one segment and product, those closed today included. No last price."""
    segment, word = call.query.text("segment").upper(), call.query.text("product").upper()
    if word not in PRODUCTS[segment]:
        raise bad_input(f"product {word.lower()} is not valid for segment {segment.lower()}")
    rows = []
    for position in desk.books(call).positions():
        listing = desk.master.of(position.contract)
        if (listing.segment, position.product) == (segment, PRODUCTS[segment][word]):
            rows.append(_position_row(listing, position))
    return success(rows)


def holdings(desk: Desk, call: Call) -> dict[str, Any]:
    """Delivered shares: neither exchange nor prices of today."""
    books = desk.books(call)
    return success([_holding_row(desk, books, holding) for holding in books.holdings()])


def funds(desk: Desk, call: Call) -> dict[str, Any]:
    """Money. The balances are net of margin; nothing is charged for trading."""
    money = desk.books(call).funds()
    cash = money.available_cash
    return success(
        {
            "sod_balance": number(cash + money.used_margin - money.realised_pnl),
            "pledge_received": number(money.collateral),
            "pledge_remained": 0,
            "detailed_avl_balance": {
                "option_sell": number(cash),
                "future": number(cash),
                "option_buy": number(cash + _OVERSTATED),
                "comm_option_buy": number(cash),
                "eq_mis": number(cash),
                "eq_cnc": number(cash),
                "eq_mtf": number(cash),
            },
            "withdrawal_balance": number(cash - max(Decimal(0), money.realised_pnl)),
            "funds_added": 0,
            "funds_withdrawn": 0,
            "realized_pnl": number(money.realised_pnl),
            "unrealized_pnl": number(money.unrealised_pnl),
            "brokerage": 0,
            "eq_charges": 0,
            "fno_charges": 0,
        }
    )


def _position_row(listing: Listing, position: BookPosition) -> dict[str, Any]:
    contract = position.contract
    return {
        "position_id": str(zlib.crc32(f"{contract} {position.product}".encode())),
        "security_id": listing.security_id,
        "symbol": contract.name if listing.segment == DERIVATIVE else listing.row["TRADING_SYMBOL"],
        "segment": listing.segment,
        "product": product_word(listing, position.product),
        # Index options come without one, as live.
        "exchange": "" if listing.row["INSTRUMENT_NAME"] == "OPTIDX" else listing.exchange,
        **_contract(listing),
        "net_qty": position.quantity,
        "avg_price": number(position.average_price),
        "buy_qty": position.buy_quantity,
        "buy_avg": _average(position, Action.BUY),
        "sell_qty": position.sell_quantity,
        "sell_avg": _average(position, Action.SELL),
        "realized_profit": number(position.realised_pnl),
        **dict.fromkeys(_PARTS),
    }


def _contract(listing: Listing) -> dict[str, Any]:
    """Shares have an ISIN, options a side and a strike, and what has neither has no such keys."""
    if listing.segment != DERIVATIVE:
        return {"isin": listing.isin, "drv_instrument": "", "drv_expiry_date": ""}
    facts = {"drv_instrument": listing.row["INSTRUMENT_NAME"], "drv_expiry_date": listing.row["EXPIRY_DATE"]}
    if listing.contract.kind is InstrumentKind.FUT:
        return facts
    return facts | {
        "drv_option_type": listing.contract.kind.value,
        "drv_strike_price": number(listing.contract.strike),
    }


def _average(position: BookPosition, action: Action) -> float | int:
    bought = action is Action.BUY
    quantity = position.buy_quantity if bought else position.sell_quantity
    value = position.buy_value if bought else position.sell_value
    return number(round(value / quantity, 4)) if quantity else 0


def _holding_row(desk: Desk, books: ExchangeAccount, holding: BookHolding) -> dict[str, Any]:
    listing = desk.master.of(holding.contract)
    average = number(holding.average_price)
    return {
        "security_id": listing.security_id,
        "symbol": listing.row["TRADING_SYMBOL"],
        "isin": listing.isin,
        "total_qty": holding.quantity,
        "used_qty": _used(books, holding),
        "avg_price": average,
        "t1_qty": 0,
        "t1_avg_price": 0,
        "dp_qty": holding.quantity,
        "dp_avg_price": average,
    }


def _used(books: ExchangeAccount, holding: BookHolding) -> int:
    """Sold today or on sale."""
    key = holding.contract.key
    sold = sum(
        max(0, -position.quantity)
        for position in books.positions()
        if (position.contract.key, position.product) == (key, Product.CNC)
    )
    on_sale = sum(
        order.quantity - order.filled_quantity
        for order in books.orders()
        if (order.contract.key, order.product, order.action) == (key, Product.CNC, Action.SELL)
        and not order.status.is_final
    )
    return sold + on_sale
