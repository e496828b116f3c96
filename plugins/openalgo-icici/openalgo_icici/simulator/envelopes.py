"""Breeze's one envelope, and the sentences that are its only error codes."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import JSONResponse, Response

__all__ = ["SENTENCES", "Refusal", "empty", "null_body", "refusal", "refused", "succeeded", "succeeded_v2"]

_GATEWAY: Final = 5


class Refusal(Exception):
    """A no: a sentence and the `Status` of the body. `bare` ones come without the key `Success`."""

    def __init__(self, text: str, status: int = 500, *, bare: bool = False) -> None:
        super().__init__(text)
        self.text = text
        self.status = status
        self.bare = bare


#: Sentences under the names that faults use. Those for an unregistered address, for the limit of a second and for risk
#: management are not published: they only have the shape of the others.
SENTENCES: Final = {
    "invalid-session": ("Invalid session.", 401),
    "unknown-key": ("Public Key does not exist.", 401),
    "not-available": ("Resource not available.", 500),
    "invalid-checksum": ("Authentication Fail :: Invalid Checksum.", _GATEWAY),
    "limit-second": ("Limit exceed: API call per second:Try after some time", _GATEWAY),
    "limit-minute": ("Limit exceed: API call per minute:Try after some time", _GATEWAY),
    "limit-day": ("Limit exceed: API call per day: ", _GATEWAY),
    "unregistered-ip": ("Order request is not from a registered static IP.", 500),
    "no-data": ("No Data Found", 500),
    "invalid-indicator": ("Invalid Market/Limit indicator:", 500),
    "object-reference": ("Object reference not set to an instance of an object.", 500),
    "rms": ("Limit insufficient to place this order.", 500),
}
#: The daily limit is the one refusal of the gateway that was seen with `Success`.
_BARE: Final = frozenset({"invalid-checksum", "limit-second", "limit-minute"})


def refusal(name: str) -> Refusal:
    """The refusal that goes by a name in `SENTENCES`."""
    text, status = SENTENCES[name]
    return Refusal(text, status, bare=name in _BARE)


def succeeded(data: Any) -> Response:
    return JSONResponse({"Success": data, "Status": 200, "Error": None})


def succeeded_v2(data: Any) -> Response:
    """The other order of keys, as candles of the second version come."""
    return JSONResponse({"Error": None, "Status": 200, "Success": data})


def empty() -> Response:
    """A list with nothing in it."""
    return JSONResponse({"Success": None, "Status": 200, "Error": "No Data Found"})


def null_body() -> Response:
    return JSONResponse(None)


def refused(no: Refusal, gateway_status: int) -> Response:
    """HTTP 200 whatever it says, but for the gateway's own refusals, which were seen under 401 too."""
    body: dict[str, Any] = {} if no.bare else {"Success": None}
    body |= {"Status": no.status, "Error": no.text}
    return JSONResponse(body, gateway_status if no.status == _GATEWAY else 200)
