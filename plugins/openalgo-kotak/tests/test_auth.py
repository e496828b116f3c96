"""Logging in: which flow, what it asks, which credentials it refuses, when a session dies."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from openalgo_core.clock import IST
from openalgo_core.errors import ConfigurationError, LoginRequired
from openalgo_core.models import Session
from openalgo_core.secrets import Secret

TOKEN = "ec6a746c-0000-4000-8000-000000000000"
VIEW = {"body": {"data": {"token": "view-jwt", "sid": "view-sid", "kId": "ABCDE1234F", "status": "success"}}}
FIELDS = {"mobile": Secret("9876543210"), "totp": Secret("123456"), "mpin": Secret("654321")}


def _trade(token: str) -> dict[str, Any]:
    data = {"token": token, "sid": "trade-sid", "baseUrl": "https://e43.kotaksecurities.com", "status": "success"}
    return {"body": {"data": data}}


def _jwt(claims: Any) -> str:
    return f"h.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}.s"


# --- What is asked ---


@pytest.mark.parametrize(
    ("flow", "names"),
    [
        ("", ["mobile", "totp", "mpin"]),
        ("live", ["mobile", "totp", "mpin"]),
        ("v2", ["ucc", "mobile", "totp", "mpin"]),
        (" V1 ", ["mobile", "password", "otp"]),
    ],
)
def test_each_flow_asks_its_own(world: Callable[..., Any], flow: str, names: list[str]) -> None:
    fields = world(session=False, options={"flow": Secret(flow)}).call("login_fields")
    assert [field.name for field in fields] == names
    assert {field.name for field in fields if not field.secret} <= {"mobile", "ucc"}
    assert [field.name for field in fields if field.totp] == [name for name in names if name == "totp"]
    assert [field.name for field in fields if field.after_request] == [name for name in names if name == "otp"]


def test_everything_can_be_stored(world: Callable[..., Any]) -> None:
    fields = world(session=False).call("login_fields")
    assert [field.environment for field in fields] == ["BROKER_MOBILE", None, "BROKER_PIN"]


@pytest.mark.parametrize(
    ("name", "answer", "fits"),
    [
        ("mobile", "9876543210", True), ("mobile", "+919876543210", True), ("mobile", "919876543210", True),
        ("mobile", " +91 98765 43210 ", True), ("mobile", "98765", False), ("mobile", "98765432101", False),
        ("mobile", "٩٨٧٦٥٤٣٢١٠", False), ("totp", "012345", True), ("totp", "12345", False), ("totp", "١٢٣٤٥٦", False),
        ("mpin", "654321", True), ("mpin", "654", False), ("mpin", "65432a", False),
    ],
)  # fmt: skip
def test_answers_that_fit(world: Callable[..., Any], name: str, answer: str, fits: bool) -> None:
    (field,) = (field for field in world(session=False).call("login_fields") if field.name == name)
    assert bool(re.fullmatch(field.pattern, answer)) is fits


# --- Which credentials ---

SEED = {"api_key": Secret("your_kotak_consumer_key"), "api_secret": Secret("your_kotak_consumer_secret")}
OLD = [
    SEED,
    {"api_key": Secret("ck_AbCdEf123456"), "api_secret": Secret("cs_ZyXwVu654321")},
    {"api_key": Secret("AbCdEf1234567890"), "api_secret": Secret("ZyXwVu6543210")},
    {"api_key": Secret("a_b"), "api_secret": Secret("ZyXwVu6543210")},
]


@pytest.mark.parametrize("settings", OLD)
@pytest.mark.parametrize("hook", ["login_fields", "authenticate"])
def test_consumer_key_and_secret_are_refused_with_both_meanings(
    world: Callable[..., Any], hook: str, settings: dict[str, Secret]
) -> None:
    use = world(session=False, **settings)
    arguments = {"fields": FIELDS, "challenge": None} if hook == "authenticate" else {}
    with pytest.raises(ConfigurationError) as caught:
        use.call(hook, **arguments)
    for words in (
        "consumer key",
        "consumer secret",
        "BROKER_API_KEY is your UCC",
        "BROKER_API_SECRET is the access token",
    ):
        assert words in caught.value.message
    assert "Create Application" in caught.value.hint
    assert "KOTAK_FLOW=v1" in caught.value.hint
    assert not any(secret.reveal() in caught.value.message + caught.value.hint for secret in settings.values())
    assert not use.http.requests


@pytest.mark.parametrize("flow", ["v1", "v2"])
def test_a_retired_flow_takes_them_where_it_is_asked_for(world: Callable[..., Any], flow: str) -> None:
    assert world(session=False, options={"flow": Secret(flow)}, **SEED).call("login_fields")


@pytest.mark.parametrize(
    ("key", "secret"),
    [
        ("AB123", "ec6a746c-0000-4000-8000-000000000000"),
        ("AB123", "EC6A746C-0000-4000-8000-00000000ABCD"),
        ("a_long_key_of_somebody", "ec6a746c-0000-4000-8000-000000000000"),  # the token settles it
        ("AB123", "no-uuid"),  # the broker will say
        ("ABCDEFGHIJ", "no-uuid"),
    ],
)
def test_what_may_be_meant_right_is_left_to_the_broker(world: Callable[..., Any], key: str, secret: str) -> None:
    assert world(session=False, api_key=Secret(key), api_secret=Secret(secret)).call("login_fields")


def test_a_flow_that_nobody_knows(world: Callable[..., Any]) -> None:
    with pytest.raises(ConfigurationError, match="v4") as caught:
        world(session=False, options={"flow": Secret("v4")}).call("login_fields")
    assert "v1 or v2" in caught.value.hint


@pytest.mark.parametrize(("setting", "name"), [("api_key", "BROKER_API_KEY"), ("api_secret", "BROKER_API_SECRET")])
def test_without_credentials_nothing_is_asked(world: Callable[..., Any], setting: str, name: str) -> None:
    use = world(session=False, **{setting: None})
    with pytest.raises(ConfigurationError, match=name):
        use.call("authenticate", fields=FIELDS, challenge=None)
    assert not use.http.requests


def test_flow_v2_takes_a_ready_token_in_place_of_the_secret(world: Callable[..., Any]) -> None:
    """Nothing is exchanged for it: the host is found, then come TOTP and MPIN."""
    use = world(
        {"body": {"data": {"baseURL": "https://cnapi.kotaksecurities.com"}}},
        VIEW,
        _trade("t"),
        session=False,
        options={"flow": Secret("v2")},
    )
    session = use.call("authenticate", fields={**FIELDS, "ucc": Secret("AB123")}, challenge=None)
    _, first, second = use.http.requests
    assert first["url"] == "https://cnapi.kotaksecurities.com/apim/login/2.0/login/v6/totp/login"
    assert {first["headers"]["Authorization"], second["headers"]["Authorization"]} == {f"Bearer {TOKEN}"}
    assert session.tokens["access"].reveal() == TOKEN


def test_flow_v1_makes_no_code_go_out_where_the_mpin_is_stored(world: Callable[..., Any]) -> None:
    use = world(
        {"body": {"access_token": "eyJ4bearer"}},
        VIEW,
        session=False,
        options={"flow": Secret("v1")},
        pin=Secret("654321"),
        **SEED,
    )
    challenge = use.call("request_otp", fields={"mobile": Secret("9876543210"), "password": Secret("Secret@1")})
    assert challenge.message == ""
    assert not any("otp" in request["url"] for request in use.http.requests)


# --- What comes of it ---


@pytest.mark.parametrize(
    ("claims", "ends"),
    [
        ({"exp": int(datetime(2026, 8, 28, 18, 30, tzinfo=UTC).timestamp())}, datetime(2026, 8, 29, tzinfo=IST)),
        ({"exp": int(datetime(2026, 8, 28, 9, 30, tzinfo=UTC).timestamp())}, datetime(2026, 8, 28, 15, tzinfo=IST)),
        ({"exp": int(datetime(2026, 8, 30, tzinfo=UTC).timestamp())}, datetime(2026, 8, 29, tzinfo=IST)),
        ({"exp": 1}, datetime(2026, 8, 29, tzinfo=IST)),  # over already: our clock is wrong, not the token
        ({"exp": "soon"}, datetime(2026, 8, 29, tzinfo=IST)),
        ({}, datetime(2026, 8, 29, tzinfo=IST)),
        ([], datetime(2026, 8, 29, tzinfo=IST)),
    ],
)
def test_a_session_dies_at_midnight_or_when_its_token_says_so(
    world: Callable[..., Any], claims: Any, ends: datetime
) -> None:
    session = world(VIEW, _trade(_jwt(claims)), session=False).call("authenticate", fields=FIELDS, challenge=None)
    assert session.expires_at == ends


@pytest.mark.parametrize("token", ["opaque", "a.b", "a.!.c", "..", "h.bnVsbA.s"])
def test_a_token_that_is_no_jwt_dies_at_midnight(world: Callable[..., Any], token: str) -> None:
    session = world(VIEW, _trade(token), session=False).call("authenticate", fields=FIELDS, challenge=None)
    assert session.expires_at == datetime(2026, 8, 29, tzinfo=IST)


def test_the_customer_s_pan_is_not_kept(world: Callable[..., Any]) -> None:
    answer = _trade("t")
    answer["body"]["data"]["kId"] = "ABCDE1234F"
    session: Session = world(VIEW, answer, session=False).call("authenticate", fields=FIELDS, challenge=None)
    kept = [*session.data.values(), *(token.reveal() for token in session.tokens.values())]
    assert "ABCDE1234F" not in kept


def test_what_follows_goes_to_the_host_of_the_session(world: Callable[..., Any]) -> None:
    """Another for each account; never the one of the login."""
    use = world({"body": {"stat": "Ok", "data": []}})
    use.call("order_book")
    assert use.http.requests[0]["url"].startswith("https://e43.kotaksecurities.com/")


def test_a_base_url_goes_before_the_host_of_the_session(world: Callable[..., Any]) -> None:
    use = world({"body": {"stat": "Ok", "data": []}}, base_url="http://127.0.0.1:9000")
    use.call("order_book")
    assert use.http.requests[0]["url"] == "http://127.0.0.1:9000/quick/user/orders"


@pytest.mark.parametrize("hook", ["order_book", "trade_book", "positions", "holdings", "funds", "logout"])
def test_without_a_session_nothing_is_asked(world: Callable[..., Any], hook: str) -> None:
    use = world(session=False)
    with pytest.raises(LoginRequired):
        use.call(hook)
    assert not use.http.requests
