"""The wire that all requests share: the signature, the one envelope, and what a refusal means.

ICICI Direct has no error codes, only sentences, and its HTTP statuses are not to be trusted in either direction. So a
refusal is read in this order: rate limit, session, gateway, "nothing there", and then what it says.

Order writes are judged apart. A JSON refusal with a `Status` other than 200 proves that nothing was done; HTML, `null`,
an empty answer and the generic sentences of a gateway prove nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from openalgo_core import errors
from openalgo_core.answers import mentions, record_of, text, text_of
from openalgo_core.clock import IST, next_ist

from .contract import Contract, iso_day
from .tables import ACTION_OF, EXCHANGE_OF

if TYPE_CHECKING:
    from openalgo_core.models import Account, Action, Exchange, Reply

__all__ = [
    "HISTORY_URL",
    "LIMIT",
    "ROOT",
    "action",
    "checksum",
    "customer_details",
    "listing",
    "moment",
    "read",
    "read_candles",
    "today",
    "write_order",
]

ROOT = "https://api.icicidirect.com/breezeapi/api/v1"
HISTORY_URL = "https://breezeapi.icicidirect.com/api/v2/historicalcharts"
#: All calls count against the same limits, whatever they are for.
LIMIT = "api"

#: What says little more than that something is out of order.
_GENERIC_TEXTS = (
    "not available", "unavailable", "gateway", "timeout", "timed out", "internal server", "internal error",
    "went wrong", "try again", "try after", "maintenance", "overload",
)  # fmt: skip
#: What a refused modify or cancel says of an order that is final or not there, beside "No Data Found".
_NOT_OPEN_TEXTS = (
    "no data found", "already", "not found", "not open", "no longer", "does not exist",
    "is executed", "is cancelled", "is rejected", "is expired",
)  # fmt: skip
_NOT_SERVED_TEXTS = ("object reference", "as exchange-code not allowed")

_CHECKSUM_HINT = (
    "ICICI Direct says so for a wrong BROKER_API_SECRET and for a clock that is more than 60 seconds off: check both."
)
_LOGIN_HINT = "Run: openalgo login --broker icici"


# --- Requests ---


def checksum(timestamp: str, body: bytes, secret: str) -> str:
    """What proves a request: SHA-256 over the time stamp, the very bytes of the body, and the API secret."""
    return hashlib.sha256(timestamp.encode() + body + secret.encode()).hexdigest()


def read(
    account: Account, path: str, body: Mapping[str, Any] | None = None, *, method: str = "GET", shape: Any = None
) -> Any:
    """The `Success` of an answer; `None` where there is nothing to show. Raises what the refusal means."""
    return _read_data(account, _send(account, method, path, body or {}), shape)


def write_order(account: Account, method: str, body: Mapping[str, str], *, change: bool) -> str:
    """Place, modify or cancel: one request, never repeated. Returns the order id.

    Raises `OrderRejected` and `OrderNotOpen` (only where `change`), `AuthenticationError` and below, and `RateLimited`
    for refusals that prove that nothing was done. `BrokerUnavailable` and `UnreadableAnswer` prove nothing.
    """
    reply = _send(account, method, "order", body, write=True)
    answer = _parse(reply)
    order_id = text_of(answer.data, "order_id") if isinstance(answer.data, Mapping) else ""
    if answer.ok:
        if not order_id:
            raise _unreadable("ICICI Direct said yes without an order id.", reply)
        return order_id
    if order_id or answer.status == 200 or not answer.error:
        raise _unreadable("ICICI Direct said neither yes nor no.", reply)
    kind = _common_kind(account, answer)
    if kind is None:
        gone = change and mentions(answer.error, _NOT_OPEN_TEXTS)
        kind = errors.OrderNotOpen if gone else errors.OrderRejected
    raise _error(account, kind, answer)


def read_candles(account: Account, query: Mapping[str, str]) -> Any:
    """Candles come from a host of their own, which wants the session in headers and no signature."""
    headers = {
        "Content-Type": "application/json",
        "X-SessionToken": account.require_session().tokens["session"].reveal(),
        "apikey": _api_key(account),
    }
    return _read_data(account, account.http.request("GET", HISTORY_URL, headers=headers, params=query, limit=LIMIT))


def customer_details(account: Account, api_session: str) -> Mapping[str, Any]:
    """Who an API session belongs to, with the session token. Raises `AuthenticationError` where it is none."""
    body = _encoded({"SessionToken": api_session, "AppKey": _api_key(account)})
    url, headers = f"{ROOT}/customerdetails", {"Content-Type": "application/json"}
    reply = account.http.request("GET", url, headers=headers, data=body, limit=LIMIT)
    answer = _parse_read(reply)
    if answer.ok:
        return record_of(answer.data, "customer")
    raise _error(account, _login_kind(answer), answer)


def _send(account: Account, method: str, path: str, body: Mapping[str, Any], *, write: bool = False) -> Reply:
    """A signed request. Every one has a body, `{}` if nothing else, whatever its method."""
    token = account.require_session().tokens["session"].reveal()
    data = _encoded(body)  # the signature covers these bytes, so they are made once, and here
    timestamp = f"{account.clock.now().astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000Z"
    secret = account.settings.require("api_secret").reveal().strip()
    headers = {
        "Content-Type": "application/json",
        "X-Checksum": f"token {checksum(timestamp, data, secret)}",
        "X-Timestamp": timestamp,
        "X-AppKey": _api_key(account),
        "X-SessionToken": token,
    }
    return account.http.request(method, f"{ROOT}/{path}", headers=headers, data=data, limit=LIMIT, write=write)


def _encoded(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode()


def _api_key(account: Account) -> str:
    return account.settings.require("api_key").reveal().strip()


# --- Answers ---


@dataclass(frozen=True, slots=True)
class _Answer:
    """An envelope. `status` is the one in the body, `http` that of the answer; `data` is `None` for null and `""`."""

    status: int
    http: int
    error: str
    data: Any

    @property
    def ok(self) -> bool:
        return self.status == 200 and not self.error and self.http < 400


def _read_data(account: Account, reply: Reply, shape: Any = None) -> Any:
    answer = _parse_read(reply, shape)
    if answer.ok:
        return answer.data
    if "no data found" in answer.error.lower():
        return None
    raise _error(account, _common_kind(account, answer) or _read_kind(answer), answer)


def _parse_read(reply: Reply, shape: Any = None) -> _Answer:
    """The envelope of an answer to a read, which may say in HTML that there were too many."""
    try:
        return _parse(reply, shape)
    except errors.UnreadableAnswer:
        if reply.status == 429 or mentions(reply.text, ("429", "too many requests")):
            raise _rate_limited("too many requests", 60.0, reply.status) from None
        raise


def _parse(reply: Reply, shape: Any = None) -> _Answer:
    """Raises `UnreadableAnswer` for what is no envelope: HTML, nothing, `null`, an object without a status."""
    body = reply.json(shape)
    status = text_of(body, "Status") if isinstance(body, Mapping) else ""
    if not status.isdecimal():
        raise _unreadable("ICICI Direct sent JSON that says neither yes nor no.", reply)
    data = body.get("Success")
    return _Answer(int(status), reply.status, text_of(body, "Error"), None if data == "" else data)


def _common_kind(account: Account, answer: _Answer) -> type[errors.OpenAlgoError] | None:
    """What a refusal is to a read and to an order alike; `None` where that depends on which."""
    text = answer.error.lower()
    if "limit exceed" in text or 429 in (answer.http, answer.status):
        return errors.RateLimited
    bad_signature, bad_session = "invalid checksum" in text, _denies_session(text)
    suspect = bad_signature or bad_session or "resource not available" in text or answer.http in (401, 403)
    if suspect and _is_over(account):
        return errors.SessionExpired
    if bad_signature or bad_session:
        return errors.AuthenticationError
    gateway = answer.http >= 500 or answer.status in (502, 503, 504)
    return errors.BrokerUnavailable if gateway and _is_generic(text) else None


def _read_kind(answer: _Answer) -> type[errors.OpenAlgoError]:
    if mentions(answer.error, _NOT_SERVED_TEXTS):
        return errors.NotSupported
    return errors.BrokerUnavailable if _is_generic(answer.error.lower()) else errors.InvalidRequest


def _login_kind(answer: _Answer) -> type[errors.OpenAlgoError]:
    text = answer.error.lower()
    if "limit exceed" in text or 429 in (answer.http, answer.status):
        return errors.RateLimited
    if "resource not available" in text:
        return errors.SessionExpired
    return errors.AuthenticationError if _denies_session(text) else errors.BrokerUnavailable


def _denies_session(text: str) -> bool:
    return "invalid session" in text or "public key" in text or ("session" in text and "expired" in text)


def _is_generic(text: str) -> bool:
    return not text or any(word in text for word in _GENERIC_TEXTS)


def _is_over(account: Account) -> bool:
    """Whether the session is dead, asked of the one call that can tell: the other texts have more than one cause."""
    api_session = account.require_session().tokens.get("api_session")
    if not api_session:
        return False
    try:
        customer_details(account, api_session.reveal())
    except errors.AuthenticationError:
        return True
    except errors.OpenAlgoError:  # nobody can tell now; a session that lives must not be thrown away
        return False
    return False


def _error(account: Account, kind: type[errors.OpenAlgoError], answer: _Answer) -> errors.OpenAlgoError:
    if issubclass(kind, errors.RateLimited):
        return _rate_limited(answer.error, _pause(account, answer.error), answer.http, str(answer.status))
    hint = _CHECKSUM_HINT if "invalid checksum" in answer.error.lower() else ""
    if issubclass(kind, errors.SessionExpired) or (issubclass(kind, errors.AuthenticationError) and not hint):
        hint = _LOGIN_HINT
    message = answer.error or f"no reason given (HTTP {answer.http})"
    return kind(f"ICICI Direct: {message}", hint=hint, broker="icici", code=str(answer.status), http_status=answer.http)


def _rate_limited(text: str, pause: float, http: int, code: str | None = None) -> errors.RateLimited:
    return errors.RateLimited(
        f"ICICI Direct: {text.strip()}",
        hint="100 calls a minute and 5000 a day are allowed, all programs of a client together.",
        retry_after=pause,
        broker="icici",
        code=code,
        http_status=http,
    )


def _pause(account: Account, text: str) -> float:
    """Seconds until a call has a chance: a minute, or until midnight IST where the day is used up."""
    if "per day" not in text.lower():
        return 60.0
    now = account.clock.now()
    return (next_ist(now, time(0)) - now).total_seconds()


def _unreadable(message: str, reply: Reply) -> errors.UnreadableAnswer:
    return errors.UnreadableAnswer(message, broker="icici", http_status=reply.status)


# --- Values ---


@lru_cache(maxsize=16384)  # a book is read again and again, with the same times in it
def moment(text: str) -> datetime | None:
    """`30-Jul-2026 14:28:02`, which is IST, or without the seconds; `None` for anything else."""
    day, _, clock = text.partition(" ")
    try:
        return datetime.combine(date.fromisoformat(iso_day(day)), time.fromisoformat(clock), IST)
    except (ValueError, errors.UnreadableAnswer):
        return None


def today(account: Account) -> dict[str, str]:
    """The span of today's books. Only the days count; the Z is not meant."""
    day = f"{account.clock.now().astimezone(IST):%Y-%m-%d}"
    return {"from_date": f"{day}T00:00:00.000Z", "to_date": f"{day}T23:59:59.000Z"}


def listing(account: Account, row: Mapping[str, Any]) -> tuple[str, Exchange]:
    """The unified symbol and exchange of a row; the broker's own words where the local master does not know it."""
    code, contract = text_of(row, "exchange_code").upper(), Contract.of_row(row)
    found = account.instruments.by_broker_symbol(code, contract.text)
    if found is not None:
        return found.symbol, found.exchange
    if code not in EXCHANGE_OF or not contract.stock_code:
        raise errors.UnreadableAnswer(
            f"ICICI Direct sent a row of no known instrument: {code}:{contract.text}.", broker="icici"
        )
    return contract.text, EXCHANGE_OF[code]


def action(value: Any) -> Action:
    """The side of a row. Raises `UnreadableAnswer` where there is none."""
    word = text(value)
    if word.lower() not in ACTION_OF:
        raise errors.UnreadableAnswer(f"ICICI Direct sent a row without a side: {word!r}.", broker="icici")
    return ACTION_OF[word.lower()]
