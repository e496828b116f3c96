"""How INDstocks says yes and no. There are several shapes of each; the page numbers the failures F1 to F8."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from starlette.responses import JSONResponse, PlainTextResponse, Response

__all__ = [
    "Refusal", "answered", "bad_codes", "bad_input", "bare", "debug", "error", "number", "order_refused", "refused",
    "rule", "success", "throttled", "token_dead",
]  # fmt: skip


class Refusal(Exception):
    """A no: the body that says it and its HTTP status. A text as body is a page of somebody in between."""

    def __init__(
        self, body: dict[str, Any] | list[str] | str, http_status: int = 400, headers: dict[str, str] | None = None
    ):
        super().__init__(str(body))
        self.body = body
        self.http_status = http_status
        self.headers = headers


def error(message: str, error_type: str | None, http_status: int = 400) -> Refusal:
    """F1, the standard shape. What an address that is not registered is told has no type."""
    typed = {} if error_type is None else {"error_type": error_type}
    return Refusal({"status": "error", "message": message, **typed}, http_status)


def order_refused(message: str) -> Refusal:
    """An order that risk management or a check of its contents refuses."""
    return error(message, "OrderException")


def bad_input(message: str) -> Refusal:
    """A field with a value that cannot be."""
    return error(message, "InputException")


def rule(name: str) -> Refusal:
    """A validation rule by its documented name; how the name comes in the answer is not documented."""
    return error(f"Validation failed: {name}", "RequestValidationException")


def token_dead() -> Refusal:
    """Unknown, expired, revoked or replaced: all the same."""
    return error("Invalid access token", "TokenException", 403)


def bare(message: str) -> Refusal:
    """F3: of quotes, of the instrument files, and where no token came along."""
    return Refusal({"message": message, "success": False})


def bad_codes() -> Refusal:
    """What one bad code makes of a whole batch."""
    return bare("Invalid scrip codes or mode")


def debug(why: str, message: str = "Bad Request") -> Refusal:
    """F4: of candles, the option chain and the contract search. The reason is not in the message."""
    return Refusal({"message": message, "debug_info": why})


def throttled(seconds: int = 1) -> Refusal:
    """F5."""
    return Refusal({"error": "Rate limit exceeded", "success": False}, 429, {"Retry-After": str(seconds)})


def success(data: Any) -> dict[str, Any]:
    """The common envelope. An empty list is null."""
    return {"status": "success", "data": None if data == [] else data}


def number(value: Decimal | None) -> float | int:
    """A JSON number: whole rupees without a point, nothing as 0."""
    value = value or Decimal(0)
    return int(value) if value == value.to_integral_value() else float(value)


def answered(answer: Any) -> Response:
    """JSON, or CSV for a text."""
    return Response(answer, media_type="text/csv") if isinstance(answer, str) else JSONResponse(answer)


def refused(refusal: Refusal) -> Response:
    if isinstance(refusal.body, str):
        return PlainTextResponse(refusal.body, refusal.http_status, refusal.headers, media_type="text/html")
    return JSONResponse(refusal.body, refusal.http_status, refusal.headers)
