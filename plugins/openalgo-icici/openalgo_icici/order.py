"""Orders, trades, and what they lead to: positions, holdings, funds, margin.

Books are kept by exchange, and an order is found under its exchange only; `refs` carries that beside the id.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from openalgo_core import errors
from openalgo_core.models import Funds, Holding, Margin, Order, OrderStatus, Placed, Position, PriceType, Trade
from openalgo_core.numbers import decimal_text, money, optional_money, optional_units, units
from openalgo_core.symbols import MONTHS

from . import quote, tables, wire
from .contract import Contract, text_of
from .wire import price

if TYPE_CHECKING:
    from openalgo_core.models import Account, Action, Instrument, OrderChange, OrderRequest

__all__ = ["book", "cancel", "funds", "holdings", "margin", "modify", "place", "positions", "status", "trades"]

_REF = "exchange_code"


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
    rows = {text_of(row, "order_id"): row for row in _of_every_exchange(account, "order")}
    return [_order(account, row) for row in rows.values()]


def status(account: Account, row: Order) -> Order:
    """One order, in one request instead of four. Raises `OrderNotOpen` for one that ICICI Direct does not know."""
    for found in _detail(account, "order", _exchange_of(row), row.order_id):
        if text_of(found, "order_id") == row.order_id:
            return _order(account, found)
    raise errors.OrderNotOpen(f"ICICI Direct shows no order {row.order_id}.", broker="icici")


def trades(account: Account) -> list[Trade]:
    """Today's trades. ICICI Direct sums them up by order, with the average price and no time.

    Fills one by one would cost a request for each order, of a hundred a minute.
    """
    return [_trade(account, row) for row in _of_every_exchange(account, "trades")]


def _of_every_exchange(account: Account, path: str) -> Iterator[Mapping[str, Any]]:
    for code in _open_exchanges(account):
        yield from wire.rows_of(wire.read(account, path, {"exchange_code": code, **wire.today(account)}))


def _detail(account: Account, path: str, exchange_code: str, order_id: str) -> list[Mapping[str, Any]]:
    return wire.rows_of(wire.read(account, path, {"exchange_code": exchange_code, "order_id": order_id}))


def _order(account: Account, row: Mapping[str, Any]) -> Order:
    symbol, exchange = wire.listing(account, row)
    word = text_of(row, "status").lower()
    filled = _filled(account, row, word)
    price_type = tables.PRICE_TYPE_OF.get(text_of(row, "order_type").lower())
    state = tables.STATUSES.get(word, OrderStatus.PENDING)
    if word == "ordered" and price_type is PriceType.SL and filled == 0:
        state = OrderStatus.TRIGGER_PENDING
    return Order(
        order_id=_order_id(row),
        symbol=symbol,
        exchange=exchange,
        action=_action(row),
        quantity=units(row.get("quantity")),
        filled_quantity=filled,
        price=price(row.get("price")),
        trigger_price=price(row.get("stoploss")),
        average_price=price(row.get("average_price")),
        product=tables.PRODUCT_OF.get(text_of(row, "product_type").lower()),
        price_type=price_type,
        validity=tables.VALIDITY_OF.get(text_of(row, "validity").lower()),
        status=state,
        reason=text_of(row, "status") if word in tables.REASONED_STATUSES or word not in tables.STATUSES else None,
        time=wire.moment(text_of(row, "order_datetime")),
        disclosed_quantity=optional_units(row.get("disclosed_quantity")),
        refs={_REF: text_of(row, _REF).upper()},
    )


def _filled(account: Account, row: Mapping[str, Any], word: str) -> int | None:
    """What was filled, of which no field speaks. The pending quantity lies once an order is final."""
    quantity = units(row.get("quantity"))
    cancelled, pending = optional_units(row.get("cancelled_quantity")) or 0, optional_units(row.get("pending_quantity"))
    state = tables.STATUSES.get(word)
    plain = {OrderStatus.COMPLETE: quantity, OrderStatus.PENDING: 0, None: None}
    if state in plain:
        return plain[state]
    if state is OrderStatus.OPEN:
        return None if pending is None else max(0, quantity - pending - cancelled)
    if cancelled:
        return max(0, quantity - cancelled)
    if price(row.get("average_price")) is not None:
        return _filled_by_trades(account, row)
    return None if word.startswith("partially") else 0


def _filled_by_trades(account: Account, row: Mapping[str, Any]) -> int | None:
    """The sum of an order's fills: the last resort for a final order that says how dear it was and not how much."""
    try:
        fills = _detail(account, "trades", text_of(row, _REF), _order_id(row))
    except errors.OpenAlgoError:  # the order itself was read; one number that is missing must not cost the book
        return None
    return sum(units(fill.get("executed_quantity")) for fill in fills)


def _order_id(row: Mapping[str, Any]) -> str:
    order_id = text_of(row, "order_id")
    if not order_id:
        raise errors.UnreadableAnswer("ICICI Direct sent an order without an id.", broker="icici")
    return order_id


def _action(row: Mapping[str, Any]) -> Action:
    word = text_of(row, "action")
    if word.lower() not in tables.ACTION_OF:
        raise errors.UnreadableAnswer(f"ICICI Direct sent a row without a side: {word!r}.", broker="icici")
    return tables.ACTION_OF[word.lower()]


def _trade(account: Account, row: Mapping[str, Any]) -> Trade:
    symbol, exchange = wire.listing(account, row)
    return Trade(
        trade_id=None,
        order_id=_order_id(row),
        symbol=symbol,
        exchange=exchange,
        action=_action(row),
        quantity=units(row.get("quantity")),
        price=money(row.get("average_cost")),
        product=tables.PRODUCT_OF.get(text_of(row, "product_type").lower()),
        time=None,
    )


# --- Portfolio ---


def positions(account: Account) -> list[Position]:
    """Net positions of all segments. What was closed today has its result in another list."""
    rows = wire.rows_of(wire.read(account, "portfoliopositions"))
    closed = any(_signed_quantity(row) == 0 for row in rows)
    results = _realised(account) if closed else {}
    return [_position(account, row, results) for row in rows]


def holdings(account: Account) -> list[Holding]:
    """Shares held: quantities of the demat account, prices of the portfolio, joined by the stock code."""
    demat = {text_of(row, "stock_code").upper(): row for row in wire.rows_of(wire.read(account, "dematholdings"))}
    rows = _portfolio(account, "NSE")
    if demat.keys() - rows.keys():  # listed on BSE only
        rows = _portfolio(account, "BSE") | rows
    return [_holding(account, code, rows.get(code, {}), demat.get(code, {})) for code in rows | demat]


def funds(account: Account) -> Funds:
    """Money, as far as it is allocated to a segment: what lies in the bank account cannot be traded with.

    Profit and loss are summed from the positions: `None` where those cannot be read.
    """
    data = wire.record_of(wire.read(account, "funds"), "funds")
    allocated, blocked = _sum_of(data, "allocated_"), _sum_of(data, "block_by_trade_")
    realised, unrealised = _profit_and_loss(account)
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
    data = wire.record_of(wire.read(account, "margincalculator", body, method="POST"), "margin")
    span, exposure = money(data.get("span_margin_required")), money(data.get("non_span_margin_required"))
    return Margin(span + exposure, None, {"span": span, "exposure": exposure})


def _signed_quantity(row: Mapping[str, Any]) -> int:
    """The quantity has no sign; buy or sell has. `NA` is flat."""
    quantity = abs(units(row.get("quantity")))
    return quantity * _action(row).sign if quantity else 0


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
        rows = wire.rows_of(wire.read(account, "portfolioholdings", {"exchange_code": "NFO", **wire.today(account)}))
    except errors.OpenAlgoError:  # the positions were read; a result that is missing is shown as such
        return {}
    results = {_contract_key(row): optional_money(row.get("realized_profit")) for row in rows}
    return {key: result for key, result in results.items() if result is not None}


def _contract_key(row: Mapping[str, Any]) -> tuple[str, str]:
    return text_of(row, "exchange_code").upper(), Contract.of_row(row).text


def _portfolio(account: Account, exchange_code: str) -> dict[str, Mapping[str, Any]]:
    rows = wire.rows_of(wire.read(account, "portfolioholdings", {"exchange_code": exchange_code}))
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


def _profit_and_loss(account: Account) -> tuple[Decimal | None, Decimal | None]:
    """The sums over closed and over open positions; `None` for a sum with a part that the broker does not give."""
    try:
        rows = positions(account)
    except errors.OpenAlgoError:  # whatever the reason, the cash figures are still worth showing
        return None, None
    closed = [row.pnl for row in rows if row.quantity == 0]
    still_open = [row.pnl for row in rows if row.quantity != 0]
    return _sum(closed), _sum(still_open)


def _sum(parts: list[Decimal | None]) -> Decimal | None:
    known = [part for part in parts if part is not None]
    return sum(known, Decimal(0)) if len(known) == len(parts) else None
