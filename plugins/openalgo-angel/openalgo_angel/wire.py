"""The wire that all requests share: headers, the two envelopes, and what a refusal means.

Reads and order writes are told apart because the same answer means different things to them: "internal error" to a
read is a reason to ask again, to an order it leaves open whether the order exists.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from openalgo_core import errors
from openalgo_core.answers import mentions, record_of, text_of
from openalgo_core.clock import IST
from openalgo_core.symbols import MONTHS

from .tables import EMPTY_BOOK_CODES, ERRORS, EXCHANGE_OF, HINTS

if TYPE_CHECKING:
    from openalgo_core.models import Account, Exchange, Reply

__all__ = [
    "ROOT", "Envelope", "bearer", "headers", "listing", "login_data", "moment", "order_data", "read", "read_data",
    "time_on", "write_order",
]  # fmt: skip

_MONTH_NUMBERS = {name: f"{number:02}" for number, name in enumerate(MONTHS, start=1)}

ROOT = "https://apiconnect.angelone.in"
_SECURE = f"{ROOT}/rest/secure/angelbroking"

_RATE_TEXTS = ("exceeding", "access rate", "rate limit", "too many requests")
#: The texts of AB1004, AB2000 and AB2001, which mean the same where the code is missing.
_AMBIGUOUS_TEXTS = ("something went wrong", "internal error", "error not specified", "try after some")
#: What a refused modify or cancel says of an order that is final or not there (the docs promise a text, and no code).
_NOT_OPEN_TEXTS = (
    "already", "not found", "not open", "no longer", "does not exist",
    "is complete", "is executed", "is cancelled", "is rejected",
)  # fmt: skip


# --- Requests ---


def headers(account: Account) -> dict[str, str]:
    """The headers of every request. The three client addresses must be there; their content is not looked at."""
    return {
        "Content-Type": "application/json",
        "Accept": "application/json",
        "X-UserType": "USER",
        "X-SourceID": "WEB",
        "X-ClientLocalIP": "127.0.0.1",
        "X-ClientPublicIP": "127.0.0.1",
        "X-MACAddress": "00:00:00:00:00:00",
        "X-PrivateKey": account.settings.require("api_key").reveal().strip(),
    }


def bearer(account: Account) -> dict[str, str]:
    """The headers of every request that needs a session. Raises `LoginRequired`."""
    return headers(account) | {"Authorization": f"Bearer {account.require_session().tokens['jwt'].reveal()}"}


def read(account: Account, path: str, limit: str, body: Mapping[str, Any] | None = None, *, shape: Any = None) -> Any:
    """Ask for something below `/rest/secure/angelbroking`: a GET, or a POST where there is a body."""
    method = "GET" if body is None else "POST"
    reply = account.http.request(method, f"{_SECURE}/{path}", headers=bearer(account), json=body, limit=limit)
    return read_data(reply, shape)


def write_order(account: Account, path: str, body: Mapping[str, str], *, change: bool) -> Mapping[str, Any]:
    """Place, modify or cancel: one request, never repeated. `change` says that it concerns an existing order."""
    url = f"{_SECURE}/order/v1/{path}"
    reply = account.http.request("POST", url, headers=bearer(account), json=body, limit="orders", write=True)
    return order_data(reply, change=change)


# --- Answers ---


@dataclass(frozen=True, slots=True)
class Envelope:
    """An answer, whichever of the two envelopes it came in. `data` is `None` for null, `""` and `"null"`."""

    ok: bool
    code: str
    message: str
    data: Any


def read_data(reply: Reply, shape: Any = None) -> Any:
    """The `data` of an answer to a read; `None` where the broker has nothing to show. Raises what the code means."""
    envelope = _envelope(reply, denied=errors.SessionExpired, shape=shape)
    if envelope.ok:
        return envelope.data
    if envelope.code in EMPTY_BOOK_CODES:
        return None
    kind = _kind_of(envelope) or (errors.SessionExpired if _is_denied(reply) else errors.InvalidRequest)
    raise _error(kind, envelope, reply)


def login_data(reply: Reply) -> Mapping[str, Any]:
    """The `data` of an answer to a login. A refusal is an `AuthenticationError`, whatever its code means elsewhere."""
    envelope = _envelope(reply, denied=errors.AuthenticationError)
    if envelope.ok:
        return record_of(envelope.data, "session")
    kind = _kind_of(envelope)
    if kind not in (errors.RateLimited, errors.BrokerUnavailable):
        kind = errors.AuthenticationError
    raise _error(kind, envelope, reply)


def order_data(reply: Reply, *, change: bool) -> Mapping[str, Any]:
    """The `data` of an answer to an order write, which holds an `orderid`.

    Raises `OrderRejected` and `OrderNotOpen` (only where `change`), `AuthenticationError` and below, and `RateLimited`
    for refusals that prove that nothing was done. `BrokerUnavailable` and `UnreadableAnswer` prove nothing: 5xx, HTML,
    an empty answer, AB1004, AB2000 and AB2001 may stand for an order that was booked.
    """
    envelope = _envelope(reply, denied=errors.SessionExpired)
    if envelope.ok:
        data = record_of(envelope.data, "order")
        if not text_of(data, "orderid"):
            raise _unreadable("Angel One said yes without an order id.", reply)
        return data
    raise _error(_order_refusal(envelope, reply, change=change), envelope, reply)


def _order_refusal(envelope: Envelope, reply: Reply, *, change: bool) -> type[errors.OpenAlgoError]:
    kind = _kind_of(envelope)
    if kind in (errors.RateLimited, errors.BrokerUnavailable):
        return kind
    if kind is None and _is_denied(reply):
        return errors.SessionExpired
    if kind is not None and issubclass(kind, errors.AuthenticationError) and envelope.code != "AG7002":
        return kind
    if not envelope.code and not envelope.message:
        return errors.UnreadableAnswer
    gone = envelope.code == "AB1013" or mentions(envelope.message, _NOT_OPEN_TEXTS)
    return errors.OrderNotOpen if change and gone else errors.OrderRejected


def _kind_of(envelope: Envelope) -> type[errors.OpenAlgoError] | None:
    """What a refusal is by its code, or by its text where the code says nothing definite."""
    kind = ERRORS.get(envelope.code)
    if kind in (None, errors.BrokerUnavailable):
        if mentions(envelope.message, _RATE_TEXTS):
            return errors.RateLimited
        if mentions(envelope.message, _AMBIGUOUS_TEXTS):
            return errors.BrokerUnavailable
    return kind


def _envelope(reply: Reply, *, denied: type[errors.OpenAlgoError], shape: Any = None) -> Envelope:
    """Read either envelope. `denied` is what a 401 or 403 without one means."""
    if reply.status == 429 or (reply.status == 403 and mentions(reply.text, _RATE_TEXTS)):
        raise errors.RateLimited(
            "Angel One refused the request for exceeding its access rate; it executes nothing then.",
            hint="The limits count all programs of a client code together.",
            retry_after=1.0,
            broker="angel",
            http_status=reply.status,
        )
    try:
        envelope = _parse(reply, shape)
    except errors.UnreadableAnswer as error:
        if _is_denied(reply) and not reply.text.lstrip().startswith("<"):
            raise _error(denied, Envelope(False, "", error.message, None), reply) from None
        raise
    if reply.status >= 500:
        raise _error(errors.BrokerUnavailable, envelope, reply)
    return envelope


def _parse(reply: Reply, shape: Any) -> Envelope:
    """The envelope, from whose two forms any key may be missing. Raises `UnreadableAnswer` for what is neither."""
    body = reply.json(shape)
    flag = body.get("status", body.get("success")) if isinstance(body, Mapping) else None
    if isinstance(flag, str):  # older answers spell it as text
        flag = {"true": True, "false": False}.get(flag.strip().lower())
    if not isinstance(flag, bool):
        raise _unreadable("Angel One sent JSON that says neither yes nor no.", reply)
    data = body.get("data")
    return Envelope(
        ok=flag,
        code=text_of(body, "errorcode") or text_of(body, "errorCode"),
        message=text_of(body, "message"),
        data=None if data in ("", "null") else data,
    )


def _error(kind: type[errors.OpenAlgoError], envelope: Envelope, reply: Reply) -> errors.OpenAlgoError:
    message = envelope.message or f"no reason given (HTTP {reply.status})"
    code = f" ({envelope.code})" if envelope.code else ""
    hint = HINTS.get(envelope.code, "")
    if not hint and issubclass(kind, errors.SessionExpired):
        hint = "Run: openalgo login --broker angel"
    return kind(
        f"Angel One: {message}{code}", hint=hint, broker="angel", code=envelope.code or None, http_status=reply.status
    )


def _unreadable(message: str, reply: Reply) -> errors.UnreadableAnswer:
    return errors.UnreadableAnswer(message, broker="angel", http_status=reply.status)


def _is_denied(reply: Reply) -> bool:
    return reply.status in (401, 403)


# --- Values ---


@lru_cache(maxsize=16384)  # a book is read again and again, with the same times in it
def moment(text: str) -> datetime | None:
    """`20-Nov-2026 10:15:02`, which is IST; `None` for anything else. `strptime` would be slow, and know locales."""
    try:
        day = date.fromisoformat(f"{text[7:11]}-{_MONTH_NUMBERS[text[3:6].upper()]}-{text[:2]}")
        return datetime.combine(day, time.fromisoformat(text[12:]), IST)
    except (ValueError, KeyError):
        return None


def time_on(day: date, text: str) -> datetime | None:
    """`10:15:02` on that day, which is all that a fill says; `None` for anything else."""
    try:
        return datetime.combine(day, time.fromisoformat(text), IST)
    except ValueError:
        return None


def listing(account: Account, segment: str, symbol: str, token: str = "") -> tuple[str, Exchange]:
    """The unified symbol and exchange of a row; the broker's own symbol where the local master does not know it."""
    lookup = account.instruments
    found = lookup.by_token(segment, token) if token else lookup.by_broker_symbol(segment, symbol)
    if found is not None:
        return found.symbol, found.exchange
    if segment not in EXCHANGE_OF or not symbol:
        raise errors.UnreadableAnswer(
            f"Angel One sent a row of no known instrument: {segment}:{symbol}.", broker="angel"
        )
    return symbol, EXCHANGE_OF[segment]
