"""The toy's wire over the simulated exchange."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime, time
from decimal import Decimal
from typing import Any

import pyotp
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from openalgo_core.clock import IST, next_ist
from openalgo_core.exchange import Contract, ExchangeRefusal, RefusalKind, Ticket, universe
from openalgo_core.models import Action, Exchange, OrderStatus, PriceType, Product, Validity
from openalgo_core.simulation import SimulatorSetup

__all__ = ["application"]

_ORDER = {"token", "side", "units", "product", "type", "price", "trigger", "validity", "tag"}
_LISTED = {Exchange.NSE, Exchange.NFO, Exchange.NSE_INDEX}


class Refusal(Exception):
    def __init__(self, status: int, code: str, text: str) -> None:
        super().__init__(text)
        self.status, self.code, self.text = status, code, text


class Wire:
    def __init__(self, setup: SimulatorSetup) -> None:
        self.setup = setup
        self.tokens: dict[str, datetime] = {}
        self.times: deque[float] = deque()
        listed = [one for one in universe(setup.clock.now().date()) if one.exchange in _LISTED]
        picked = [one for one in listed if one.exchange is not Exchange.NFO]
        picked += [one for one in listed if one.exchange is Exchange.NFO][:40]
        self.contracts = {str(number): one for number, one in enumerate(picked, 1000)}

    # -- what every request passes --

    async def answer(self, request: Request, act: Callable[[Request, Any], Any], *, login: bool = False) -> Response:
        try:
            if not login:
                self._admit(request)
            raw = await request.body()
            body = json.loads(raw, parse_float=Decimal) if raw else {}
            for scripted in [self.setup.scripted(f"{request.method} {request.url.path}")]:
                self._play(scripted)
                body |= {"rejected": True} if scripted == "rejected-in-book" else {}
            return JSONResponse({"ok": True, "data": act(request, body)})
        except Refusal as no:
            return JSONResponse({"ok": False, "code": no.code, "text": no.text}, no.status)
        except ExchangeRefusal as no:
            over = no.kind in (RefusalKind.FINAL, RefusalKind.NOT_FOUND)
            return JSONResponse({"ok": False, "code": "over" if over else "refused", "text": no.text}, 400)

    def _admit(self, request: Request) -> None:
        now = self.setup.clock.monotonic()
        while self.times and self.times[0] <= now - 1:
            self.times.popleft()
        if self.setup.enforce_rate_limits and len(self.times) >= 20:
            raise Refusal(429, "limit", "slow down")
        self.times.append(now)
        token = request.headers.get("authorization", "")
        if self.tokens.get(token, self.setup.clock.now()) <= self.setup.clock.now():
            raise Refusal(401, "session", "session is over")

    def _play(self, fault: str | None) -> None:
        if fault == "expired":
            self.tokens.clear()
            raise Refusal(401, "session", "session is over")

    @property
    def books(self) -> Any:
        return self.setup.exchange.account(self.setup.account.user_id)

    # -- calls --

    def log_in(self, request: Request, body: Mapping[str, Any]) -> Any:
        account, now = self.setup.account, self.setup.clock.now()
        secrets = (account.api_key.reveal(), account.api_secret.reveal(), account.pin.reveal())
        code = pyotp.TOTP(account.totp_secret.reveal()).at(now)
        if (body["key"], body["secret"], body["pin"], body["totp"]) != (*secrets, code):
            raise Refusal(401, "login", "wrong key, PIN or code")
        token = f"token-{len(self.tokens)}-{now:%H%M%S}-{account.user_id}"
        self.tokens[token] = next_ist(now, time(0))
        return {"token": token, "user": account.user_id}

    def log_out(self, request: Request, body: Any) -> Any:
        self.tokens.pop(request.headers["authorization"])
        return {}

    def place(self, request: Request, body: dict[str, Any]) -> Any:
        if self.setup.registered_ip:
            raise Refusal(403, "ip", "this IP address is not registered")
        rejected = body.pop("rejected", False)
        for name in set(body) - _ORDER:
            self.setup.surprises.append(f"unknown field {name}")
        order = self.books.place(self._ticket(body))
        if rejected:
            self.books.force(order.order_id, OrderStatus.REJECTED, "RMS says no")
        return {"id": order.order_id}

    def place_by_get(self, request: Request, body: dict[str, Any]) -> Any:
        given: dict[str, Any] = dict(request.query_params)
        return self.place(request, given | {"units": int(given["units"])})

    def _ticket(self, body: Mapping[str, Any]) -> Ticket:
        return Ticket(
            contract=self.contracts[body["token"]],
            action=Action(body["side"]),
            quantity=body["units"],
            product=Product(body["product"]),
            price_type=PriceType(body["type"]),
            price=Decimal(body["price"]) if body.get("price") else None,
            trigger_price=Decimal(body["trigger"]) if body.get("trigger") else None,
            validity=Validity(body["validity"]),
            tag=body.get("tag"),
        )

    def modify(self, request: Request, body: Mapping[str, Any]) -> Any:
        price, trigger, kind = body.get("price"), body.get("trigger"), body.get("type")
        self.books.modify(
            request.path_params["id"],
            quantity=body.get("units"),
            price=Decimal(price) if price else None,
            trigger_price=Decimal(trigger) if trigger else None,
            price_type=PriceType(kind) if kind else None,
        )
        return {"id": request.path_params["id"]}

    def cancel(self, request: Request, body: Any) -> Any:
        return {"id": self.books.cancel(request.path_params["id"]).order_id}

    def orders(self, request: Request, body: Any) -> Any:
        return [
            {
                "id": one.order_id,
                "token": self._token(one.contract),
                "side": one.action,
                "units": one.quantity,
                "filled": one.filled_quantity,
                "price": _text(one.price),
                "trigger": _text(one.trigger_price),
                "average": _text(one.average_price),
                "product": one.product,
                "type": one.price_type,
                "validity": one.validity,
                "status": one.status,
                "reason": one.reason,
                "tag": one.tag,
                "time": one.placed_at.isoformat(),
            }
            for one in self.books.orders()
        ]

    def trades(self, request: Request, body: Any) -> Any:
        return [
            {
                "id": one.trade_id,
                "order": one.order_id,
                "token": self._token(one.contract),
                "side": one.action,
                "units": one.quantity,
                "price": str(one.price),
                "product": one.product,
                "time": one.at.isoformat(),
            }
            for one in self.books.trades()
        ]

    def positions(self, request: Request, body: Any) -> Any:
        rows = [*self.books.positions()]
        return [
            {
                "token": self._token(one.contract),
                "product": one.product,
                "units": one.quantity,
                "average": _text(one.average_price),
            }
            for one in rows
        ]

    def holdings(self, request: Request, body: Any) -> Any:
        return [
            {"token": self._token(one.contract), "units": one.quantity, "average": _text(one.average_price)}
            for one in self.books.holdings()
        ]

    def funds(self, request: Request, body: Any) -> Any:
        money = self.books.funds()
        return {"cash": str(money.available_cash), "margin": str(money.used_margin)}

    def master(self, request: Request, body: Any) -> Any:
        return [
            {
                "token": token,
                "symbol": one.symbol,
                "exchange": one.exchange,
                "name": one.name,
                "kind": one.kind,
                "expiry": one.expiry.isoformat() if one.expiry else None,
                "strike": _text(one.strike),
                "lot": one.lot_size,
                "tick": _text(one.tick_size),
                "freeze": one.freeze_quantity,
            }
            for token, one in self.contracts.items()
        ]

    def quotes(self, request: Request, body: Mapping[str, Any]) -> Any:
        snapshots = {token: self.setup.exchange.snapshot(self.contracts[token]) for token in body["tokens"]}
        return {token: {"ltp": str(one.ltp), "bid": _text(one.bid)} for token, one in snapshots.items()}

    def history(self, request: Request, body: Mapping[str, Any]) -> Any:
        start, end = (datetime.fromisoformat(body[name]).replace(tzinfo=IST) for name in ("from", "to"))
        bars = self.setup.exchange.bars(self.contracts[body["token"]], 86400, start, end.replace(hour=23))
        return [[bar.time.isoformat(), *map(str, (bar.open, bar.high, bar.low, bar.close)), bar.volume] for bar in bars]

    def _token(self, contract: Contract) -> str:
        return next(token for token, one in self.contracts.items() if one.key == contract.key)


def _text(value: Decimal | None) -> str | None:
    if value is None:
        return None
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def application(setup: SimulatorSetup) -> Starlette:
    wire = Wire(setup)

    def route(method: str, path: str, act: Callable[[Request, Any], Any], *, login: bool = False) -> Route:
        async def answer(request: Request) -> Response:
            return await wire.answer(request, act, login=login)

        return Route(path, answer, methods=[method])

    return Starlette(
        routes=[
            route("POST", "/session", wire.log_in, login=True),
            route("DELETE", "/session", wire.log_out),
            route("GET", "/instruments", wire.master, login=True),
            route("POST", "/orders", wire.place),
            route("GET", "/place", wire.place_by_get),
            route("PUT", "/orders/{id}", wire.modify),
            route("DELETE", "/orders/{id}", wire.cancel),
            route("GET", "/orders", wire.orders),
            route("GET", "/trades", wire.trades),
            route("GET", "/positions", wire.positions),
            route("GET", "/holdings", wire.holdings),
            route("GET", "/funds", wire.funds),
            route("POST", "/quotes", wire.quotes),
            route("POST", "/history", wire.history),
        ]
    )
