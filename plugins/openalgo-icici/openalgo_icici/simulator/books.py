"""The order book and the trade book: one exchange at a time, in the types that Breeze's samples show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from openalgo_core.exchange import BookOrder, ExchangeAccount, Fill
from openalgo_core.models import Action, OrderStatus, PriceType, Validity
from openalgo_core.numbers import decimal_text

from .dates import day_text, moment_text
from .desk import Call, Desk
from .envelopes import Refusal, refusal
from .fields import Body, Fields, optional, text, word
from .master import Listing

__all__ = [
    "DETAIL",
    "ORDERS",
    "TRADES",
    "contract_facts",
    "find",
    "order_detail",
    "order_id_of",
    "orders",
    "trade_detail",
    "trades",
]

_LISTED: Final[Fields] = {"exchange_code": text("Exchange-Code")}
ORDERS: Final[Fields] = {**_LISTED, "from_date": text("From-Date"), "to_date": text("To-Date")}
DETAIL: Final[Fields] = {**_LISTED, "order_id": text("Order-Id")}
TRADES: Final[Fields] = {
    **_LISTED,
    "from_date": optional(text("From-Date")),
    "to_date": optional(text("To-Date")),
    "product_type": optional(text("Product")),
    "action": optional(word("Action", "buy", "sell")),
    "stock_code": optional(text("Stock-Code")),
}

_ORDER_TYPES: Final = {
    PriceType.LIMIT: "Limit",
    PriceType.SL: "StopLoss",
    PriceType.MARKET: "Market",  # the exchange's own orders, when a contract expires
}
_VALIDITIES: Final = {Validity.DAY: "Day", Validity.IOC: "IoC"}
_STATUSES: Final = {
    OrderStatus.OPEN: "Ordered",
    OrderStatus.TRIGGER_PENDING: "Ordered",
    OrderStatus.COMPLETE: "Executed",
    OrderStatus.REJECTED: "Rejected",
    OrderStatus.CANCELLED: "Cancelled",
}
_LONGEST_RANGE: Final = timedelta(days=10)
#: Keys of an order that are null whatever happens.
_NEVER: Final = (
    "modification_number", "exchange_acknowledgement_date", "SLTP_price", "exchange_acknowledge_number",
    "initial_limit", "intial_sltp", "LTP", "limit_offset", "mbc_flag", "cutoff_price",
)  # fmt: skip


def order_id_of(desk: Desk, order: BookOrder | Fill) -> str:
    """`20260730N300001234` for a share, `202607303800001234` for a derivative: NFO and BFO look alike."""
    pipe = {"NSE": "N3", "BSE": "B3"}.get(desk.master.of(order.contract).segment, "38")
    return f"20{order.order_id[:6]}{pipe}{order.order_id[6:].zfill(8)}"


def find(desk: Desk, books: ExchangeAccount, body: Body) -> BookOrder:
    """Today's order of that exchange and id. Raises `Refusal`."""
    for order in _on(desk, body.text("exchange_code"), books.orders()):
        if order_id_of(desk, order) == body.text("order_id"):
            return order
    raise refusal("no-data")


def orders(desk: Desk, call: Call) -> list[dict[str, Any]]:
    """Those of one exchange, of the days asked for; only the day of a date counts."""
    first, last = _range(call.body)
    if last - first > _LONGEST_RANGE:
        raise Refusal("The difference between From-Date and To-Date should not be more than 10 days")
    found = _on(desk, call.body.text("exchange_code"), desk.books(call).orders())
    return [_order_row(desk, order) for order in found if first <= order.placed_at.date() <= last]


def order_detail(desk: Desk, call: Call) -> list[dict[str, Any]]:
    """A list of one. Raises `Refusal`."""
    return [_order_row(desk, find(desk, desk.books(call), call.body))]


def trades(desk: Desk, call: Call) -> list[dict[str, Any]]:
    """A row for each order that traded, without a time."""
    books, body = desk.books(call), call.body
    first, last = _range(body)
    fills = defaultdict(list)
    for fill in books.trades():
        if first <= fill.at.date() <= last:
            fills[fill.order_id].append(fill)
    traded = [order for order in _on(desk, body.text("exchange_code"), books.orders()) if order.order_id in fills]
    rows = [_trade_row(desk, order, fills[order.order_id]) for order in traded]
    wanted = {name: body.word(name) for name in ("product_type", "action", "stock_code") if body.text(name)}
    return [row for row in rows if all(row[name].lower() == value for name, value in wanted.items())]


def trade_detail(desk: Desk, call: Call) -> list[dict[str, Any]]:
    """The fills of one order. Raises `Refusal`."""
    books = desk.books(call)
    order = find(desk, books, call.body)
    return [_fill_row(desk, fill) for fill in books.trades() if fill.order_id == order.order_id]


def contract_facts(listing: Listing) -> dict[str, Any]:
    """Expiry, right and strike as order and quote rows have them, the strike a JSON number."""
    contract = listing.contract
    return {
        "expiry_date": day_text(contract.expiry) if contract.expiry else None,
        "right": listing.right,
        "strike_price": float(contract.strike or 0),
    }


def _on(desk: Desk, segment: str, found: Iterable[BookOrder]) -> list[BookOrder]:
    return [order for order in found if desk.master.of(order.contract).segment == segment]


def _range(body: Body) -> tuple[date, date]:
    """The days asked for; a trade list may leave them open."""
    return body.day("from_date") or date.min, body.day("to_date") or date.max


def _order_row(desk: Desk, order: BookOrder) -> dict[str, Any]:
    listing = desk.master.of(order.contract)
    cash = listing.is_cash
    left = order.quantity - order.filled_quantity
    waits = order.status is OrderStatus.PENDING
    acknowledged = not waits and order.status is not OrderStatus.REJECTED
    nothing = "0.00" if cash else "0"
    return {
        "order_id": order_id_of(desk, order),
        "exchange_order_id": order.exchange_order_id if acknowledged else None,
        "exchange_code": listing.segment,
        "stock_code": listing.code,
        "product_type": order.wire.get("product", listing.product),
        "action": order.action.title(),
        "order_type": _ORDER_TYPES[order.price_type],
        "stoploss": nothing if order.trigger_price is None else f"{order.trigger_price:.2f}",
        "quantity": str(order.quantity),
        "price": f"{order.price or 0:.2f}",
        "validity": _VALIDITIES[order.validity],
        "disclosed_quantity": str(order.disclosed_quantity),
        **contract_facts(listing),
        "average_price": "0" if order.average_price is None else f"{order.average_price:.2f}",
        "cancelled_quantity": str(left if order.status is OrderStatus.CANCELLED else 0),
        # Live it is not zeroed when an order is withdrawn, and is 0 while it is on its way.
        "pending_quantity": str(0 if waits else left),
        "status": _status(order),
        "user_remark": "" if cash else None,
        "order_datetime": moment_text(order.placed_at, seconds=not cash),
        "parent_order_id": None if cash else "",
        **dict.fromkeys(_NEVER),
        "validity_date": "" if cash else None,
    }


def _status(order: BookOrder) -> str:
    """There is no status of a stop order that waits, and none that tells why an order was refused."""
    if order.status is OrderStatus.PENDING:
        return order.reason or "Requested"
    if order.status is OrderStatus.CANCELLED:
        # The exchange says why it withdrew an order; a customer who does gives no reason.
        end = "Expired" if order.reason else "Cancelled"
        return f"Partially Executed And {end}" if order.filled_quantity else end
    if order.status is OrderStatus.OPEN and order.filled_quantity:
        return "Partially Executed"
    return _STATUSES[order.status]


def _trade_row(desk: Desk, order: BookOrder, fills: list[Fill]) -> dict[str, Any]:
    listing = desk.master.of(order.contract)
    quantity = sum(fill.quantity for fill in fills)
    value = sum((fill.quantity * fill.price for fill in fills), Decimal(0))
    strike = order.contract.strike
    return {
        "book_type": "Trade-Book",
        "trade_date": day_text(fills[0].at),
        "stock_code": listing.code,
        "action": order.action.title(),
        "quantity": str(quantity),
        "average_cost": f"{value / quantity:.2f}",
        "brokerage_amount": "0.00",
        "product_type": order.wire.get("product", listing.product),
        "exchange_code": listing.segment,
        "order_id": order_id_of(desk, order),
        "segment": "N",
        "settlement_code": "2026143",
        "dp_id": "IN300000",
        "client_id": "12345678",
        "ltp": f"{desk.exchange.snapshot(order.contract).ltp:.2f}",
        "eatm_withheld_amount": "0.00",
        "cash_withheld_amount": "0.00",
        "total_taxes": "0.00",
        "order_type": _ORDER_TYPES[order.price_type],
        **contract_facts(listing),
        "strike_price": None if listing.is_cash else decimal_text(strike or Decimal(0)),
    }


def _fill_row(desk: Desk, fill: Fill) -> dict[str, Any]:
    listing = desk.master.of(fill.contract)
    nothing = dict.fromkeys(
        ("total_transaction_cost", "brokerage_amount", "taxes", "eatm_withheld_amount", "cash_withheld_amount"), "0"
    )
    return {
        "settlement_id": "2026143",
        "exchange_trade_id": fill.trade_id,
        "executed_quantity": str(fill.quantity),
        "action": "B" if fill.action is Action.BUY else "S",
        **nothing,
        "execution_price": decimal_text(fill.price),
        "stock_code": listing.code,
        "exchange_code": listing.segment,
        "trade_id": f"2026/1234/{fill.trade_id}",
        "exchange_trade_time": moment_text(fill.at),
    }
