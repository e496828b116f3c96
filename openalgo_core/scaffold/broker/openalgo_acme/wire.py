"""Acme's wire: headers, answers, what a refusal means.

Yes is HTTP 200 with a JSON object. No is any other status with `{"error": {"code": "...", "message": "..."}}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from openalgo_core import errors
from openalgo_core.clock import ist
from openalgo_core.numbers import optional_money

from .tables import ERRORS, EXCHANGES

if TYPE_CHECKING:
    from openalgo_core.models import Account, Exchange, Reply

__all__ = ["ROOT", "answer", "headers", "listing", "moment", "price", "read", "rows", "text", "word", "write"]

ROOT = "https://api.acme.example"

Word = TypeVar("Word")

_HINTS = {
    "NO_SESSION": "Run: openalgo login --broker acme",
    "WRONG_IP": "Register this machine's static IP address with Acme.",
}


def headers(account: Account) -> dict[str, str]:
    """What every request carries, and the session's token where there is one."""
    common = {"Accept": "application/json", "X-Api-Key": account.settings.require("api_key").reveal().strip()}
    if account.session is None:
        return common
    return common | {"Authorization": f"Bearer {account.session.tokens['token'].reveal()}"}


def read(account: Account, path: str, params: Mapping[str, str] | None = None) -> Mapping[str, Any]:
    """One read. Raises what `answer` raises, and `LoginRequired` without a session."""
    account.require_session()
    return answer(account.http.request("GET", f"{ROOT}/{path}", headers=headers(account), params=params, limit="reads"))


def write(account: Account, method: str, path: str, body: Any = None) -> str:
    """The one request of an order hook that books something; the id of the order. Raises what `answer` raises."""
    account.require_session()
    reply = account.http.request(
        method, f"{ROOT}/{path}", headers=headers(account), json=body, limit="orders", write=True
    )
    order_id = answer(reply).get("id")
    if not order_id:
        # Never a success without an id: the core looks for the order in the book.
        raise _unreadable("Acme said yes and named no order.", reply)
    return str(order_id)


def answer(reply: Reply) -> Mapping[str, Any]:
    """The object of a yes. Raises the error that a no stands for, `UnreadableAnswer` for what is neither."""
    if reply.status == 429:
        # Acme's documentation: a throttled request is not executed.
        retry_after = reply.headers.get("Retry-After", "")
        raise errors.RateLimited(
            "Acme is asked too often.",
            retry_after=float(retry_after) if retry_after.isdigit() else None,
            broker="acme",
            http_status=429,
        )
    if reply.status >= 500:
        raise errors.BrokerUnavailable(f"Acme failed (HTTP {reply.status}).", broker="acme", http_status=reply.status)
    body = reply.json()
    if not isinstance(body, Mapping):
        raise _unreadable("Acme sent something else than an object.", reply)
    if reply.status == 200:
        return body
    raise _refusal(body.get("error"), reply)


def _refusal(error: Any, reply: Reply) -> errors.OpenAlgoError:
    code = str(error.get("code", "")) if isinstance(error, Mapping) else ""
    if code not in ERRORS:
        return _unreadable(f"Acme answered with HTTP {reply.status} and a code that means nothing to us.", reply)
    return ERRORS[code](
        f"Acme: {error.get('message') or code}",
        hint=_HINTS.get(code, ""),
        broker="acme",
        code=code,
        http_status=reply.status,
    )


def _unreadable(message: str, reply: Reply) -> errors.UnreadableAnswer:
    return errors.UnreadableAnswer(message, broker="acme", http_status=reply.status)


# --- Values ---


def rows(body: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The rows of a book. Raises `UnreadableAnswer` where there is no list: never an empty book by mistake."""
    found = body.get(name)
    if not isinstance(found, list) or not all(isinstance(row, Mapping) for row in found):
        raise errors.UnreadableAnswer(f"Acme sent no list of {name}.", broker="acme")
    return found


def text(row: Mapping[str, Any], name: str) -> str:
    """A text that must be there. Raises `UnreadableAnswer`."""
    value = row.get(name)
    if not value:
        raise errors.UnreadableAnswer(f"Acme sent a row without {name}.", broker="acme")
    return str(value)


def word(table: Mapping[str, Word], row: Mapping[str, Any], name: str) -> Word:
    """Our word for a broker's. Raises `UnreadableAnswer` for one that the table does not have."""
    try:
        return table[row[name]]
    except KeyError:
        raise errors.UnreadableAnswer(
            f"Acme's {name} is {row.get(name)!r}, which is no word of the table.", broker="acme"
        ) from None


def price(value: Any) -> Decimal | None:
    """Rupees; `None` where Acme writes null, or 0 for want of a price."""
    return optional_money(value) or None


def moment(written: Any) -> datetime | None:
    """`2026-11-20T10:15:02+05:30`; `None` for anything else."""
    try:
        return ist(datetime.fromisoformat(written))
    except (TypeError, ValueError):
        return None


def listing(account: Account, row: Mapping[str, Any]) -> tuple[str, Exchange]:
    """The unified symbol and exchange of a row; Acme's own symbol where the local table does not know it."""
    found = account.instruments.by_token(str(row.get("segment")), str(row.get("instrument")))
    if found is not None:
        return found.symbol, found.exchange
    return str(row.get("symbol")), word(EXCHANGES, row, "segment")
