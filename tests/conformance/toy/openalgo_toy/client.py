"""The toy's hooks. Each sin stands where it would be made."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from openalgo_core import errors
from openalgo_core.clock import next_ist
from openalgo_core.models import (
    Account,
    Action,
    Candle,
    Funds,
    Holding,
    Instrument,
    Known,
    LoginField,
    Master,
    MasterRow,
    Order,
    OrderStatus,
    Placed,
    Position,
    PriceType,
    Product,
    Quote,
    QuoteFailure,
    Reply,
    Session,
    Trade,
    Validity,
)
from openalgo_core.numbers import money, optional_money
from openalgo_core.secrets import Secret

from .sins import sins

if TYPE_CHECKING:
    from openalgo_core.models import OrderChange, OrderRequest

__all__ = [
    "book", "cancel", "funds", "history", "holdings", "instruments", "log_in", "log_out", "login_fields", "modify",
    "place", "positions", "quotes", "trades",
]  # fmt: skip

_HOST = "https://api.toy.example"
_log = logging.getLogger("openalgo_toy")
#: For the sin of keeping state.
_LAST: dict[str, Session] = {}


def login_fields() -> Sequence[LoginField]:
    return (
        LoginField("pin", "PIN", environment="BROKER_PIN"),
        LoginField("totp", "Authenticator code", environment="BROKER_TOTP_SECRET", totp=True),
    )


def log_in(account: Account, fields: Mapping[str, Secret]) -> Session:
    key, secret = account.settings.require("api_key"), account.settings.require("api_secret")
    body = {
        "key": key.reveal(),
        "secret": secret.reveal(),
        "pin": fields["pin"].reveal(),
        "totp": fields["totp"].reveal(),
    }
    if sins("logs a secret"):
        _log.debug("logging in with %s", body)
    reply = account.http.request("POST", f"{_HOST}/session", json=body, limit=_limit())
    if reply.status == 401 and not sins("takes any login"):
        text = f"Toy says no to PIN {body['pin']}." if sins("leaks the secret in an error") else "Toy says no."
        raise errors.AuthenticationError(text, broker="toy", hint="Check PIN and code.")
    data = {"token": "none", "user": "X"} if reply.status == 401 else _read(reply)
    token: Any = data["token"] if sins("keeps a token in clear") else Secret(data["token"])
    kept = {"token": data["token"]} if sins("keeps a token in clear") else {}
    tokens = {"token": Secret(data["token"])} if kept else {"token": token}
    session = Session(data["user"], tokens, next_ist(account.clock.now(), time(0)), kept)
    _LAST["session"] = session
    return session


def log_out(account: Account) -> bool:
    if not sins("forgets to log out at the broker"):
        _call(account, "DELETE", "/session")
    return True


# --- Orders ---


def place(account: Account, order: OrderRequest, instrument: Instrument, tag: str) -> Placed:
    units = order.quantity // instrument.lot_size if sins("sends lots for units") else order.quantity
    body: dict[str, Any] = {
        "token": instrument.token,
        "side": "BUY" if sins("buys whatever is asked") else order.action,
        "units": units,
        "product": Product.MIS if sins("sends another product") else order.product,
        "type": order.price_type,
        "validity": Validity.DAY if sins("forgets the validity") else order.validity,
        "tag": None if sins("drops the tag") else tag,
        "price": _text(order.price),
        "trigger": _text(order.trigger_price),
    }
    if sins("sends a field that nobody knows"):
        body["colour"] = "blue"
    if sins("places twice"):
        _place_by_get(account, body)
    if sins("places again after a time-out"):
        try:
            return Placed(_place_by_get(account, body)["id"])
        except errors.BrokerUnavailable:
            return Placed(_place_by_get(account, body)["id"])
    return Placed(_write(account, "POST", "/orders", body)["id"])


def _place_by_get(account: Account, body: Mapping[str, Any]) -> Any:
    params = {name: str(value) for name, value in body.items() if value is not None}
    return _read(account.http.request("GET", f"{_HOST}/place", params=params, headers=_headers(account)))


def modify(account: Account, row: Order, change: OrderChange) -> Placed:
    body = {
        "units": change.quantity,
        "price": _text(change.price),
        "trigger": _text(change.trigger_price),
        "type": change.price_type,
    }
    if sins("changes more than was asked"):
        body["units"] = 2 * row.quantity
    return Placed(_write(account, "PUT", f"/orders/{row.order_id}", body)["id"])


def cancel(account: Account, row: Order) -> Placed:
    if not sins("says cancelled and does nothing"):
        _write(account, "DELETE", f"/orders/{row.order_id}", None)
    return Placed(row.order_id)


def _write(account: Account, method: str, path: str, body: Any) -> Any:
    url, headers = f"{_HOST}{path}", _headers(account)
    try:
        reply = account.http.request(method, url, json=body, headers=headers, limit=_limit(), write=True)
    except errors.BrokerUnavailable as error:
        if sins("takes a lost answer for a rejection"):
            raise errors.OrderRejected("Toy did not answer.", broker="toy") from error
        raise
    return _read(reply, write=True)


def book(account: Account) -> Sequence[Order]:
    try:
        rows = _call(account, "GET", "/orders")
    except errors.BrokerUnavailable:
        if sins("takes an unreadable book for an empty one"):
            return []
        raise
    return [_order(account, row) for row in rows]


def _order(account: Account, row: Mapping[str, Any]) -> Order:
    instrument = _instrument(account, row)
    status = OrderStatus(row["status"])
    if sins("takes cancelled for open") and status is OrderStatus.CANCELLED:
        status = OrderStatus.OPEN
    return Order(
        order_id=row["id"],
        symbol=instrument.symbol,
        exchange=instrument.exchange,
        action=Action(row["side"]),
        quantity=row["units"],
        filled_quantity=0 if sins("forgets what is filled") else row["filled"],
        price=optional_money(row["price"]),
        trigger_price=optional_money(row["trigger"]),
        average_price=optional_money(row["average"]),
        product=Product(row["product"]),
        price_type=PriceType(row["type"]),
        validity=Validity(row["validity"]),
        status=status,
        reason=None if sins("forgets the reason") else row["reason"],
        time=_time(row["time"]),
        tag=row["tag"],
    )


def trades(account: Account) -> Sequence[Trade]:
    rows = _call(account, "GET", "/trades")
    made = [_trade(account, row) for row in rows]
    return made[:1] if sins("gives one trade only") else made


def _trade(account: Account, row: Mapping[str, Any]) -> Trade:
    instrument = _instrument(account, row)
    return Trade(
        trade_id=row["id"],
        order_id=row["order"],
        symbol=instrument.symbol,
        exchange=instrument.exchange,
        action=Action(row["side"]),
        quantity=row["units"],
        price=money(row["price"]),
        product=Product(row["product"]),
        time=_time(row["time"]),
    )


def positions(account: Account) -> Sequence[Position]:
    made = []
    for row in _call(account, "GET", "/positions"):
        one = _instrument(account, row)
        units = abs(row["units"]) if sins("gives positions without a sign") else row["units"]
        average = optional_money(row["average"])
        made.append(Position(one.symbol, one.exchange, Product(row["product"]), units, average, None, None))
    return made


def holdings(account: Account) -> Sequence[Holding]:
    rows = [(_instrument(account, row), row) for row in _call(account, "GET", "/holdings")]
    return [
        Holding(one.symbol, one.exchange, row["units"], optional_money(row["average"]), None, None) for one, row in rows
    ]


def funds(account: Account) -> Any:
    data = _call(account, "GET", "/funds")
    if sins("returns None"):
        return None
    cash: Any = float(data["cash"]) if sins("counts money in floats") else money(data["cash"])
    return Funds(cash, money(data["margin"]), None, None, None)


# --- Instruments and prices ---


def instruments(account: Account, known: Known | None) -> Master | bool:
    rows = _read(account.http.request("GET", f"{_HOST}/instruments"))
    return Master(list(_rows(rows)))


def _rows(rows: Sequence[Mapping[str, Any]]) -> Iterator[MasterRow]:
    for row in rows:
        symbol, token = row["symbol"], row["token"]
        if sins("spells symbols its own way") and row["kind"] == "CE":
            symbol = symbol.replace("CE", "CALL")
        if sins("loses instruments") and row["exchange"] == "NFO":
            continue
        yield MasterRow(
            symbol="SBIN" if sins("gives one name to two") and symbol == "INFY" else symbol,
            exchange=row["exchange"],
            name=row["name"],
            kind=row["kind"],
            expiry=row["expiry"],
            strike=row["strike"],
            lot_size=row["lot"],
            tick_size=f"{row['tick']}0" if sins("writes numbers its own way") else row["tick"],
            freeze_quantity=row["freeze"],
            multiplier="1",
            broker_symbol=row["symbol"].lower(),
            broker_exchange="TOY" if not sins("mixes up tokens") else row["exchange"],
            token="1000" if sins("mixes up tokens") and row["kind"] == "EQ" else token,
        )


def quotes(account: Account, instruments: Sequence[Instrument]) -> Sequence[Quote | QuoteFailure]:
    size = 1 if sins("asks one by one") else len(instruments)
    answers: list[Quote | QuoteFailure] = []
    for start in range(0, len(instruments), size):
        group = instruments[start : start + size]
        data = _call(account, "POST", "/quotes", {"tokens": [one.token for one in group]})
        answers += [_quote(one, data[one.token]) for one in group]
    return answers


def _quote(one: Instrument, row: Mapping[str, Any]) -> Quote:
    ltp: Any = float(row["ltp"]) if sins("counts prices in floats") else money(row["ltp"])
    missing = Decimal(0) if sins("gives 0 for what it does not know") else None
    return Quote(one.symbol, one.exchange, ltp, None, None, None, missing, None, None, None, None, None)


def history(account: Account, instrument: Instrument, start: date, end: date) -> Sequence[Candle]:
    body = {"token": instrument.token, "from": start.isoformat(), "to": end.isoformat()}
    try:
        bars = _call(account, "POST", "/history", body)
    except errors.BrokerUnavailable:
        if sins("takes failed history for none"):
            return []
        raise
    order = (2, 1, 3, 4) if sins("mixes up high and open") else (1, 2, 3, 4)
    return [Candle(_time(bar[0]), *(money(bar[place]) for place in order), bar[5], None) for bar in bars]


# --- The envelope ---


def _call(account: Account, method: str, path: str, body: Any = None) -> Any:
    reply = account.http.request(method, f"{_HOST}{path}", json=body, headers=_headers(account), limit=_limit())
    return _read(reply)


def _headers(account: Account) -> dict[str, str]:
    session = _LAST["session"] if sins("keeps the session to itself") else account.require_session()
    return {"Authorization": session.tokens["token"].reveal()}


def _limit() -> str | None:
    return None if sins("knows no limits") else "all"


def _read(reply: Reply, *, write: bool = False) -> Any:
    if reply.status == 429:
        if write and not sins("takes throttling for proof"):
            raise errors.BrokerUnavailable("Toy is busy; what became of the order is not said.", broker="toy")
        raise errors.RateLimited("Toy is busy.", retry_after=1, broker="toy")
    if reply.status >= 500:
        raise errors.BrokerUnavailable(f"Toy failed with HTTP {reply.status}.", broker="toy")
    answer = reply.json()
    if not isinstance(answer, dict) or "ok" not in answer:
        raise errors.UnreadableAnswer("Toy's answer has no envelope.", broker="toy")
    if answer["ok"] is True:
        return answer["data"]
    raise _refusal(reply.status, answer.get("code"), answer.get("text", ""))


def _refusal(status: int, code: str | None, text: str) -> errors.OpenAlgoError:
    if status == 401:
        kind = errors.BrokerUnavailable if sins("does not know a dead session") else errors.SessionExpired
        return kind(f"Toy: {text}.", broker="toy", code=code, hint="Run: openalgo login --broker toy")
    if code == "over":
        kind = errors.InvalidRequest if sins("does not know its own no") else errors.OrderNotOpen
        return kind(text, broker="toy", code=code)
    return errors.OrderRejected("no" if sins("hides the reason") else text, broker="toy", code=code)


def _instrument(account: Account, row: Mapping[str, Any]) -> Instrument:
    exchange = "TOY"
    found = account.instruments.by_token(exchange, row["token"])
    if found is None:
        raise errors.UnreadableAnswer(f"Toy names an instrument {row['token']} that it does not list.", broker="toy")
    return found


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)
