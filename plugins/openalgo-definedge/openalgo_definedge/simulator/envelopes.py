"""How INTEGRATE says yes and no. The decision stands in the body: a business failure is HTTP 200."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

__all__ = ["Refusal", "answered", "error", "invalid", "not_ok", "refused", "success", "unauthorised"]


class Refusal(Exception):
    """A no: the body that says it and its HTTP status."""

    def __init__(self, body: dict[str, str], http_status: int = 200) -> None:
        super().__init__(str(body))
        self.body = body
        self.http_status = http_status


def error(message: str, *, status: str = "ERROR", http_status: int = 200) -> Refusal:
    """The shape of the trading host; `status` is FAILURE on the margin calls."""
    return Refusal({"status": status, "message": message}, http_status)


def invalid(what: str) -> Refusal:
    """A field that is missing or has a wrong value."""
    return error(f"Invalid Input : {what}")


def unauthorised(message: str) -> Refusal:
    """A wrong key, a dead one, or an address that is not registered: all three are 401."""
    return error(message, http_status=401)


def not_ok(message: str) -> Refusal:
    """The shape of the second step of the login, and of the Noren system behind everything."""
    return Refusal({"stat": "Not_Ok", "emsg": message})


def success(**payload: Any) -> dict[str, Any]:
    """The common envelope; a single order and the limits have none or another."""
    return {"status": "SUCCESS", **payload}


def answered(answer: Any) -> Response:
    """JSON, or CSV for a text. Both content types are checked by the official client."""
    if isinstance(answer, str):
        return Response(answer, media_type="text/csv")
    return JSONResponse(answer)


def refused(refusal: Refusal) -> Response:
    return JSONResponse(refusal.body, refusal.http_status)
