"""Positions, holdings, funds and limits."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from openalgo_core.exchange import BookFunds, BookHolding, BookPosition
from openalgo_core.numbers import decimal_text

from .books import contract_facts
from .desk import Call, Desk, number
from .fields import Fields, optional, text, word
from .master import Listing

__all__ = ["HOLDINGS", "LIMITS", "demat", "funds", "holdings", "limits", "positions"]

HOLDINGS: Final[Fields] = {
    "exchange_code": text("Exchange-Code"),
    **{name: optional(text(name)) for name in ("from_date", "to_date", "stock_code", "portfolio_type")},
}
LIMITS: Final[Fields] = {"exchange_code": word("Exchange-Code", "nse", "bse", "nfo", "bfo")}

#: Money at the bank that was never moved to a segment: it is there, and nobody can trade with it.
_UNALLOCATED: Final = Decimal(20000)
_POSITION_NULLS: Final = (
    "settlement_id", "margin_amount", "stoploss", "take_profit", "available_margin", "squareoff_mode",
    "mtf_sell_quantity", "mtf_net_amount_payable", "mtf_expiry_date", "cover_order_flow",
    "cover_order_executed_quantity", "pledge_status", "pnl", "order_segment_code",
)  # fmt: skip


def positions(desk: Desk, call: Call) -> list[dict[str, Any]]:
    """Of all exchanges, those closed today included. The quantity has no sign: the action has it."""
    return [_position_row(desk, position) for position in desk.books(call).positions()]


def holdings(desk: Desk, call: Call) -> list[dict[str, Any]]:
    """Shares with what they cost; for derivatives, profits and losses of the day's positions instead."""
    segment, code = call.body.text("exchange_code"), call.body.text("stock_code")
    books = desk.books(call)
    rows = (
        [_holding_row(desk, holding) for holding in books.holdings()]
        if segment in ("NSE", "BSE")
        else [_profit_row(desk.master.of(position.contract), position) for position in books.positions()]
    )
    return [row for row in rows if row["exchange_code"] == segment and code in ("", row["stock_code"])]


def demat(desk: Desk, call: Call) -> list[dict[str, Any]]:
    """Quantities without prices or exchange."""
    quantities: dict[str, int] = {}
    numbers: dict[str, str] = {}
    for holding in desk.books(call).holdings():
        listing = desk.master.of(holding.contract)
        quantities[listing.code] = quantities.get(listing.code, 0) + holding.quantity
        numbers[listing.code] = listing.isin
    return [
        {
            "stock_code": code,
            "stock_ISIN": numbers[code],
            "quantity": str(quantity),
            "demat_total_bulk_quantity": str(quantity),
            "demat_avail_quantity": "0",
            "blocked_quantity": "0",
            "demat_allocated_quantity": str(quantity),
        }
        for code, quantity in quantities.items()
    ]


def funds(desk: Desk, call: Call) -> dict[str, Any]:
    """Half of the money is allocated to shares, half to derivatives; types are mixed as they are live.

    The exchange keeps one purse, so that the sum of what is allocated less the sum of what is blocked is free to trade.
    """
    money = desk.books(call).funds()
    equity, derivatives = _allocated(money)
    return {
        "bank_account": "123456789012",
        "total_bank_balance": number(equity + derivatives + _UNALLOCATED),
        "allocated_equity": number(equity),
        "allocated_fno": number(derivatives),
        "allocated_commodity": 0.0,
        "allocated_currency": 0.0,
        "block_by_trade_equity": 0.0,
        "block_by_trade_fno": number(money.used_margin),
        "block_by_trade_commodity": 0.0,
        "block_by_trade_currency": 0.0,
        "block_by_trade_balance": number(money.used_margin) or 0,
        "unallocated_balance": str(_UNALLOCATED),
    }


def limits(desk: Desk, call: Call) -> dict[str, Any]:
    """What may be traded with on one exchange."""
    money = desk.books(call).funds()
    equity, derivatives = _allocated(money)
    cash = call.body.word("exchange_code") in ("nse", "bse")
    allocated, blocked = (equity, Decimal(0)) if cash else (derivatives, money.used_margin)
    return {
        "limit_list": [],
        "cash_limit": number(allocated - blocked),
        "amount_allocated": number(allocated),
        "block_by_trade": number(blocked),
        "isec_margin": 0.0,
    }


def _allocated(money: BookFunds) -> tuple[Decimal, Decimal]:
    """To shares and to derivatives, in paise."""
    total = money.available_cash + money.used_margin
    half = (total / 2).quantize(Decimal("0.01"))
    return half, total - half


def _position_row(desk: Desk, position: BookPosition) -> dict[str, Any]:
    listing = desk.master.of(position.contract)
    action = "Buy" if position.quantity > 0 else "Sell" if position.quantity < 0 else "NA"
    return {
        "segment": "equity" if listing.is_cash else "fno",
        "product_type": listing.product,
        "exchange_code": listing.segment,
        "stock_code": listing.code,
        **_contract_texts(listing),
        "action": action,
        "quantity": str(abs(position.quantity)),
        "average_price": f"{position.average_price:.2f}",
        "ltp": f"{position.ltp or 0:.2f}",
        # Neither the average nor the last price; what it is live is not documented.
        "price": f"{desk.exchange.snapshot(position.contract).prev_close:.2f}",
        "stock_index_indicator": "Index" if listing.on_index else "Stock",
        "cover_quantity": "0",
        "stoploss_trigger": "0",
        "order_id": "",
        "underlying": listing.code,
        **dict.fromkeys(_POSITION_NULLS),
    }


def _holding_row(desk: Desk, holding: BookHolding) -> dict[str, Any]:
    listing = desk.master.of(holding.contract)
    snapshot = desk.exchange.snapshot(holding.contract)
    change = (snapshot.ltp / snapshot.prev_close - 1) * 100
    return _portfolio_row(listing) | {
        "quantity": str(holding.quantity),
        "average_price": f"{holding.average_price:.2f}",
        "booked_profit_loss": "0",
        "current_market_price": f"{snapshot.ltp:.2f}",
        "change_percentage": f"{change:.2f}",
        "answer_flag": "N",
    }


def _profit_row(listing: Listing, position: BookPosition) -> dict[str, Any]:
    side = "Buy" if position.quantity > 0 else "Sell" if position.quantity < 0 else "NA"
    return (
        _portfolio_row(listing)
        | _contract_texts(listing)
        | {
            "product_type": listing.product,
            "quantity": str(abs(position.quantity)),
            "action": side,
            "category_index_per_stock": "I" if listing.on_index else "S",
            "realized_profit": f"{position.realised_pnl:.2f}",
            "unrealized_profit": f"{position.unrealised_pnl or 0:.2f}",
            "portfolio_charges": "0.00",
        }
    )


def _portfolio_row(listing: Listing) -> dict[str, Any]:
    """Every key of a row, most of them null."""
    keys = (
        "quantity", "average_price", "booked_profit_loss", "current_market_price", "change_percentage", "answer_flag",
        "product_type", "expiry_date", "strike_price", "right", "category_index_per_stock", "action",
        "realized_profit", "unrealized_profit", "open_position_value", "portfolio_charges",
    )  # fmt: skip
    return {"stock_code": listing.code, "exchange_code": listing.segment, **dict.fromkeys(keys)}


def _contract_texts(listing: Listing) -> dict[str, Any]:
    """As `contract_facts`, but the strike is text here and null for a share."""
    strike = None if listing.is_cash else decimal_text(listing.contract.strike or Decimal(0))
    return contract_facts(listing) | {"strike_price": strike}
