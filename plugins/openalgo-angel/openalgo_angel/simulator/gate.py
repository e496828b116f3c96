"""What every request must pass before a handler sees it, in the order in which SmartAPI checks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from openalgo_core.simulation import Stage

from .desk import Call, Desk, Endpoint
from .envelopes import MESSAGES, Refusal, refused, succeeded, too_fast
from .fields import Body, Undocumented

__all__ = ["Gate"]

_FIXED_HEADERS: Final = {"content-type": "application/json", "accept": "application/json", "x-sourceid": "WEB"}
#: Present, with any content: the documentation asks for real addresses, the live server looks at none of them.
_FREE_HEADERS: Final = ("x-clientlocalip", "x-clientpublicip", "x-macaddress")


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
            return self._result(request, raw)
        except _TooFast:
            return too_fast()
        except Refusal as refusal:
            return refused(refusal, self._desk.gateway_status)
        except Undocumented as problem:
            self._desk.surprise(f"{request.method} {request.url.path}: {problem}")
            return refused(Refusal("AB1007", f"INVALID PARAMETERS: {problem}"), self._desk.gateway_status)

    def _result(self, request: Request, raw: bytes) -> Response:
        scripted = self._scripted(request, Stage.BEFORE)
        if scripted == "data-null":
            return succeeded(None)
        call = self._admitted(request, raw, scripted)
        data = self._endpoint.handle(self._desk, call)
        return succeeded(None if self._scripted(request, Stage.AFTER) == "data-null" else data)

    def _scripted(self, request: Request, stage: Stage) -> str | None:
        """Plays the fault that is due, as far as it is not the handler's. Raises the `Refusal` that it stands for."""
        name = self._desk.setup.scripted(f"{request.method} {request.url.path}", stage)
        if name in MESSAGES:
            raise Refusal(name)
        if name == "expired":
            self._desk.sessions.expire_all()
        elif name not in (None, "data-null", *self._endpoint.plays):
            self._desk.surprise(f"{request.url.path} was asked to play {name}, which it does not know")
        return name

    def _admitted(self, request: Request, raw: bytes, scripted: str | None) -> Call:
        desk, endpoint = self._desk, self._endpoint
        _check_headers(request)
        if desk.setup.account.secret_of(request.headers.get("x-privatekey", "")) is None:
            raise Refusal("AG8004")
        bearer = _bearer(request) if endpoint.token else ""
        values = _parsed(request, raw)
        user_id = (
            desk.sessions.user_of(bearer, even_expired=endpoint.expired_token)
            if endpoint.token
            else str(values.get("clientcode"))
        )
        self._check_address(request)
        if desk.setup.enforce_rate_limits and not desk.limits.admit(user_id, endpoint.limits):
            raise _TooFast
        body = Body.read(values, endpoint.fields)
        return Call(user_id, bearer, body, request.path_params, scripted)

    def _check_address(self, request: Request) -> None:
        registered = self._desk.setup.registered_ip
        if self._endpoint.registered_ip and registered and request.client and request.client.host != registered:
            raise Refusal("AG7002")


def _check_headers(request: Request) -> None:
    headers = request.headers
    if headers.get("x-usertype") != "USER":
        raise Refusal("AB1005")
    for name, wanted in _FIXED_HEADERS.items():
        if headers.get(name, "").partition(";")[0] != wanted:
            raise Undocumented(f"the header {name} is not {wanted}")
    for name in _FREE_HEADERS:
        if not headers.get(name):
            raise Undocumented(f"the header {name} is missing")


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme != "Bearer" or not token:
        raise Refusal("AG8003")
    return token


def _parsed(request: Request, raw: bytes) -> Mapping[str, Any]:
    """The body's object. The query of a GET is ignored: the official client puts a JSON text there."""
    if request.method == "GET":
        if raw:
            raise Undocumented("a GET has no body")
        return {}
    if request.url.query:
        raise Undocumented("a POST has no query")
    try:
        values = json.loads(raw)
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise Undocumented("the body is no JSON object")
    return values
