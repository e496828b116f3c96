"""The routes of Acme's API, and what every request must pass before a handler sees it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from openalgo_core.secrets import Secret
from openalgo_core.simulation import SimulatorSetup

from . import books, market, orders
from .desk import Answer, Call, Desk, Refusal

__all__ = ["application"]

Handler = Callable[[Desk, Call], Answer]


def application(setup: SimulatorSetup) -> Starlette:
    """The ASGI application."""
    desk = Desk(setup)
    app = Starlette(
        routes=[
            _route(desk, "POST", "/session", _log_in, public=True),
            _route(desk, "DELETE", "/session", _log_out),
            _route(desk, "GET", "/instruments", market.instruments, public=True),
            _route(desk, "GET", "/quotes", market.quotes),
            _route(desk, "POST", "/orders", orders.place),
            _route(desk, "PUT", "/orders/{id}", orders.modify),
            _route(desk, "DELETE", "/orders/{id}", orders.cancel),
            _route(desk, "GET", "/orders", books.orders),
            _route(desk, "GET", "/trades", books.trades),
            _route(desk, "GET", "/positions", books.positions),
            _route(desk, "GET", "/holdings", books.holdings),
            _route(desk, "GET", "/funds", books.funds),
        ],
        exception_handlers={HTTPException: desk.unexpected},
    )
    app.router.redirect_slashes = False
    return app


def _route(desk: Desk, method: str, path: str, handle: Handler, *, public: bool = False) -> Route:
    async def answer(request: Request) -> Response:
        raw = await request.body()
        try:
            call = _admitted(desk, request, raw, public=public)
            found = handle(desk, call)
        except Refusal as refusal:
            return _response(refusal.body, refusal.status)
        except (KeyError, TypeError, ValueError) as problem:
            desk.surprise(f"{method} {request.url.path}: {type(problem).__name__}: {problem}")
            return _response({"error": {"code": "INVALID", "message": str(problem)}}, 400)
        return _response(found.body, found.status, found.headers)

    return Route(path, answer, methods=[method])


def _admitted(desk: Desk, request: Request, raw: bytes, *, public: bool) -> Call:
    """What a request brings, if its key, session and address are right. Raises `Refusal`."""
    scripted = desk.setup.scripted(f"{request.method} {request.url.path}")
    if scripted == "expired":
        desk.sessions.clear()
    user = "" if public else desk.user_of(request.headers.get("authorization", ""))
    registered = desk.setup.registered_ip
    if request.method != "GET" and user and registered and request.client and request.client.host != registered:
        raise Refusal(403, "WRONG_IP", "Orders from this IP address are not allowed.")
    body = json.loads(raw, parse_float=Decimal) if raw else {}
    return Call(user, request.headers, request.query_params, request.path_params, body, scripted)


def _response(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Numbers that are `Decimal`s go out as numbers."""
    if body is None:
        return Response(status_code=status, headers=headers)
    return JSONResponse(json.loads(json.dumps(body, default=float)), status, headers)


def _log_in(desk: Desk, call: Call) -> Answer:
    account = desk.setup.account
    known = account.secret_of(call.headers["x-api-key"]) is not None
    if not known or (call.body["client_id"], Secret(call.body["pin"])) != (account.user_id, account.pin):
        raise Refusal(401, "BAD_LOGIN", "Client id, PIN or key is wrong.")
    token = secrets.token_hex(16)
    desk.sessions[token] = account.user_id
    return Answer({"token": token})


def _log_out(desk: Desk, call: Call) -> Answer:
    del desk.sessions[call.headers["authorization"].removeprefix("Bearer ")]
    return Answer({})
