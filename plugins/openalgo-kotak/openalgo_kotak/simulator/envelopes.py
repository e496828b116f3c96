"""How Kotak says yes and no. The decision stands in the body: most business failures are HTTP 200."""

from __future__ import annotations

from typing import Any, Final

__all__ = [
    "TEXTS", "Refusal", "coded", "done", "gateway_fault", "login_error", "missing_field", "no_data", "rows", "told",
]  # fmt: skip

#: The text of each code, and the key under which it stands; the two spellings are mixed live.
TEXTS: Final = {
    14: ("error from core", "emsg"),
    32: ("error from core", "emsg"),
    424: ("failed dependency", "errMsg"),
    422: ("unprocessable", "errMsg"),
    1003: ("Invalid session", "errMsg"),
    1004: ("insufficient balance", "emsg"),
    1005: ("internal error", "errMsg"),
    1006: ("invalid exchange", "errMsg"),
    1007: ("invalid symbol", "errMsg"),
    1009: ("please provide valid quantity", "errMsg"),
    1017: ("algo order not allowed", "emsg"),
    1021: ("order is completed", "emsg"),
    1037: ("session ip doesnt match with reqest ip", "emsg"),
    5203: ("No Data", "errMsg"),
    5204: ("order error", "emsg"),
    100008: ("unauthorized", "emsg"),
    100021: ("invalid access type", "errMsg"),
    100022: ("invalid session token", "errMsg"),
}
#: What stands in `stat` where it is not `Not_Ok`.
_ODD_STAT: Final = dict.fromkeys((100021, 100022), "error in neo-login-check-api")
#: Codes that are an HTTP status of their own.
_AS_STATUS: Final = (422, 424)


class Refusal(Exception):
    """A no: the body that says it and its HTTP status."""

    def __init__(self, body: dict[str, Any], http_status: int = 200) -> None:
        super().__init__(str(body))
        self.body = body
        self.http_status = http_status


def coded(code: int, text: str = "", *, http_status: int | None = None) -> Refusal:
    """A no with one of the codes, in words of its own where `text` is given."""
    usual, key = TEXTS[code]
    body = {"stat": _ODD_STAT.get(code, "Not_Ok"), key: text or usual, "stCode": code}
    return Refusal(body, http_status or (code if code in _AS_STATUS else 200))


def told(code: int, text: str) -> Refusal:
    """The odd form whose `stat` holds the message."""
    return Refusal({"stCode": code, "errMsg": text, "stat": text})


def login_error(message: str = "Invalid credentials or TOTP.", *, code: str = "401", http_status: int = 401) -> Refusal:
    return Refusal({"status": "error", "message": message, "errorCode": code}, http_status)


def missing_field(name: str) -> Refusal:
    """A login call without one of its fields, whose name is told with a capital."""
    text = f"Missing required field '{name[0].upper()}{name[1:]}'"
    return Refusal({"error": [{"code": "400", "message": text}]}, 400)


def gateway_fault(code: int, message: str, http_status: int = 401) -> Refusal:
    """The API gateway's own no, to a bad bearer token."""
    return Refusal({"fault": {"code": code, "message": message, "description": message}}, http_status)


def no_data() -> Refusal:
    """An empty book."""
    return coded(5203)


def done(order_id: str) -> dict[str, Any]:
    return {"nOrdNo": order_id, "stat": "Ok", "stCode": 200}


def rows(found: list[dict[str, Any]], stat: str = "Ok") -> dict[str, Any]:
    """A book; `stat` is spelt small in some. Raises `Refusal` for an empty one."""
    if not found:
        raise no_data()
    return {"stat": stat, "stCode": 200, "data": found}
