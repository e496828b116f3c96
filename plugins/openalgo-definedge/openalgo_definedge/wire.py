"""The wire that all requests share: the session key, the envelopes, and what a refusal means.

The decision stands in the body, not in the HTTP status: business failures and empty books come with 200. Reads and
order writes are told apart because the same answer means different things to them: "too many requests" to a read is a
reason to ask again, to an order it leaves open whether the order exists.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from openalgo_core import errors
from openalgo_core.answers import are_rows, retry_after, text_of
from openalgo_core.clock import IST, day_of, epoch

from .tables import EMPTY_BOOKS, ERROR_TEXTS, EXCHANGE_OF, MESSAGE_KEYS, NOT_OPEN_TEXTS, VERDICTS

if TYPE_CHECKING:
    from openalgo_core.models import Account, Exchange, Reply

__all__ = [
    "change_order",
    "listing",
    "login_data",
    "moment",
    "place_order",
    "read",
    "read_book",
    "read_candles",
    "rows_of",
    "time_today",
    "unreadable",
]

_DART = "https://integrate.definedgesecurities.com/dart/v1"
_HISTORY = "https://data.definedgesecurities.com/sds/history"

_PORTAL = "https://myaccount.definedgesecurities.com"
#: A wrong key and a wrong address are both 401, and only the text, if anything, tells them apart.
_SESSION_HINT = (
    "Run: openalgo login --broker definedge. If the session is fresh, this machine's way out is not the static IP "
    f"registered at {_PORTAL} (API Config)."
)
_LOGIN_HINT = (
    f"Compare BROKER_API_KEY and BROKER_API_SECRET with {_PORTAL}: changing the password there resets both. "
    "Wrong attempts are counted."
)
_ADDRESS = re.compile(r"\bip\b", re.IGNORECASE)


# --- Requests ---


def read(account: Account, path: str, body: Mapping[str, Any] | None = None, *, bare: str = "") -> Mapping[str, Any]:
    """Ask for something below `/dart/v1`: a GET, or a POST where there is a body. The answer is an object that says
    yes, or one without any verdict that has the key `bare`."""
    answer = _said(_asked(account, path, body))
    if not isinstance(answer, Mapping) or not (_verdict(answer) or (bare and bare in answer)):
        raise unreadable("Definedge sent JSON that says neither yes nor no.")
    return answer


def read_book(account: Account, book: str, key: str, shape: Any = None) -> list[Mapping[str, Any]]:
    """The rows of a book. An empty one is a refusal in so many words; anything else without rows raises."""
    answer = _said(_asked(account, book, None), empty=EMPTY_BOOKS[book], shape=shape)
    return rows_of(answer.get(key) if isinstance(answer, Mapping) and _verdict(answer) else answer)


def read_candles(account: Account, path: str) -> str:
    """The CSV text below `/sds/history`; empty where the span holds no candle, which is an HTTP 400 or an empty 200."""
    reply = account.http.request("GET", f"{_HISTORY}/{path}", headers=_key(account), limit="data")
    text = reply.text.strip()
    if reply.status == 200 and text[:1] not in ("{", "[", "<"):
        return text
    if reply.status in (408, 425):
        raise errors.BrokerUnavailable(
            "Definedge did not get the candles together in time.", broker="definedge", http_status=reply.status
        )
    try:
        _said(reply)
    except errors.InstrumentNotFound:
        raise
    except (errors.InvalidRequest, errors.UnreadableAnswer) as error:
        if reply.status == 400 or "no data" in error.message.lower():
            return ""
        raise
    raise unreadable("Definedge sent something else than candles.", reply)


def place_order(account: Account, body: Mapping[str, str]) -> str:
    """Send a new order, once; its id."""
    return _written(account, "POST", "placeorder", body, change=False)


def change_order(account: Account, path: str, body: Mapping[str, str] | None = None) -> str:
    """Modify or cancel, once; the id of the order. A cancel is a GET, and as much of a write as any."""
    return _written(account, "GET" if body is None else "POST", path, body, change=True)


def _written(account: Account, method: str, path: str, body: Mapping[str, str] | None, *, change: bool) -> str:
    reply = account.http.request(
        method, f"{_DART}/{path}", headers=_key(account), json=body, limit="integrate", write=True
    )
    return _order_id(reply, change=change)


def _asked(account: Account, path: str, body: Mapping[str, Any] | None) -> Reply:
    method = "GET" if body is None else "POST"
    return account.http.request(method, f"{_DART}/{path}", headers=_key(account), json=body, limit="integrate")


def _key(account: Account) -> dict[str, str]:
    """The bare key, without a scheme word. Raises `LoginRequired`."""
    return {"Authorization": account.require_session().tokens["api_session_key"].reveal()}


# --- Answers ---


def login_data(reply: Reply, *needed: str) -> Mapping[str, Any]:
    """The answer to a step of the login, which has all that is needed. Whatever else came is a refusal, even in a 200;
    only a rate limit, a failing server and what is no JSON are not."""
    if reply.status == 429 or reply.status >= 500:
        raise _failed(reply)
    try:
        answer = reply.json()
    except errors.UnreadableAnswer:
        if reply.status < 400:
            raise
        answer = {}
    if not isinstance(answer, Mapping):
        raise unreadable("Definedge answered the login with something else than an object.", reply)
    if _verdict(answer) is not False and all(text_of(answer, key) for key in needed):
        return answer
    parts = dict.fromkeys(filter(None, (text_of(answer, key) for key in ("error", *MESSAGE_KEYS))))
    message = ": ".join(parts) or f"no reason given (HTTP {reply.status})"
    raise errors.AuthenticationError(
        f"Definedge: {message}", hint=_LOGIN_HINT, broker="definedge", http_status=reply.status
    )


def _said(reply: Reply, *, empty: str = "", shape: Any = None) -> Any:
    """The body of an answer to a read; no rows for a no in the words of `empty`. Raises what any other no means."""
    body = _body(reply, shape=shape)
    if _verdict(body) is not False:
        return body
    message = _message(body, (*MESSAGE_KEYS, "remarks"))
    if empty and message.lower() == empty:
        return []
    raise _refused(_kind_of(message) or errors.InvalidRequest, message, reply)


def _order_id(reply: Reply, *, change: bool) -> str:
    """The id in the answer to an order write.

    Raises `OrderRejected`, `OrderNotOpen` (only where `change`) and `SessionExpired` for refusals that prove that
    nothing was done. `BrokerUnavailable` and `UnreadableAnswer` prove nothing: 429, of which the documentation does not
    say that nothing is executed, 5xx, HTML, an empty answer, and a yes without an id may stand for a booked order.
    """
    if reply.status == 429:
        raise errors.BrokerUnavailable(
            "Definedge was sent too many requests, and does not say whether it carries them out all the same.",
            hint="Look into the order book before you send the order again.",
            broker="definedge",
            http_status=429,
        )
    body = _body(reply, denied_address=errors.OrderRejected)
    verdict = _verdict(body)
    if verdict:
        order_id = text_of(body, "order_id") or text_of(body, "norenordno")
        if order_id:
            return order_id
        raise unreadable("Definedge said yes without an order id.", reply)
    message = _message(body, MESSAGE_KEYS)
    if verdict is None or not message:
        raise unreadable("Definedge sent JSON that says neither yes nor no.", reply)
    raise _refused(_order_refusal(message, change=change), message, reply)


def _order_refusal(message: str, *, change: bool) -> type[errors.OpenAlgoError]:
    kind = _kind_of(message)
    if kind is errors.SessionExpired:
        return kind
    if kind in (errors.RateLimited, errors.BrokerUnavailable):
        return errors.BrokerUnavailable
    gone = change and any(text in message.lower() for text in NOT_OPEN_TEXTS)
    return errors.OrderNotOpen if gone else errors.OrderRejected


def _kind_of(message: str) -> type[errors.OpenAlgoError] | None:
    lowered = message.lower()
    return next((kind for words, kind in ERROR_TEXTS if all(word in lowered for word in words)), None)


def _body(
    reply: Reply, *, shape: Any = None, denied_address: type[errors.OpenAlgoError] = errors.AuthenticationError
) -> Any:
    """The JSON of an answer, whatever its HTTP status, unless the status decides.

    `denied_address` is what it means that the answer speaks of this machine's address. A page in place of a 403's text
    is a firewall's, and proves nothing.
    """
    denied = reply.status == 401 or (reply.status == 403 and not reply.text.lstrip().startswith("<"))
    body: Any = {}
    try:
        body = reply.json(shape)
    except errors.UnreadableAnswer:
        if not denied and reply.status != 429:
            raise
    if denied:
        message = _message(body, MESSAGE_KEYS) or f"access denied (HTTP {reply.status})"
        kind = denied_address if _ADDRESS.search(message) else errors.SessionExpired
        raise _refused(kind, message, reply)
    if reply.status == 429 or reply.status >= 500:
        raise _failed(reply, _message(body, MESSAGE_KEYS))
    return body


def _verdict(body: Any) -> bool | None:
    """Yes, no, or neither."""
    if not isinstance(body, Mapping):
        return None
    return VERDICTS.get((text_of(body, "status") or text_of(body, "stat")).upper())


def _message(body: Any, keys: tuple[str, ...]) -> str:
    return next(filter(None, (text_of(body, key) for key in keys)), "") if isinstance(body, Mapping) else ""


def _refused(kind: type[errors.OpenAlgoError], message: str, reply: Reply) -> errors.OpenAlgoError:
    text = message or f"no reason given (HTTP {reply.status})"
    hint = ""
    if issubclass(kind, errors.SessionExpired):
        hint = _SESSION_HINT
    elif reply.status in (401, 403):
        hint = f"Register this machine's way out at {_PORTAL} (API Config). The session is still good."
    return kind(f"Definedge: {text}", hint=hint, broker="definedge", http_status=reply.status)


def _failed(reply: Reply, message: str = "") -> errors.OpenAlgoError:
    """A rate limit or a failing server, in answer to what may be asked again."""
    text = f"Definedge: {message}" if message else f"Definedge failed with HTTP {reply.status}."
    if reply.status != 429:
        return errors.BrokerUnavailable(text, broker="definedge", http_status=reply.status)
    return errors.RateLimited(text, retry_after=retry_after(reply, 1.0), broker="definedge", http_status=429)


def unreadable(message: str, reply: Reply | None = None) -> errors.UnreadableAnswer:
    """An answer that is not what the wire promises."""
    return errors.UnreadableAnswer(message, broker="definedge", http_status=reply.status if reply else None)


# --- Values ---


def rows_of(data: Any) -> list[Mapping[str, Any]]:
    """Raises `UnreadableAnswer` for anything but a list of rows."""
    if not are_rows(data):
        raise unreadable("Definedge sent something else than a list of rows.")
    return data


@lru_cache(maxsize=16384)  # a book is read again and again, with the same times in it
def moment(text: str) -> datetime | None:
    """The three ways in which a moment is written; `None` for anything else, and for the 1980 that stands for never.

    `1787287505` is a Unix time; `10:15:05 21-08-2026` (entries, requests) and `21-08-2026 10:15:06` (all that comes
    from an exchange) are IST.
    """
    if text.isdecimal():
        return epoch(int(text)) if len(text) == 10 else None
    first, _, second = text.partition(" ")
    day, clock = (second, first) if ":" in first else (first, second)
    try:
        found = date.fromisoformat(f"{day[6:]}-{day[3:5]}-{day[:2]}")
        return datetime.combine(found, time.fromisoformat(clock), IST) if found.year > 1980 else None
    except ValueError:
        return None


def time_today(now: datetime, text: str) -> datetime | None:
    """`10:15:02` of today, which is all that a quote says of its last trade; `None` for anything else, for a time that
    is still to come and on a weekend: that was another day."""
    try:
        found = datetime.combine(day_of(now), time.fromisoformat(text), IST)
    except ValueError:
        return None
    return found if found <= now and found.weekday() < 5 else None


def listing(account: Account, segment: str, symbol: str, token: str) -> tuple[str, Exchange]:
    """The unified symbol and exchange of a row; the broker's own symbol where the local master does not know it.

    Tokens are unique within a segment only.
    """
    lookup = account.instruments
    found = lookup.by_token(segment, token) if token else lookup.by_broker_symbol(segment, symbol)
    if found is not None:
        return found.symbol, found.exchange
    if segment not in EXCHANGE_OF or not symbol:
        raise unreadable(f"Definedge sent a row of no known instrument: {segment}:{symbol}.")
    return symbol, EXCHANGE_OF[segment]
