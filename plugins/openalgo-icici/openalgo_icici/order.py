"""Orders and trades.

Books are kept by exchange, and an order is found under its exchange only; `refs` carries that beside the id.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from openalgo_core import errors
from openalgo_core.answers import price, rows_of, text, text_of
from openalgo_core.models import Order, OrderStatus, Placed, PriceType, Trade
from openalgo_core.numbers import decimal_text, money, optional_units, units

from . import tables, wire
from .contract import Contract

if TYPE_CHECKING:
    from collections.abc import Callable

    from openalgo_core.models import Account, Exchange, Instrument, OrderChange, OrderRequest, Product, Validity

    from .rows import OrderRow

    Find = Callable[..., tuple[str, Exchange]]

__all__ = ["book", "cancel", "modify", "place", "status", "trades"]

_REF = "exchange_code"
#: What names an instrument.
_NAMES = ("exchange_code", "stock_code", "expiry_date", "right", "strike_price")

#: An order book repeats few quantities many times.
_quantity = lru_cache(maxsize=1024)(optional_units)


# --- Writes ---


def place(account: Account, order: OrderRequest, instrument: Instrument, tag: str) -> Placed:
    """One new order. The tag goes out as its remark, which ICICI Direct does not give back."""
    exchange = instrument.broker_exchange
    if exchange not in _open_exchanges(account):
        raise errors.OrderRejected(
            f"ICICI Direct said at login that this account may not trade on {order.exchange}.",
            hint="Have the segment activated, then log in again.",
            broker="icici",
        )
    contract = Contract.of(instrument)
    body = {
        "stock_code": contract.stock_code,
        "exchange_code": exchange,
        "product": contract.product,
        "action": tables.ACTIONS[order.action],
        "order_type": tables.ORDER_TYPES[order.price_type],
        "quantity": str(order.quantity),
        "price": decimal_text(money(order.price)),
        "validity": tables.VALIDITIES[order.validity],
        "settlement_id": "",
        "order_segment_code": "",
        "lots": "",
        "user_remark": tag,
    }
    if order.trigger_price is not None:
        body["stoploss"] = decimal_text(order.trigger_price)
    if order.disclosed_quantity:
        body["disclosed_quantity"] = str(order.disclosed_quantity)
    order_id = wire.write_order(account, "POST", body | contract.fields(), change=False)
    return Placed(order_id, {_REF: exchange})


def modify(account: Account, row: Order, change: OrderChange) -> Placed:
    """Send the order as it is to be, what stays included; `quantity` is the new total."""
    price_type = change.price_type or row.price_type
    if price_type not in tables.ORDER_TYPES or row.validity is None:
        raise errors.InvalidRequest(
            f"Order {row.order_id} is of a kind that only ICICI Direct knows.",
            hint="Change it in the ICICI Direct app, or give it a limit price.",
        )
    limit, trigger = change.price or row.price, change.trigger_price or row.trigger_price
    if limit is None or (trigger is None and price_type is PriceType.SL):
        raise errors.InvalidRequest("The changed order needs a price, and an SL order a trigger price as well.")
    exchange = _exchange_of(row)
    body = {
        "order_id": row.order_id,
        "exchange_code": exchange,
        "order_type": tables.ORDER_TYPES[price_type],
        "stoploss": decimal_text(trigger) if trigger is not None and price_type is PriceType.SL else "0",
        "quantity": str(change.quantity or row.quantity),
        "price": decimal_text(limit),
        "validity": tables.VALIDITIES[row.validity],
        "disclosed_quantity": str(row.disclosed_quantity or 0),
    }
    return Placed(wire.write_order(account, "PUT", body, change=True), {_REF: exchange})


def cancel(account: Account, row: Order) -> Placed:
    """Withdraw an order. A yes means that the request was accepted; the book tells when it is done."""
    exchange = _exchange_of(row)
    body = {"exchange_code": exchange, "order_id": row.order_id}
    return Placed(wire.write_order(account, "DELETE", body, change=True), {_REF: exchange})


def _exchange_of(row: Order) -> str:
    return row.refs.get(_REF) or tables.EXCHANGES[row.exchange]


def _open_exchanges(account: Account) -> list[str]:
    """The exchanges that the account may trade on, as the login said; all four where it said nothing.

    Orders are refused on the others, so that the books of these are all the books there are.
    """
    every = ",".join(tables.EXCHANGES[exchange] for exchange in tables.ORDER_EXCHANGES)
    return [code for code in account.require_session().data.get("exchanges", every).split(",") if code]


# --- Orders and trades ---


def book(account: Account) -> list[Order]:
    """Today's orders, one request for each exchange; if one of them fails there is no book."""
    from .rows import OrderBook, OrderRow

    rows = {text(row.order_id): row for row in OrderRow.each(_of_every_exchange(account, "order", OrderBook))}
    find = _finder(account)
    return [_order(account, row, find) for row in rows.values()]


def status(account: Account, row: Order) -> Order:
    """One order, in one request instead of four. Raises `OrderNotOpen` for one that ICICI Direct does not know."""
    from .rows import OrderRow

    for found in OrderRow.each(_detail(account, "order", _exchange_of(row), row.order_id)):
        if text(found.order_id) == row.order_id:
            return _order(account, found, _finder(account))
    raise errors.OrderNotOpen(f"ICICI Direct shows no order {row.order_id}.", broker="icici")


def trades(account: Account) -> list[Trade]:
    """Today's trades. ICICI Direct sums them up by order, with the average price and no time.

    Fills one by one would cost a request for each order, of a hundred a minute.
    """
    return [_trade(account, row) for row in _of_every_exchange(account, "trades")]


def _of_every_exchange(account: Account, path: str, shape: Any = None) -> Iterator[Mapping[str, Any]]:
    for code in _open_exchanges(account):
        yield from rows_of(wire.read(account, path, {"exchange_code": code, **wire.today(account)}, shape=shape))


def _detail(account: Account, path: str, exchange_code: str, order_id: str) -> list[Mapping[str, Any]]:
    return rows_of(wire.read(account, path, {"exchange_code": exchange_code, "order_id": order_id}))


def _finder(account: Account) -> Find:
    """Looks up an instrument by the values of a row: a book names few instruments many times."""
    return cache(lambda *words: wire.listing(account, dict(zip(_NAMES, words, strict=True))))


def _order(account: Account, row: OrderRow, find: Find) -> Order:
    symbol, exchange = find(row.exchange_code, row.stock_code, row.expiry_date, row.right, row.strike_price)
    product, price_type, validity = _terms(row.product_type, row.order_type, row.validity)
    word, state, reason = _status(text(row.status))
    quantity = units(_quantity(row.quantity))
    filled = _filled(account, row, word, state, quantity)
    if word == "ordered" and price_type is PriceType.SL and filled == 0:
        state = OrderStatus.TRIGGER_PENDING
    return Order(
        order_id=_order_id(row.order_id),
        symbol=symbol,
        exchange=exchange,
        action=wire.action(row.action),
        quantity=quantity,
        filled_quantity=filled,
        price=price(row.price),
        trigger_price=price(row.stoploss),
        average_price=price(row.average_price),
        product=product,
        price_type=price_type,
        validity=validity,
        status=state or OrderStatus.PENDING,
        reason=reason,
        time=wire.moment(text(row.order_datetime)),
        disclosed_quantity=_quantity(row.disclosed_quantity),
        refs=_refs(text(row.exchange_code).upper()),
    )


@lru_cache(maxsize=64)
def _terms(product: Any, price_type: Any, validity: Any) -> tuple[Product | None, PriceType | None, Validity | None]:
    """Of what kind an order is; the orders of a book are of few kinds."""
    return (
        tables.PRODUCT_OF.get(text(product).lower()),
        tables.PRICE_TYPE_OF.get(text(price_type).lower()),
        tables.VALIDITY_OF.get(text(validity).lower()),
    )


@lru_cache(maxsize=64)
def _status(said: str) -> tuple[str, OrderStatus | None, str | None]:
    """The word in small letters, what we call it, and the word again where that says less. Unknown words are shown."""
    word = said.lower()
    state = tables.STATUSES.get(word)
    return word, state, said if state is None or word in tables.REASONED_STATUSES else None


@lru_cache(maxsize=64)
def _refs(exchange: str) -> Mapping[str, str]:
    """One mapping for all orders of an exchange."""
    return {_REF: exchange}


def _filled(account: Account, row: OrderRow, word: str, state: OrderStatus | None, quantity: int) -> int | None:
    """What was filled, of which no field speaks. The pending quantity lies once an order is final."""
    cancelled, pending = _quantity(row.cancelled_quantity) or 0, _quantity(row.pending_quantity)
    if state is None:
        return None
    if state is OrderStatus.COMPLETE:
        return quantity
    if state is OrderStatus.PENDING:
        return 0
    if state is OrderStatus.OPEN:
        return None if pending is None else max(0, quantity - pending - cancelled)
    if cancelled:
        return max(0, quantity - cancelled)
    if price(row.average_price) is not None:
        return _filled_by_trades(account, row)
    return None if word.startswith("partially") else 0


def _filled_by_trades(account: Account, row: OrderRow) -> int | None:
    """The sum of an order's fills: the last resort for a final order that says how dear it was and not how much."""
    try:
        fills = _detail(account, "trades", text(row.exchange_code), _order_id(row.order_id))
    except errors.OpenAlgoError:  # the order itself was read; one number that is missing must not cost the book
        return None
    return sum(units(fill.get("executed_quantity")) for fill in fills)


def _order_id(value: Any) -> str:
    order_id = text(value)
    if not order_id:
        raise errors.UnreadableAnswer("ICICI Direct sent an order without an id.", broker="icici")
    return order_id


def _trade(account: Account, row: Mapping[str, Any]) -> Trade:
    symbol, exchange = wire.listing(account, row)
    return Trade(
        trade_id=None,
        order_id=_order_id(row.get("order_id")),
        symbol=symbol,
        exchange=exchange,
        action=wire.action(row.get("action")),
        quantity=units(row.get("quantity")),
        price=money(row.get("average_cost")),
        product=tables.PRODUCT_OF.get(text_of(row, "product_type").lower()),
        time=None,
    )
