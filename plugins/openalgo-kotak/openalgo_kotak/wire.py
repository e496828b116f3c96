"""The wire that all requests share: headers, the `jData` form, the many envelopes, and what a refusal means.

Most failures come with HTTP 200, and `stat` may even hold the message. Reads and order writes are told apart because
the same answer means different things to them: "internal error" to a read is a reason to ask again, to an order it
leaves open whether the order exists.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from openalgo_core import errors
from openalgo_core.answers import mentions, record_of, retry_after, text_of
from openalgo_core.answers import rows_of as _rows
from openalgo_core.clock import IST
from openalgo_core.symbols import MONTHS

from .flows import dialect_of
from .tables import ERRORS, EXCHANGE_OF, HINTS, NO_DATA, NOT_OPEN_TEXTS

if TYPE_CHECKING:
    from openalgo_core.models import Account, Exchange, Reply, Session

__all__ = [
    "judge", "listing", "login_answer", "login_data", "market_headers", "moment",
    "read", "rows_of", "unreadable", "url_of", "write_order",
]  # fmt: skip

_LOGIN = "Run: openalgo login --broker kotak"
_LOGIN_HINT = (
    "Check BROKER_API_KEY (UCC), BROKER_API_SECRET (access token) and the answers: mobile number, MPIN or password, "
    "and the code, which lives 30 seconds."
)
_ADDRESS_HINT = "Register this machine's static IP in Neo (Trade API), then log in again: openalgo login --broker kotak"
#: Reported for good sessions too, outside market hours: to be confirmed before a session is given up for a read.
_DOUBTFUL = "100022"
_UNREGISTERED = "100008"
_INTERNAL = "1005"
#: HTTP statuses by which the server blames itself, whatever the body says.
_SERVER_FAULTS = (424, 500, 501, 502, 503, 504)

_MONTH_NUMBERS = {name: f"{number:02}" for number, name in enumerate(MONTHS, start=1)}


# --- Requests ---


def read(
    account: Account, path: str, fields: Mapping[str, str] | None = None, *, shape: Any = None
) -> Mapping[str, Any]:
    """Ask for something that needs a session: a GET, or a POST where there are fields. The answer says yes; an empty
    book is one whose `data` is null."""
    reply = _ask(account, path, fields)
    answer = _parse(reply, shape=shape)
    if answer.ok:
        return record_of(answer.body, "object")
    if answer.code == NO_DATA:
        return {"data": None}
    kind = _kind_of(answer)
    if answer.code == _DOUBTFUL and not _is_dead(account):
        kind = errors.BrokerUnavailable
    raise _error(kind, answer, reply)


def write_order(account: Account, path: str, fields: Mapping[str, str], *, change: bool) -> str:
    """Place, modify or cancel, once; the order id. `change` says that it concerns an existing order.

    Raises `OrderRejected`, `OrderNotOpen` (only where `change`) and `SessionExpired` for refusals that prove that
    nothing was done. `BrokerUnavailable`, `UnreadableAnswer` and `OutcomeUnknown` prove nothing: 429, of which the
    documentation does not say that nothing is executed, 5xx, HTML, a yes without an id, "internal error", and a tag
    that Kotak has seen today already may stand for a booked order.
    """
    url, headers, params = _trading(account, path, write=True)
    reply = account.http.request(
        "POST", url, headers=headers, params=params, data=_form(fields), limit="orders", write=True
    )
    answer = _parse(reply)
    order_id = text_of(answer.body, "nOrdNo") if isinstance(answer.body, Mapping) else ""
    if answer.ok and order_id:
        return order_id
    if answer.ok or order_id:
        raise unreadable("Kotak's answer to an order says neither yes nor no.", reply)
    raise _error(_order_refusal(answer, change=change), answer, reply, order=True)


def url_of(account: Account, path: str) -> str:
    """Where a path lies: on the host that the login named, another for each account. `BROKER_BASE_URL` goes before it,
    for the session may have been made somewhere else."""
    return f"{account.settings.base_url or account.require_session().data['base_url']}/{path}"


def market_headers(session: Session) -> dict[str, str]:
    """For prices and instruments the access token is the only credential."""
    return {"Authorization": f"{dialect_of(session).scheme}{session.tokens['access'].reveal()}"}


def _ask(account: Account, path: str, fields: Mapping[str, str] | None) -> Reply:
    url, headers, params = _trading(account, path, write=False)
    method, data = ("GET", None) if fields is None else ("POST", _form(fields))
    return account.http.request(method, url, headers=headers, params=params, data=data, limit="reads")


def _trading(account: Account, path: str, *, write: bool) -> tuple[str, dict[str, str], dict[str, str] | None]:
    """URL, headers and query of what needs a session."""
    session = account.require_session()
    dialect = dialect_of(session)
    in_portfolio = path.startswith("portfolio/")
    url = url_of(account, f"{dialect.portfolio if in_portfolio else dialect.orders}{path}")
    headers = {
        "Accept": "application/json",
        "Sid": session.tokens["sid"].reveal(),
        "Auth": session.tokens["trade"].reveal(),
    }
    if dialect.is_live or not in_portfolio:
        headers["neo-fin-key"] = dialect.fin_key
    if write or not dialect.is_live:
        headers |= market_headers(session)
    return url, headers, None if dialect.is_live else {"sId": session.data["server_id"]}


def _form(fields: Mapping[str, str]) -> dict[str, str]:
    return {"jData": json.dumps(fields, separators=(",", ":"))}


def _is_dead(account: Account) -> bool:
    """Whether the order book says too that the session is over."""
    try:
        answer = _parse(_ask(account, "quick/user/orders", None))
    except errors.SessionExpired:
        return True
    except errors.OpenAlgoError:  # whatever it is, it does not confirm anything
        return False
    return not answer.ok and _kind_of(answer) is errors.SessionExpired


# --- Answers ---


@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer, whichever of the envelopes it came in. `code` is the HTTP status where the body has none."""

    ok: bool
    code: str
    message: str
    body: Any
    status: int


def judge(reply: Reply, *, refused: Mapping[str, type[errors.OpenAlgoError]] | None = None) -> Any:
    """The body of an answer to what needs no session. `refused` says what codes mean there in particular."""
    answer = _parse(reply)
    if answer.ok:
        return answer.body
    raise _error((refused or {}).get(answer.code) or _kind_of(answer), answer, reply)


def login_answer(reply: Reply) -> Mapping[str, Any]:
    """The answer to a step of the login. A refusal is an `AuthenticationError`, whatever its code means elsewhere."""
    answer = _parse(reply, denied=errors.AuthenticationError)
    if answer.ok:
        return record_of(answer.body, "object")
    raise _login_refused(answer, reply)


def login_data(reply: Reply) -> Mapping[str, Any]:
    """The `data` of an answer to a step of the login; without any, even a 200 is a refusal."""
    answer = _parse(reply, denied=errors.AuthenticationError)
    data = answer.body.get("data") if isinstance(answer.body, Mapping) else None
    if answer.ok and isinstance(data, Mapping) and text_of(data, "status").lower() in ("", "success"):
        return data
    raise _login_refused(answer, reply)


def _login_refused(answer: _Answer, reply: Reply) -> errors.OpenAlgoError:
    kind: type[errors.OpenAlgoError] = errors.AuthenticationError
    if answer.status == 429:
        kind = errors.RateLimited
    elif answer.code == _INTERNAL:
        kind = errors.BrokerUnavailable
    return _error(kind, answer, reply)


def _parse(reply: Reply, *, denied: type[errors.OpenAlgoError] = errors.SessionExpired, shape: Any = None) -> _Answer:
    """Read any of the envelopes. `denied` is what a 401 or 403 in plain words, or in none, means; a web page in its
    place is a firewall's, and proves nothing. A server that blames itself raises at once."""
    body: Any = None
    try:
        body = reply.json(shape)
    except errors.UnreadableAnswer:
        if reply.status in (401, 403) and not reply.text.lstrip().startswith("<"):
            raise _error(
                denied, _Answer(False, str(reply.status), "access denied", None, reply.status), reply
            ) from None
        if reply.status not in (429, *_SERVER_FAULTS):
            raise
    answer = _verdict(body, reply.status)
    if reply.status in _SERVER_FAULTS:
        raise _error(errors.BrokerUnavailable, answer, reply)
    return answer


def _verdict(body: Any, status: int) -> _Answer:
    if not isinstance(body, Mapping):
        return _Answer(status < 400, _http_code(status), "", body, status)
    said = (body, *(_nested(body, key) for key in ("error", "fault")))
    stat = text_of(body, "stat")
    refused = (
        any(body.get(key) for key in ("error", "fault", "errorCode")) or text_of(body, "status").lower() == "error"
    )
    code = _first(said, ("stCode", "errorCode", "code")) or _http_code(status)
    message = _first(said, ("emsg", "errMsg", "message")) or stat
    return _Answer(status < 400 and not refused and stat.lower() in ("", "ok"), code, message, body, status)


def _nested(body: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """The object under `error` (a list of one) or `fault`; a bare text there is a message."""
    value = body.get(key)
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, Mapping):
        return value
    return {"message": value} if isinstance(value, str) else {}


def _first(places: tuple[Mapping[str, Any], ...], keys: tuple[str, ...]) -> str:
    return next((found for place in places for key in keys if (found := text_of(place, key))), "")


def _http_code(status: int) -> str:
    return str(status) if status >= 400 else ""


def _kind_of(answer: _Answer) -> type[errors.OpenAlgoError]:
    """What a refusal of a read is."""
    if answer.status == 429:
        return errors.RateLimited
    return ERRORS.get(answer.code) or ERRORS.get(_http_code(answer.status), errors.InvalidRequest)


def _order_refusal(answer: _Answer, *, change: bool) -> type[errors.OpenAlgoError]:
    kind = _kind_of(answer)
    if kind in (errors.RateLimited, errors.BrokerUnavailable):
        return errors.BrokerUnavailable
    if kind in (errors.OutcomeUnknown, errors.SessionExpired):
        return kind
    gone = answer.code == "1021" or (answer.code == "1006" and not mentions(answer.message, ("exchange",)))
    if change and (gone or mentions(answer.message, NOT_OPEN_TEXTS)):
        return errors.OrderNotOpen
    return errors.OrderRejected


def _error(
    kind: type[errors.OpenAlgoError], answer: _Answer, reply: Reply, *, order: bool = False
) -> errors.OpenAlgoError:
    message = answer.message or f"no reason given (HTTP {reply.status})"
    if order and answer.code == _UNREGISTERED:
        message += ": static IP not registered"
    text = f"Kotak: {message}" + (f" ({answer.code})" if answer.code else "")
    details: dict[str, Any] = {"broker": "kotak", "code": answer.code or None, "http_status": reply.status}
    if kind is errors.RateLimited:
        return errors.RateLimited(text, retry_after=retry_after(reply, 1.0), **details)
    return kind(text, hint=_hint(kind, answer, order=order), **details)


def _hint(kind: type[errors.OpenAlgoError], answer: _Answer, *, order: bool) -> str:
    if order and answer.code == _UNREGISTERED:
        return _ADDRESS_HINT
    if answer.code in HINTS:
        return HINTS[answer.code]
    if issubclass(kind, errors.SessionExpired):
        return _LOGIN
    if kind is errors.AuthenticationError:
        return _LOGIN_HINT
    if order and kind is errors.BrokerUnavailable:
        return "Look into the order book before you send the order again."
    return ""


def unreadable(message: str, reply: Reply | None = None) -> errors.UnreadableAnswer:
    """An answer that is not what the wire promises."""
    return errors.UnreadableAnswer(message, broker="kotak", http_status=reply.status if reply else None)


# --- Values ---


def rows_of(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The rows of a book; null is an empty one. Raises `UnreadableAnswer` for anything but a list of rows."""
    if "data" not in body:
        raise unreadable("Kotak sent a book without rows.")
    return _rows(body["data"])


@lru_cache(maxsize=16384)  # a book is read again and again, with the same times in it
def moment(text: str) -> datetime | None:
    """The two ways in which a moment is written, both IST; `None` for anything else.

    `27-Aug-2026 09:20:01`, in some books with blanks after the colons, and `2026/08/27 09:20:01`.
    """
    day, _, clock = text.strip().partition(" ")
    if "/" in day:
        day = day.replace("/", "-")
    elif len(day) == 11:
        day = f"{day[7:]}-{_MONTH_NUMBERS.get(day[3:6].upper(), '')}-{day[:2]}"
    try:
        return datetime.combine(date.fromisoformat(day), time.fromisoformat(clock.replace(" ", "")), IST)
    except ValueError:
        return None


def listing(account: Account, segment: str, symbol: str, token: str = "") -> tuple[str, Exchange]:
    """The unified symbol and exchange of a row; the broker's own symbol where the local master does not know it.

    Trades carry no token. Tokens are unique within a segment only.
    """
    lookup = account.instruments
    found = (lookup.by_token(segment, token) if token else None) or lookup.by_broker_symbol(segment, symbol)
    if found is not None:
        return found.symbol, found.exchange
    if segment not in EXCHANGE_OF or not symbol:
        raise unreadable(f"Kotak sent a row of no known instrument: {segment}:{symbol}.")
    return symbol, EXCHANGE_OF[segment]
