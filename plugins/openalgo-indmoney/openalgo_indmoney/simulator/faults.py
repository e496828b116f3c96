"""Broker-level faults by name: refusals, and answers that are not what they should be.

For any call: `expired` (every token ends), `token-dead`, `token-dead-401` and `token-dead-513` (only this request is
told so), `unregistered-ip`, `segment-not-activated`, `throttled`, `challenge` (a CDN's HTML page with 403), `general`
(500), `network` and `unavailable` (503), `timeout` (504), `input`, `validation`, `error-code` (another shape),
`text-error` (JSON that says it is plain text), `list-error` (403 and a JSON list), `failure` (a no inside HTTP 200),
`null` (success and no data).
For orders: `no-order-number` (HTTP 200 that denies an order which is in the book if the fault comes `:after`), `no-id`
(success and nothing else), `rms`, `rms-rule`, `rms-blocked`, `blocked-market`, `busy` (a change or withdrawal that came
too early); played by the placing of regular orders `rejected-in-book`, `queued` (never leaves INITIATED) and `resting`
(a market order whose price runs away before it gets to the exchange).
For the token call: `locked`, `nested-token`, `access-token`, `stated-token` (other shapes of the answer).
For prices: `dead-contract` (from now on NFO_44017 fails every batch of quotes and takes no market orders),
`invalid-codes`, `flat-depth` (as documented, not as live), `not-supported`, `null-candles`.
For the instrument files: `documented-columns` (without those added in September 2026).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from .envelopes import Refusal, bad_codes, bad_input, debug, error, order_refused, success, throttled, token_dead

__all__ = ["REFUSALS", "SPOILT", "locked_out", "unregistered_address"]

_CHALLENGE: Final = (
    "<!DOCTYPE html><html><head><title>Just a moment...</title></head>"
    "<body>Checking your browser. Protection by cloudflare.</body></html>"
)


def unregistered_address() -> Refusal:
    """The body is not published; no type, so that it is told apart from a dead token."""
    return error("Order request from an IP address that is not whitelisted", None, 403)


def locked_out() -> Refusal:
    """Not published either."""
    return error("Too many incorrect TOTP attempts. Try again later.", "TokenException", 403)


def _failure(message: str) -> Refusal:
    """F6."""
    return Refusal({"status": "failure", "error": {"msg": message}}, 200)


#: The whole request is refused; after its work is done where the fault says `:after`.
REFUSALS: Final[Mapping[str, Callable[[], Refusal]]] = {
    "token-dead": token_dead,
    "token-dead-401": partial(error, "Invalid access token", "TokenException", 401),
    "token-dead-513": partial(error, "Invalid access token", "TokenException", 513),
    "unregistered-ip": unregistered_address,
    "segment-not-activated": partial(error, "The segment is not activated for this user", "UserException", 403),
    "throttled": throttled,
    "challenge": partial(Refusal, _CHALLENGE, 403),
    "general": partial(error, "Something went wrong", "GeneralException", 500),
    "network": partial(error, "The order management system could not be reached", "NetworkException", 503),
    "unavailable": partial(error, "The service is unavailable", "ServiceUnavailableException", 503),
    "timeout": partial(error, "The order management system did not answer in time", "GatewayTimeoutException", 504),
    "input": partial(bad_input, "Invalid input"),
    "validation": partial(error, "Validation failed", "RequestValidationException"),
    "error-code": partial(Refusal, {"status": "error", "message": "Invalid input", "error_code": "INVALID_INPUT"}),
    "text-error": partial(Refusal, json.dumps(bad_input("Invalid input").body)),
    "list-error": partial(Refusal, ["forbidden"], 403),
    "failure": partial(_failure, "request could not be processed"),
    "no-order-number": partial(_failure, "No order number in RS response"),
    "rms": partial(order_refused, "RMS: Margin exceeds available limit for this order"),
    "rms-rule": partial(order_refused, "RMS: Rule: Check circuit limit including square off order exceeds"),
    "rms-blocked": partial(order_refused, "RMS: Blocked for nse_cm REMARKS CNC"),
    "blocked-market": partial(order_refused, "Market orders are blocked for this instrument."),
    "busy": partial(order_refused, "The order is already pending at the exchange. Please try again."),
    "locked": locked_out,
    "invalid-codes": bad_codes,
    "not-supported": partial(debug, "not supported for this segment", "Not Supported"),
}


def _nothing(_: Any) -> dict[str, Any]:
    return success(None)


def _no_id(_: Any) -> dict[str, Any]:
    return success({"order_status": "INITIATED"})


def _nested_token(answer: Any) -> Any:
    return success({"token": answer["token"]})


def _access_token(answer: Any) -> Any:
    return {"access_token": answer["token"]}


def _stated_token(answer: Any) -> Any:
    return answer | {"status": "success"}


def _flat_depth(answer: Any) -> Any:
    """One level less: as the documentation shows it."""
    for code, quote in answer["data"].items():
        if "market_depth" in quote:
            quote["market_depth"] = quote["market_depth"][code]
    return answer


def _null_candles(answer: Any) -> Any:
    return answer | {"data": {code: {"candles": None} for code in answer["data"]}}


#: The request is served, and its answer then changed.
SPOILT: Final[Mapping[str, Callable[[Any], Any]]] = {
    "null": _nothing,
    "no-id": _no_id,
    "nested-token": _nested_token,
    "access-token": _access_token,
    "stated-token": _stated_token,
    "flat-depth": _flat_depth,
    "null-candles": _null_candles,
}
