"""What every request must pass before a handler sees it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from openalgo_core.simulation import Stage

from .desk import Call, Desk, Endpoint
from .envelopes import TEXTS, Refusal, coded
from .fields import Body, Undocumented, form
from .limits import ORDERS
from .sessions import SERVER_ID, Scope, Session

__all__ = ["Gate", "by_access_token", "by_bearer", "by_bearer_and_session", "by_nobody", "by_session", "neo_key"]

_JSON: Final = "application/json"
_FORM: Final = "application/x-www-form-urlencoded"
_NEO_KEYS: Final = ("neotradeapi", "X6Nk8cQhUgGmJ2vBdWw4sfzrz4L5En")
#: Faults that change an answer after its work is done.
_NO_ID: Final = "no-id"
_SPOILT: Final = (_NO_ID, "null-data", "wrapped")

Strings = Mapping[str, str]


class _TooFast(Exception):
    pass


# -- how a caller proves himself; each raises `Refusal`, or `Undocumented` for a header that must be there -------------


def by_nobody(desk: Desk, headers: Strings, query: Strings) -> None:
    """Public."""


def neo_key(desk: Desk, headers: Strings, query: Strings) -> None:
    """The first calls of a login: what else they carry is theirs to check."""
    if headers.get("neo-fin-key") not in _NEO_KEYS:
        raise Undocumented("the header neo-fin-key is not the one of the API")


def by_access_token(desk: Desk, headers: Strings, query: Strings) -> None:
    """Prices and instrument files of the live generation: the plain token, without a scheme."""
    if not desk.credentials.knows_token(headers.get("authorization", "")):
        raise coded(100008, http_status=401)


def by_session(desk: Desk, headers: Strings, query: Strings) -> Session:
    """Everything else of the live generation. The access token may come along; nobody looks at it."""
    return desk.sessions.find(headers.get("auth", ""), headers.get("sid", ""), Scope.TRADE)


def by_bearer(desk: Desk, headers: Strings, query: Strings) -> None:
    """An application token of the older generations."""
    desk.credentials.check_bearer(headers.get("authorization", ""))


def by_bearer_and_session(desk: Desk, headers: Strings, query: Strings) -> Session:
    """Trading calls of the older generations, which name their server in the query."""
    by_bearer(desk, headers, query)
    if query.get("sId") != SERVER_ID:
        raise Undocumented("the query has no sId, or another than the login gave")
    return by_session(desk, headers, query)


class Gate:
    """One endpoint as Starlette calls it."""

    def __init__(self, desk: Desk, endpoint: Endpoint) -> None:
        self._desk = desk
        self._endpoint = endpoint

    async def answer(self, request: Request) -> Response:
        raw = await request.body()
        try:
            return JSONResponse(self._result(request, raw), self._endpoint.status)
        except _TooFast:
            return self._too_fast()
        except Refusal as refusal:
            return JSONResponse(refusal.body, refusal.http_status)
        except Undocumented as problem:
            self._desk.surprise(f"{request.method} {request.url.path}: {problem}")
            return JSONResponse({"stat": "Not_Ok", "errMsg": str(problem), "stCode": 1009}, 400)

    def _result(self, request: Request, raw: bytes) -> Any:
        before = self._scripted(request, Stage.BEFORE)
        if before == _NO_ID:
            return _spoilt(None, before)
        call = self._admitted(request, raw, before)
        answer = self._endpoint.handle(self._desk, call)
        return _spoilt(_spoilt(answer, before), self._scripted(request, Stage.AFTER))

    def _scripted(self, request: Request, stage: Stage) -> str | None:
        """Plays the fault that is due, as far as it is not the handler's or the answer's. Raises the `Refusal` that it
        stands for."""
        called = f"{request.method} {request.url.path}"
        name = self._desk.setup.scripted(called, stage)
        if name is not None and name.isdecimal() and int(name) in TEXTS:
            raise coded(int(name))
        if name == "expired":
            self._desk.sessions.expire_all()
        elif name not in (None, *_SPOILT, *self._endpoint.plays):
            self._desk.surprise(f"{called} was asked to play {name}, which it does not know")
        return name

    def _admitted(self, request: Request, raw: bytes, scripted: str | None) -> Call:
        endpoint, query = self._endpoint, request.query_params
        session = endpoint.admit(self._desk, request.headers, query)
        address = request.client.host if request.client else ""
        if endpoint.group == ORDERS:
            self._check_address(address, session)
        if self._desk.setup.enforce_rate_limits and endpoint.group and not self._desk.limits.admit(endpoint.group):
            raise _TooFast
        body = Body.read(_values(request, raw, endpoint.reads), endpoint.fields)
        return Call(address, request.headers, body, request.path_params, session, scripted)

    def _check_address(self, address: str, session: Session | None) -> None:
        """Orders come from a registered address, and from the one where their session was made."""
        registered = self._desk.setup.registered_ip
        if registered and address != registered:
            raise coded(100008)
        if session is not None and session.address != address:
            raise coded(1037)

    def _too_fast(self) -> Response:
        headers = {
            "Retry-After": "1",
            "X-RateLimit-Limit": str(self._desk.limits.most(self._endpoint.group)),
            "X-RateLimit-Remaining": "0",
            "X-RateLimit-Reset": "1",
        }
        return JSONResponse({"stat": "Not_Ok", "errMsg": "too many requests", "stCode": 429}, 429, headers)


def _spoilt(answer: Any, name: str | None) -> Any:
    if name == _NO_ID:
        return {"stat": "Ok", "stCode": 200}
    if name == "null-data":
        return answer | {"data": None}
    return {"data": answer} if name == "wrapped" else answer


def _values(request: Request, raw: bytes, reads: str) -> Mapping[str, Any]:
    """The fields of a request, from where they belong; nowhere else may be anything."""
    query = {name: value for name, value in request.query_params.items() if name != "sId"}
    if reads == "query":
        return query
    if query:
        raise Undocumented("the call has no query")
    if reads == "nothing":
        if raw:
            raise Undocumented("the call has no body")
        return {}
    _check_content_type(request, _FORM if reads == "form" else _JSON)
    return form(raw) if reads == "form" else _object(raw)


def _check_content_type(request: Request, wanted: str) -> None:
    if request.headers.get("content-type", "").partition(";")[0] != wanted:
        raise Undocumented(f"the header content-type is not {wanted}")


def _object(raw: bytes) -> Mapping[str, Any]:
    try:
        values = json.loads(raw)
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise Undocumented("the body is no JSON object")
    return values
