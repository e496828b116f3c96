"""What every request must pass before a handler sees it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from openalgo_core.simulation import Stage

from .desk import Call, Desk, Endpoint
from .envelopes import Refusal, answered, bare, error, refused, throttled
from .faults import REFUSALS, SPOILT, unregistered_address
from .fields import Input, Undocumented

__all__ = ["Gate"]


class Gate:
    """One endpoint as Starlette calls it."""

    def __init__(self, desk: Desk, endpoint: Endpoint) -> None:
        self._desk = desk
        self._endpoint = endpoint

    async def answer(self, request: Request) -> Response:
        raw = await request.body()
        try:
            return answered(self._result(request, raw))
        except Refusal as refusal:
            return refused(refusal)
        except Undocumented as problem:
            self._desk.surprise(f"{request.method} {request.url.path}: {problem}")
            return refused(error(f"Invalid request: {problem}", "RequestValidationException"))

    def _result(self, request: Request, raw: bytes) -> Any:
        before = self._scripted(request, Stage.BEFORE)
        answer = self._endpoint.handle(self._desk, self._admitted(request, raw, before))
        for name in (before, self._scripted(request, Stage.AFTER)):
            if name is not None and name in SPOILT:
                answer = SPOILT[name](answer)
        return answer

    def _scripted(self, request: Request, stage: Stage) -> str | None:
        """Plays the fault that is due, as far as it is not the handler's or the answer's. Raises the `Refusal` that it
        stands for."""
        line = f"{request.method} {request.url.path}"
        name = self._desk.setup.scripted(line, stage)
        if name is not None and name in REFUSALS:
            raise REFUSALS[name]()
        if name == "expired":
            self._desk.sessions.expire_all()
        elif name == "dead-contract":
            self._desk.deep_is_dead = True
        elif name not in (None, *SPOILT, *self._endpoint.plays):
            self._desk.surprise(f"{line} was asked to play {name}, which it does not know")
        return name

    def _admitted(self, request: Request, raw: bytes, scripted: str | None) -> Call:
        endpoint, desk = self._endpoint, self._desk
        user_id = self._authorised(request) if endpoint.token else desk.setup.account.user_id
        if desk.setup.enforce_rate_limits and not desk.limits.admit(user_id, endpoint.limit):
            raise throttled(endpoint.limit.seconds)
        body = Input.read(self._parsed(request, raw), endpoint.body)
        query = Input.read(_queried(request), endpoint.query)
        for name in body.values.keys() & query.values.keys():
            if body.text(name) != query.text(name):
                raise Undocumented(f"{name} is one thing in the body and another in the query")
        return Call(user_id, request.headers, body, query, request.path_params, scripted)

    def _authorised(self, request: Request) -> str:
        """Whose token came along. The bare token: with a scheme word in front it is another text, and nobody's."""
        token = request.headers.get("authorization")
        if not token:
            raise bare("Authorization not sent")
        user_id = self._desk.sessions.user_of(token)
        registered = self._desk.setup.registered_ip
        if self._endpoint.write and registered and request.client and request.client.host != registered:
            raise unregistered_address()
        return user_id

    def _parsed(self, request: Request, raw: bytes) -> Mapping[str, Any]:
        """The body's object, on GET too where the call has one."""
        if not self._endpoint.body:
            if raw:
                raise Undocumented("this call has no body")
            return {}
        if request.headers.get("content-type", "").partition(";")[0] != "application/json":
            raise Undocumented("the header content-type is not application/json")
        try:
            values = json.loads(raw, parse_float=Decimal)
        except ValueError:
            values = None
        if not isinstance(values, dict):
            raise Undocumented("the body is no JSON object")
        return values


def _queried(request: Request) -> Mapping[str, str]:
    pairs = request.query_params.multi_items()
    values = dict(pairs)
    if len(values) != len(pairs):
        raise Undocumented("a name stands in the query twice")
    return values
