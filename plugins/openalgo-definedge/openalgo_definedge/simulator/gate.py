"""What every request must pass before a handler sees it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from openalgo_core.simulation import Stage

from .desk import Call, Desk, Endpoint
from .envelopes import Refusal, answered, error, refused, unauthorised
from .faults import REFUSALS, SPOILT, nothing_but_success
from .fields import Body, Undocumented

__all__ = ["Gate"]

_RETRY_AFTER: Final = "1"


class _TooFast(Exception):
    pass


class Gate:
    """One endpoint as Starlette calls it."""

    def __init__(self, desk: Desk, endpoint: Endpoint) -> None:
        self._desk = desk
        self._endpoint = endpoint

    async def answer(self, request: Request) -> Response:
        raw = await request.body()
        try:
            return answered(self._result(request, raw))
        except _TooFast:
            return JSONResponse(error("Too Many Requests").body, 429, {"Retry-After": _RETRY_AFTER})
        except Refusal as refusal:
            return refused(refusal)
        except Undocumented as problem:
            self._desk.surprise(f"{request.method} {request.url.path}: {problem}")
            return refused(error(f"Invalid Input : {problem}", http_status=400))

    def _result(self, request: Request, raw: bytes) -> Any:
        before = self._scripted(request, Stage.BEFORE)
        if before == "no-id":
            return nothing_but_success()
        call = self._admitted(request, raw, before)
        answer = self._endpoint.handle(self._desk, call)
        for name in (before, self._scripted(request, Stage.AFTER)):
            if name is not None and name in SPOILT:
                answer = SPOILT[name](answer)
        return answer

    def _scripted(self, request: Request, stage: Stage) -> str | None:
        """Plays the fault that is due, as far as it is not the handler's or the answer's. Raises the `Refusal` that it
        stands for."""
        name = self._desk.setup.scripted(f"{request.method} {request.url.path}", stage)
        if name is not None and name in REFUSALS:
            raise REFUSALS[name]()
        if name == "expired":
            self._desk.sessions.expire_all()
        elif name not in (None, *SPOILT, *self._endpoint.plays):
            self._desk.surprise(f"{request.url.path} was asked to play {name}, which it does not know")
        return name

    def _admitted(self, request: Request, raw: bytes, scripted: str | None) -> Call:
        user_id = self._authorised(request) if self._endpoint.needs_key else ""
        if request.url.query:
            raise Undocumented("no call has a query")
        body = Body.read(_parsed(request, raw), self._endpoint.fields)
        return Call(user_id, request.headers, body, request.path_params, scripted)

    def _authorised(self, request: Request) -> str:
        """Whose key came along. The bare key: with a scheme word in front it is another text, and nobody's."""
        desk = self._desk
        user_id = desk.sessions.user_of(request.headers.get("authorization", ""))
        registered = desk.setup.registered_ip
        if registered and request.client and request.client.host != registered:
            raise unauthorised("Unauthorized")
        if desk.setup.enforce_rate_limits and not desk.limits.admit(user_id, self._endpoint.host):
            raise _TooFast
        return user_id


def _parsed(request: Request, raw: bytes) -> Mapping[str, Any]:
    """The body's object; a GET has none."""
    if request.method == "GET":
        if raw:
            raise Undocumented("a GET has no body")
        return {}
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise Undocumented("the header content-type is not application/json")
    try:
        values = json.loads(raw)
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise Undocumented("the body is no JSON object")
    return values
