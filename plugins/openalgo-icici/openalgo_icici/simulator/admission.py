"""Who is calling: the three ways in which a request proves it."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from starlette.requests import Request

from openalgo_core.secrets import Secret

from .desk import Desk
from .envelopes import refusal
from .fields import Undocumented

__all__ = ["Admission", "by_header", "by_nobody", "by_signature"]

#: The caller's user id (empty where the handler finds out) and the fields of the request. Raises `Refusal`.
Admission = Callable[[Desk, Request, bytes], tuple[str, Mapping[str, Any]]]

_CHECKSUM: Final = re.compile(r"token ([0-9a-f]{64})")
_TIMESTAMP: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.000Z")
_TOLERANCE: Final = timedelta(seconds=60)
_JSON: Final = "application/json"


def by_nobody(desk: Desk, request: Request, raw: bytes) -> tuple[str, Mapping[str, Any]]:
    """A JSON body and nothing else."""
    return "", _parsed(request, raw)


def by_signature(desk: Desk, request: Request, raw: bytes) -> tuple[str, Mapping[str, Any]]:
    """The first version: a token, and a checksum over the timestamp, the body as it was sent and the secret."""
    headers = request.headers
    values = _parsed(request, raw)
    api_key = _needed(request, "x-appkey")
    timestamp, checksum = _needed(request, "x-timestamp"), _needed(request, "x-checksum")
    secret = desk.setup.account.secret_of(api_key)
    if secret is None:
        raise refusal("unknown-key")
    user_id = desk.sessions.user_of(headers.get("x-sessiontoken", ""), api_key)
    if not _is_signed(timestamp, raw, secret, checksum) or not _is_recent(timestamp, desk.setup.clock.now()):
        raise refusal("invalid-checksum")
    return user_id, values


def by_header(desk: Desk, request: Request, raw: bytes) -> tuple[str, Mapping[str, Any]]:
    """The second version: token and key in headers, everything else in the query."""
    if raw:
        raise Undocumented("candles of the second version are asked for without a body")
    _check_content_type(request)
    api_key = _needed(request, "apikey")
    if desk.setup.account.secret_of(api_key) is None:
        raise refusal("unknown-key")
    return desk.sessions.user_of(request.headers.get("x-sessiontoken", ""), api_key), request.query_params


def _parsed(request: Request, raw: bytes) -> Mapping[str, Any]:
    """The object of the body, which every method has."""
    _check_content_type(request)
    if request.url.query:
        raise Undocumented("calls of the first version have no query")
    try:
        values = json.loads(raw)
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise Undocumented("the body is no JSON object")
    return values


def _check_content_type(request: Request) -> None:
    if request.headers.get("content-type", "").partition(";")[0] != _JSON:
        raise Undocumented(f"the header content-type is not {_JSON}")


def _needed(request: Request, name: str) -> str:
    value = request.headers.get(name)
    if not value:
        raise Undocumented(f"the header {name} is missing")
    return value


def _is_signed(timestamp: str, raw: bytes, secret: Secret, checksum: str) -> bool:
    given = _CHECKSUM.fullmatch(checksum)
    expected = hashlib.sha256(timestamp.encode() + raw + secret.reveal().encode()).hexdigest()
    return given is not None and hmac.compare_digest(given[1], expected)


def _is_recent(timestamp: str, now: datetime) -> bool:
    if not _TIMESTAMP.fullmatch(timestamp):
        return False
    try:
        moment = datetime.fromisoformat(timestamp[:19]).replace(tzinfo=UTC)
    except ValueError:
        return False
    return abs(now - moment) <= _TOLERANCE
