"""What every request must pass before a handler sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from openalgo_core.simulation import Stage

from .admission import Admission
from .desk import Call, Desk, Endpoint
from .envelopes import SENTENCES, Refusal, empty, null_body, refusal, refused
from .fields import Body, Undocumented

__all__ = ["Gate"]

_WHOLE_ANSWERS = ("null-body", "success-null")


class Gate:
    """The calls that one method of one path serves, as Starlette asks for them."""

    def __init__(self, desk: Desk, admission: Admission, endpoints: Sequence[Endpoint]) -> None:
        self._desk = desk
        self._admission = admission
        self._endpoints = endpoints

    async def answer(self, request: Request) -> Response:
        raw = await request.body()
        try:
            return self._result(request, raw)
        except Refusal as no:
            return refused(no, self._desk.gateway_status)
        except Undocumented as problem:
            self._desk.surprise(f"{request.method} {request.url.path}: {problem}")
            return refused(Refusal(f"Invalid request: {problem}"), self._desk.gateway_status)

    def _result(self, request: Request, raw: bytes) -> Response:
        before = self._scripted(request, Stage.BEFORE)
        if before in _WHOLE_ANSWERS:
            return self._whole(before)
        user_id, values = self._admission(self._desk, request, raw)
        endpoint = self._fitting(values)
        call = self._admitted(request, endpoint, Call(user_id, Body.read(values, endpoint.fields), before))
        data = endpoint.handle(self._desk, call)
        after = self._scripted(request, Stage.AFTER)
        if after in _WHOLE_ANSWERS:
            return self._whole(after)
        return empty() if endpoint.is_list and not data else endpoint.answer(data)

    def _whole(self, name: str) -> Response:
        return null_body() if name == "null-body" else self._endpoints[0].answer(None)

    def _fitting(self, values: Mapping[str, Any]) -> Endpoint:
        for endpoint in self._endpoints:
            if endpoint.marked_by is None or endpoint.marked_by in values:
                return endpoint
        raise AssertionError("the last endpoint of a path has no mark")

    def _admitted(self, request: Request, endpoint: Endpoint, call: Call) -> Call:
        """Raises `Refusal` for a call from the wrong place, or one too many."""
        registered = self._desk.setup.registered_ip
        if endpoint.write and registered and request.client and request.client.host != registered:
            raise refusal("unregistered-ip")
        if self._desk.setup.enforce_rate_limits and call.user_id:
            self._desk.limits.count(call.user_id, write=endpoint.write)
        return call

    def _scripted(self, request: Request, stage: Stage) -> str | None:
        """Plays the fault that is due, as far as it is not the handler's. Raises the `Refusal` that it stands for."""
        called = f"{request.method} {request.url.path}"
        name = self._desk.setup.scripted(called, stage)
        if name in SENTENCES:
            raise refusal(name)
        if name == "expired":
            self._desk.sessions.expire_all()
        elif name not in (None, *_WHOLE_ANSWERS, *(played for line in self._endpoints for played in line.plays)):
            self._desk.surprise(f"{called} was asked to play {name}, which it does not know")
        return name
