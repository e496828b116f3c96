"""Logging in: what is asked, what proves the code, when a session dies."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openalgo_core.clock import IST
from openalgo_core.errors import AuthenticationError, ConfigurationError, LoginRequired
from openalgo_core.models import Challenge, Session
from openalgo_core.secrets import Secret

KEYS = {"body": {"uid": "1234567", "actid": "1234567", "api_session_key": "k", "susertoken": "s", "stat": "Ok"}}


def _login(world: Callable[..., Any], answer: Any = KEYS, *, otp_token: str = "9f1c2d3e-otp", otp: str = "123456",
           **given: Any) -> tuple[Session, dict[str, Any]]:  # fmt: skip
    use = world(answer, session=False, **given)
    challenge = Challenge({"otp_token": Secret(otp_token)})
    session = use.call("authenticate", fields={"otp": Secret(otp)}, challenge=challenge)
    return session, use.http.requests[0]["json"]


def test_one_field_for_the_code_sent_and_the_authenticator_s(world: Callable[..., Any]) -> None:
    (field,) = world().call("login_fields")
    assert (field.name, field.secret, field.after_request, field.totp) == ("otp", True, True, True)
    assert field.environment is None


@pytest.mark.parametrize(
    ("answer", "fits"),
    [("123456", True), ("012345", True), (" 123456 ", True), ("12345", False), ("1234567", False), ("12345a", False),
     ("١٢٣٤٥٦", False), ("", False)],
)  # fmt: skip
def test_a_code_has_six_digits(world: Callable[..., Any], answer: str, fits: bool) -> None:
    (field,) = world().call("login_fields")
    assert bool(re.fullmatch(field.pattern, answer)) is fits


def test_the_worked_example_of_the_proof(world: Callable[..., Any]) -> None:
    _, body = _login(world)
    assert body["ac"] == "e8c2784f8c33e381311d41e231704cbe706003a0d4ff1cee505830d3493cf7dc"


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    otp_token=st.text(min_size=1), otp=st.from_regex("[0-9]{6}", fullmatch=True), secret=st.text("aZ0-é", min_size=1)
)
def test_the_proof_is_of_the_very_bytes_that_are_sent(
    world: Callable[..., Any], otp_token: str, otp: str, secret: str
) -> None:
    _, body = _login(world, otp_token=otp_token, otp=otp, api_secret=Secret(secret))
    assert (body["otp_token"], body["otp"]) == (otp_token, otp)
    assert body["ac"] == sha256((body["otp_token"] + body["otp"] + secret).encode()).hexdigest()


@pytest.mark.parametrize(
    ("moment", "ends"),
    [
        (datetime(2026, 8, 21, 10, tzinfo=IST), datetime(2026, 8, 22, 3, tzinfo=IST)),
        (datetime(2026, 8, 21, 2, 59, tzinfo=IST), datetime(2026, 8, 21, 3, tzinfo=IST)),
        (datetime(2026, 8, 21, 3, tzinfo=IST), datetime(2026, 8, 22, 3, tzinfo=IST)),
    ],
)
def test_a_session_dies_at_three(world: Callable[..., Any], moment: datetime, ends: datetime) -> None:
    session, _ = _login(world, moment=moment)
    assert session.expires_at == ends
    assert session.expires_at - moment <= timedelta(hours=24)


def test_both_keys_are_kept_because_they_open_different_doors(world: Callable[..., Any]) -> None:
    session, _ = _login(world, {"body": {**KEYS["body"], "actid": "7654321"}})
    assert {name: token.reveal() for name, token in session.tokens.items()} == {
        "api_session_key": "k",
        "susertoken": "s",
    }
    assert (session.user_id, session.data) == ("1234567", {"actid": "7654321"})


def test_the_token_is_one_segment_of_the_path(world: Callable[..., Any]) -> None:
    use = world({"body": {"otp_token": "t"}}, session=False, api_key=Secret("a/b?c d"))
    use.call("request_otp", fields={})
    assert use.http.requests[0]["url"].endswith("/dsbpkc/login/a%2Fb%3Fc%20d")


def test_a_refused_request_is_not_made_again(world: Callable[..., Any]) -> None:
    """Attempts are counted; the script holds one answer, so a second request would fail otherwise."""
    use = world({"body": {"error": "Invalid Credential", "error_description": "You have 2 attempts left."}})
    with pytest.raises(AuthenticationError, match="2 attempts left") as caught:
        use.call("request_otp", fields={})
    assert not isinstance(caught.value, LoginRequired)
    assert not caught.value.retryable
    assert len(use.http.requests) == 1


@pytest.mark.parametrize(("setting", "name"), [("api_key", "BROKER_API_KEY"), ("api_secret", "BROKER_API_SECRET")])
def test_without_credentials_nothing_is_asked(world: Callable[..., Any], setting: str, name: str) -> None:
    use = world(session=False, **{setting: None})
    with pytest.raises(ConfigurationError, match=name):
        use.call("request_otp", fields={})
    assert not use.http.requests


def test_without_a_session_nothing_is_asked(world: Callable[..., Any]) -> None:
    use = world(session=False)
    with pytest.raises(LoginRequired):
        use.call("order_book")
    assert not use.http.requests
