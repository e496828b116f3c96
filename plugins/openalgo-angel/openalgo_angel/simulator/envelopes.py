"""The two envelopes of SmartAPI, and the codes that travel in them."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import JSONResponse, PlainTextResponse, Response

__all__ = ["MESSAGES", "Refusal", "refused", "succeeded", "too_fast"]

#: Texts of the official "Exceptions" page, as far as the simulator uses them.
MESSAGES: Final = {
    "AB1004": "Something Went Wrong, Please Try After Sometime",
    "AB1005": "User Type Must Be USER",
    "AB1006": "Client Is Block For Trading",
    "AB1007": "INVALID PARAMETERS",
    "AB1008": "Invalid Order Variety",
    "AB1009": "Symbol Not Found",
    "AB1010": "AMX Session Expired",
    "AB1011": "Client not login",
    "AB1012": "Invalid Product Type",
    "AB1013": "Order not found",
    "AB1017": "Position conversion failed",
    "AB1018": "Failed to get symbol details",
    "AB1050": "Invalid totp",
    "AB2000": "Error not specified",
    "AB2001": "Internal Error, Please Try After Sometime",
    "AB2002": "ROBO order is block",
    "AB4008": "ordertag length should be less than 20 characters",
    "AB4018": "Symbol token cannot be empty",
    "AB4036": 'Scrip is under cautionary listing, resend with scripconsent "yes"',
    "AB8050": "Invalid Refresh Token",
    "AB8051": "Refresh Token Expired",
    "AG7002": "Request from an unregistered IP, register it for this API key",
    "AG8001": "Invalid Token",
    "AG8002": "Token Expired",
    "AG8003": "Token missing",
    "AG8004": "Invalid API Key",
}


class Refusal(Exception):
    """A no with one of the broker's codes; the empty code stands for a text alone."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.message = message or MESSAGES.get(code, code)

    @property
    def at_gateway(self) -> bool:
        """Whether the gateway says it, in an envelope of its own, before the application is reached."""
        return self.code.startswith("AG")


def succeeded(data: Any) -> Response:
    return JSONResponse({"status": True, "message": "SUCCESS", "errorcode": "", "data": data})


def refused(refusal: Refusal, gateway_status: int) -> Response:
    """A business error, which is HTTP 200, or a gateway's error under other key names."""
    if refusal.at_gateway:
        body = {"success": False, "message": refusal.message, "errorCode": refusal.code, "data": ""}
        return JSONResponse(body, gateway_status)
    return JSONResponse({"status": False, "message": refusal.message, "errorcode": refusal.code, "data": None})


def too_fast() -> Response:
    return PlainTextResponse("Access denied because of exceeding access rate", 403)
