"""The wire that all requests share: the bare token, the many envelopes, and what a refusal means.

A yes is an HTTP 2xx that says so; nothing else is, least of all an answer that merely does not say no. Reads and order
writes are told apart because the same answer means different things to them: "rate limit exceeded" to a read is a
reason to ask again, to an order it leaves open whether the order exists.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from openalgo_core import errors
from openalgo_core.answers import mentions, record_of, retry_after, rows_of, text_of
from openalgo_core.clock import ist
from openalgo_core.masters import TRY_AGAIN

from . import tables

if TYPE_CHECKING:
    from openalgo_core.models import Account, Download, Exchange, Reply

__all__ = [
    "PAGE", "ROOT", "authorization", "bearer", "exchanges_of", "failed_download", "listing", "moment", "profile_of",
    "read", "token_in", "unreadable", "write_order",
]  # fmt: skip

ROOT = "https://api.indstocks.com"
#: Where people make tokens, set up TOTP and register addresses.
PAGE = "https://www.indstocks.com/app/api-trading/access-tokens"

_TOKEN_HINT = f"Make one at {PAGE} and put it into BROKER_API_SECRET."
_SESSION_HINT = (
    f"A token lives 24 hours, and dies when a newer one is made. {_TOKEN_HINT} "
    "With MPIN and TOTP, run: openalgo login --broker indmoney"
)
_ADDRESS_HINT = (
    f"Orders are taken only from a static IP that is registered at {PAGE} (the hexagon beside “New Token”); "
    "everything else works from anywhere. The session is still good."
)
_LOOK_HINT = "It may have been carried out all the same. Look into the order book before you send it again."
_LOGIN_HINT = (
    "Do not try again at once: five wrong codes within 15 minutes lock the account for 15 minutes, and a code serves "
    f"only once. BROKER_API_KEY is the Client ID of {PAGE}; a clock that is a minute off makes every code wrong."
)
_ADDRESS = re.compile(r"\bip\b|whitelist", re.IGNORECASE)


# --- Requests ---


def read(
    account: Account,
    path: str,
    limit: str,
    params: Mapping[str, str] | None = None,
    body: Mapping[str, Any] | None = None,
    *,
    shape: Any = None,
) -> Any:
    """Ask for something: always a GET, sometimes one with a body. The `data` of the answer; `None` where it is null."""
    url, headers = f"{ROOT}{path}", bearer(account)
    return _data(account.http.request("GET", url, headers=headers, params=params, json=body, limit=limit), shape)


def write_order(account: Account, path: str, body: Mapping[str, Any], *, change: bool) -> str:
    """Place, modify or cancel: one request, never repeated; the order id. `change`: it concerns an existing order.

    Raises `OrderRejected`, `OrderNotOpen` (only where `change`) and `SessionExpired` for refusals that prove that
    nothing was done. `BrokerUnavailable` and `UnreadableAnswer` prove nothing: 429, 5xx, HTML, an empty answer, a yes
    without an id, and the one refusal that was seen for an order that existed all the same.
    """
    url = f"{ROOT}{path}"
    reply = account.http.request("POST", url, headers=bearer(account), json=body, limit="orders", write=True)
    return _order_id(reply, change=change)


def authorization(token: str) -> dict[str, str]:
    """The header of every request but the one for a token: the bare token, without a scheme word."""
    return {"Authorization": token, "Accept": "application/json"}


def bearer(account: Account) -> dict[str, str]:
    """The headers of every request that needs a session. Raises `LoginRequired`."""
    return authorization(account.require_session().tokens["access"].reveal())


# --- Answers ---


@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer, whichever envelope it came in. `ok` is `None` where it says neither yes nor no."""

    http: int
    ok: bool | None = False
    code: str = ""
    message: str = ""
    data: Any = None


def _data(reply: Reply, shape: Any = None) -> Any:
    """The `data` of an answer to a read. Raises what a refusal means."""
    answer = _answer(reply, shape)
    if answer.ok:
        return answer.data
    if answer.ok is None:
        raise unreadable("INDmoney sent JSON that says neither yes nor no.", answer.http)
    kind = _kind(answer) or (errors.SessionExpired if answer.http == 403 else errors.InvalidRequest)
    if kind is errors.RateLimited:
        raise _throttled(reply, "The limits count all programs of an account together.", 1.0)
    raise _error(errors.InvalidRequest if kind is errors.OrderRejected else kind, answer)


def _order_id(reply: Reply, *, change: bool) -> str:
    """The id in the answer to an order write; it stands deeper in the answer to a smart order."""
    answer = _answer(reply)
    if answer.ok:
        data = record_of(answer.data, "order id")
        orders = rows_of(data.get("order_data"))
        found = next(filter(None, (text_of(row, "order_id") for row in (data, *orders[:1]))), "")
        if found:
            return found
        raise unreadable("INDmoney said yes and sent no order id.", answer.http)
    if answer.ok is None or (answer.http < 300 and not (answer.message or answer.code)):
        raise unreadable("INDmoney sent JSON that says neither yes nor no.", answer.http)
    kind = _kind(answer)
    vague = kind in (errors.RateLimited, errors.BrokerUnavailable)
    if vague or mentions(answer.message, tables.PROVES_NOTHING_TEXTS):
        raise _error(errors.BrokerUnavailable, answer, _LOOK_HINT)
    if kind is errors.SessionExpired:
        raise _error(kind, answer)
    suspect = answer.http == 403 and not answer.code
    hint = _ADDRESS_HINT if suspect or _ADDRESS.search(answer.message) else ""
    raise _error(errors.OrderNotOpen if change and _is_gone(answer) else errors.OrderRejected, answer, hint)


def _is_gone(answer: _Answer) -> bool:
    return answer.http == 404 or answer.code == "NotFoundException" or mentions(answer.message, tables.NOT_OPEN_TEXTS)


def _kind(answer: _Answer) -> type[errors.OpenAlgoError] | None:
    """What a no is, by its HTTP status, its type and its text; `None` if they say nothing."""
    if answer.http == 429 or "rate limit" in answer.message.lower():
        return errors.RateLimited
    if answer.http in (401, 513):
        return errors.SessionExpired
    if answer.http >= 500:
        return errors.BrokerUnavailable
    known = tables.ERRORS.get(answer.code)
    if known is errors.SessionExpired:
        return known
    if "invalid scrip" in answer.message.lower():
        return errors.InstrumentNotFound
    if known is None and answer.http in (400, 403) and mentions(answer.message, tables.SESSION_TEXTS):
        return errors.SessionExpired
    return known


def _answer(reply: Reply, shape: Any = None) -> _Answer:
    """Read any envelope. A 401, 429 or 513 decides by itself, unless it comes with a web page.

    Raises `UnreadableAnswer` for what is no JSON object: a page above all, which whatever its status is a challenge or
    a gateway in the way, and never a dead session.
    """
    try:
        return _parsed(reply.status, reply.json(shape))
    except errors.UnreadableAnswer:
        if reply.status == 429 or (reply.status in (401, 513) and not _is_page(reply)):
            return _Answer(reply.status)
        raise


def _parsed(status: int, body: Any) -> _Answer:
    if not isinstance(body, Mapping):
        raise unreadable("INDmoney sent JSON that is no object.", status)
    fault, label = body.get("error"), text_of(body, "message")
    texts = (
        text_of(body, "debug_info"),
        text_of(fault, "msg") if isinstance(fault, Mapping) else "",
        label,
        fault if isinstance(fault, str) else "",
    )
    code = text_of(body, "error_type") or text_of(body, "error_code")
    if label.lower() == "not supported":  # the one message that says more than the reason beside it
        code = code or label
    return _Answer(status, _verdict(status, body), code, next(filter(None, texts), ""), body.get("data"))


def _verdict(status: int, body: Mapping[str, Any]) -> bool | None:
    if not 200 <= status < 300:
        return False
    word, flag = text_of(body, "status").lower(), body.get("success")
    if word in ("error", "failure") or flag is False:
        return False
    return True if word == "success" or flag is True else None


def _error(kind: type[errors.OpenAlgoError], answer: _Answer, hint: str = "") -> errors.OpenAlgoError:
    text = answer.message or f"no reason given (HTTP {answer.http})"
    known = (hint for words, hint in tables.HINTS.items() if words == answer.code or words in answer.message.lower())
    if kind is errors.SessionExpired:
        hint = _SESSION_HINT
    return kind(
        f"INDmoney: {text} ({answer.code})" if answer.code else f"INDmoney: {text}",
        hint=hint or next(known, ""),
        broker="indmoney",
        code=answer.code or None,
        http_status=answer.http,
    )


def _throttled(reply: Reply, hint: str, seconds: float) -> errors.RateLimited:
    return errors.RateLimited(
        "INDmoney was sent too many requests.",
        hint=hint,
        retry_after=retry_after(reply, seconds),
        broker="indmoney",
        http_status=reply.status,
    )


def failed_download(download: Download) -> errors.OpenAlgoError:
    """What an answer means that is not the instrument file."""
    try:
        answer = _parsed(download.status, json.loads(b"".join(download.pieces())))
    except (ValueError, errors.UnreadableAnswer):
        answer = _Answer(download.status, message=f"the instrument file could not be read (HTTP {download.status})")
    return _error(_kind(answer) or errors.BrokerUnavailable, answer, TRY_AGAIN)


def unreadable(message: str, status: int | None = None, hint: str = "") -> errors.UnreadableAnswer:
    """An answer that is not what the wire promises."""
    return errors.UnreadableAnswer(message, hint=hint, broker="indmoney", http_status=status)


def _is_page(reply: Reply) -> bool:
    return reply.text.lstrip().startswith("<")


# --- Answers to a login ---


def token_in(reply: Reply) -> str:
    """The token that MPIN and code made. Raises `AuthenticationError` where they made none.

    Nothing is published about refusals here, so every 4xx is one; it must not be tried again at once.
    """
    if reply.status == 429:
        raise _throttled(reply, f"INDmoney makes one token a minute. {_LOGIN_HINT}", 60.0)
    body = reply.json()
    answer = _parsed(reply.status, body)
    places = [place for place in (answer.data, body) if isinstance(place, Mapping)]
    found = next(filter(None, (text_of(place, key) for place in places for key in ("token", "access_token"))), "")
    if found and answer.ok is not False:
        return found
    if answer.ok is False:
        raise _error(
            errors.BrokerUnavailable if reply.status >= 500 else errors.AuthenticationError, answer, _LOGIN_HINT
        )
    raise unreadable("INDmoney logged in without a token.", reply.status)


def profile_of(reply: Reply) -> Mapping[str, Any]:
    """Who a token belongs to. Raises `AuthenticationError` where it is none; only a 401 or 403 is a verdict.

    A web page is no verdict whatever its status: it stands in the way, and says nothing of the token.
    """
    if reply.status not in (401, 403, 513) or _is_page(reply):
        return record_of(_data(reply), "profile")
    try:
        answer = _parsed(reply.status, reply.json())
    except errors.UnreadableAnswer:
        answer = _Answer(reply.status)
    raise _error(errors.AuthenticationError, answer, f"A token lives 24 hours. {_TOKEN_HINT}")


# --- Values ---


@lru_cache(maxsize=16384)  # a book is read again and again, with the same times in it
def moment(text: str) -> datetime | None:
    """ISO 8601 with microseconds and +05:30; `None` for anything else."""
    try:
        return ist(datetime.fromisoformat(text))
    except ValueError:
        return None


def exchanges_of(exchange: str, segment: str) -> tuple[Exchange, ...]:
    """The exchange that a row names, or those of its segment where it names none, the likelier one first."""
    parent, part = exchange.upper(), segment.upper()
    known = tables.EXCHANGE_OF.get((parent, part)) or tables.EXCHANGE_OF.get((parent, ""))
    if known is not None:
        return (known,)
    return tuple(one for one, word in tables.SEGMENTS.items() if word == part and not parent)


def listing(account: Account, exchange: str, segment: str, token: str, name: str) -> tuple[str, Exchange]:
    """The unified symbol and exchange of a row; its display name where the local master does not know it."""
    exchanges = exchanges_of(exchange, segment)
    for one in exchanges:
        found = account.instruments.by_token(tables.PREFIXES[one], token)
        if found is not None:
            return found.symbol, found.exchange
    if len(exchanges) != 1 or not (name or token):
        raise unreadable(f"INDmoney sent a row of no known instrument: {exchange or segment}:{token}.")
    return name or token, exchanges[0]
