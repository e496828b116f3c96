"""A trader's session at Angel One through the installed command, against the simulator in another process."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from pathlib import Path

import pytest
from terminals import Angel, Terminal


@pytest.fixture
def logged_in(trader: Terminal) -> Terminal:
    status = trader.json("login")
    assert status["broker"] == "angel"
    assert status["logged_in"] is True
    return trader


def price_near(terminal: Terminal, name: str, factor: float) -> str:
    """A price on the tick, so far from the last one."""
    (quote,) = terminal.json("quote", name)
    tick = terminal.json("instruments", "show", name)["tick_size"]
    return f"{round(quote['ltp'] * factor / tick) * tick:.2f}"


def test_a_day_of_trading(logged_in: Terminal) -> None:
    synced = logged_in.json("instruments", "sync")
    assert synced["rows"] > 100
    assert logged_in.json("instruments", "sync")["unchanged"] is True

    price = price_near(logged_in, "NSE:SBIN", 0.95)
    placed = logged_in.json(
        "order", "place", "NSE:SBIN", "BUY", "10", "--product", "MIS", "--price", price, "--id", "a-1"
    )
    assert placed["status"] == "acknowledged"
    order_id = placed["order_id"]
    assert (
        logged_in.json("order", "place", "NSE:SBIN", "BUY", "10", "--product", "MIS", "--price", price, "--id", "a-1")
        == placed
    )

    shown = logged_in.json("order", "show", order_id)
    assert (shown["status"], shown["price"], shown["client_order_id"]) == ("open", float(price), "a-1")

    higher = price_near(logged_in, "NSE:SBIN", 0.96)
    assert (
        logged_in.json("order", "modify", order_id, "--price", higher, "--quantity", "12")["status"] == "acknowledged"
    )
    (row,) = logged_in.json("order", "list")
    assert (row["price"], row["quantity"]) == (float(higher), 12)

    assert logged_in.json("order", "cancel", order_id)["status"] == "acknowledged"
    assert logged_in.json("order", "show", order_id)["status"] == "cancelled"
    assert "cancelled already" in logged_in.error("order", "cancel", order_id, code=5)["message"]

    market = logged_in.json("order", "place", "NSE:SBIN", "BUY", "5", "--product", "MIS")
    (trade,) = logged_in.json("trades")
    assert (trade["order_id"], trade["quantity"]) == (market["order_id"], 5)
    (position,) = logged_in.json("positions")
    assert (position["symbol"], position["product"], position["quantity"]) == ("SBIN", "MIS", 5)
    assert position["ltp"] > 0
    assert logged_in.json("holdings") == []
    funds = logged_in.json("funds")
    assert funds["available_cash"] > 0

    journal = logged_in.json("journal", "list")
    assert [(entry["kind"], entry["state"]) for entry in journal] == [
        ("place", "acknowledged"),
        ("modify", "acknowledged"),
        ("cancel", "acknowledged"),
        ("place", "acknowledged"),
    ]
    assert logged_in.json("journal", "reconcile") == []
    assert logged_in.json("logout")["logged_in"] is False
    assert logged_in.error("funds", code=4)["hint"] == "Run: openalgo login --broker angel"


def test_prices_in_every_form(logged_in: Terminal) -> None:
    quotes = logged_in.json("quote", "NSE:SBIN", "NSE_INDEX:NIFTY", "NSE:NOSUCH")
    assert [quote.get("ltp", 0) > 0 for quote in quotes] == [True, True, False]
    assert "NOSUCH" in quotes[2]["error"]
    depth = logged_in.json("depth", "NSE:SBIN")
    assert depth["bids"][0]["price"] < depth["asks"][0]["price"]
    candles = logged_in.json("history", "NSE:SBIN", "--interval", "5m", "--from", "2026-11-18", "--to", "2026-11-19")
    assert candles
    assert all(candle["low"] <= candle["open"] <= candle["high"] for candle in candles)
    assert all(candle["time"].endswith("+05:30") for candle in candles)
    margin = logged_in.json("margin", "NSE:SBIN", "BUY", "10", "--product", "MIS")
    assert margin["required_margin"] > 0
    assert margin["available_cash"] > 0


def test_cancel_all_reports_each_order(logged_in: Terminal) -> None:
    price = price_near(logged_in, "NSE:SBIN", 0.95)
    ids = [logged_in.json("order", "place", "NSE:SBIN", "BUY", "1", "--price", price)["order_id"] for _ in range(3)]
    results = logged_in.json("order", "cancel", "--all")
    assert {result["order_id"] for result in results} == set(ids)
    assert {result["status"] for result in results} == {"acknowledged"}
    assert logged_in.json("order", "cancel", "--all") == []


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (["quote", "NSE:SBINN"], 7, "SBINN"),
        (["order", "place", "NSE:SBINN", "BUY", "1"], 7, "SBINN"),
        (["order", "place", "NSE:SBIN", "BUY", "1", "--price", "800.03"], 7, "tick size"),
        (["order", "place", "NSE:SBIN", "BUY", "1", "--type", "LIMIT"], 7, "needs a price"),
        (["order", "place", "NSE:SBIN", "BUY", "1", "--type", "SL-M", "--price", "800"], 7, "takes no price"),
        (["order", "place", "NSE:SBIN", "BUY", "1", "--product", "NRML"], 7, "not valid on NSE"),
        (["order", "place", "NSE_INDEX:NIFTY", "BUY", "1"], 7, "is an index"),
        (["order", "place", "NYSE:IBM", "BUY", "1"], 2, "NYSE"),
        (["order", "cancel", "nosuchorder"], 5, "nosuchorder"),
        (["history", "NSE:SBIN", "--interval", "1w", "--from", "2026-11-18"], 2, "1w"),
        (["history", "NSE:SBIN", "--interval", "45s", "--from", "2026-11-18"], 11, "45s"),
        (["quote", "NSE:SBIN", "--broker", "angle"], 10, "angle"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_input_is_refused_with_its_own_code(logged_in: Terminal, words: list[str], code: int, text: str) -> None:
    error = logged_in.error(*words, code=code) if words[0] != "quote" or code == 10 else None
    if error is None:
        failed = json.loads(logged_in.run(*words, "--json", code=code).stdout)
        assert text in failed[0]["error"]
    else:
        assert text in f"{error['message']} {error['hint']}"
    assert logged_in.json("order", "list") == []


def test_a_derivative_is_traded_in_units_of_its_lot(logged_in: Terminal) -> None:
    future = next(
        row
        for row in logged_in.json("instruments", "search", "NIFTY FUT")
        if row["exchange"] == "NFO" and row["name"] == "NIFTY"
    )
    name = f"NFO:{future['symbol']}"
    error = logged_in.error("order", "place", name, "BUY", "10", code=7)
    assert f"lot size {future['lot_size']}" in error["message"]
    placed = logged_in.json("order", "place", name, "BUY", str(future["lot_size"]))
    assert placed["status"] == "acknowledged"
    assert logged_in.json("positions")[0]["product"] == "NRML"


@pytest.mark.parametrize(
    ("variable", "value", "text"),
    [("BROKER_PIN", "0000", "AB1007"), ("BROKER_TOTP_SECRET", "ONSWG4TFORPXG5DSNFXGOX3GN5ZDGMZT", "AB1050")],
)
def test_wrong_credentials_keep_the_brokers_own_text(trader: Terminal, variable: str, value: str, text: str) -> None:
    trader.environment[variable] = value
    error = trader.error("login", code=4)
    assert error["code"] == text
    assert error["broker"] == "angel"
    assert trader.json("status", code=4)["logged_in"] is False


def test_a_code_can_be_typed_or_piped(trader: Terminal, angel: Angel) -> None:
    import pyotp

    secret = trader.environment.pop("BROKER_TOTP_SECRET")
    code = pyotp.TOTP(secret).now()
    assert json.loads(trader.run("login", "--field", "totp=-", "--json", stdin=f"{code}\n").stdout)["logged_in"]
    refused = trader.error("login", "--field", "pin=2468", code=2)
    assert "would show the value to everybody" in refused["message"]
    missing = trader.error("login", code=3)
    assert "BROKER_TOTP_SECRET" in f"{missing['message']} {missing['hint']}"


def test_a_dead_session_renews_itself_but_not_after_a_logout(logged_in: Terminal) -> None:
    assert logged_in.json("status")["expires_at"].endswith("T00:00:00+05:30")
    logged_in.json("logout")
    logged_in.error("funds", code=4)
    (next((logged_in.directory / "home" / "sessions").rglob("logged_out"))).unlink()
    assert logged_in.json("funds")["available_cash"] > 0


def test_profiles_have_sessions_of_their_own(logged_in: Terminal) -> None:
    (logged_in.directory / ".env.second").write_bytes((logged_in.directory / ".env").read_bytes())
    assert logged_in.json("status", "--profile", "second", code=4)["logged_in"] is False
    assert logged_in.json("status")["logged_in"] is True


def test_no_secret_is_on_disk_or_on_the_screen(logged_in: Terminal) -> None:
    printed = [
        logged_in.run(*words, "--verbose", code=None) for words in (["status"], ["funds"], ["doctor"], ["login"])
    ]
    shown = "".join(done.stdout + done.stderr for done in printed).encode()
    files = {file: file.read_bytes() for file in (logged_in.directory / "home").rglob("*") if file.is_file()}
    secrets = [
        logged_in.environment["BROKER_PIN"].encode() + b'"',
        logged_in.environment["BROKER_TOTP_SECRET"].encode(),
        b"eyJ",
    ]
    for secret in secrets:
        assert secret not in shown
        assert [file.name for file, content in files.items() if secret in content] == []
    assert all(file.stat().st_mode & 0o077 == 0 for file in files if "session" in file.name or "secret" in file.name)


def contents(directory: Path) -> bytes:
    """All that the files of a directory hold; they come and go while it is read."""
    found = b""
    for file in directory.glob("journal.sqlite*"):
        with suppress(FileNotFoundError):
            found += file.read_bytes()
    return found


def test_a_killed_order_is_settled_by_reconcile(logged_in: Terminal, angel: Angel) -> None:
    price = price_near(logged_in, "NSE:SBIN", 0.95)
    process = logged_in.start("order", "place", "NSE:SBIN", "BUY", "1", "--price", price, "--id", "killed")
    journal = logged_in.directory / "home" / "journal"
    deadline = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < deadline:
        if b"killed" in contents(journal):
            process.kill()
            break
    process.communicate(timeout=30)
    (entry,) = logged_in.json("journal", "list", "--id", "killed")
    if entry["state"] == "intended":
        (settled,) = logged_in.json("journal", "reconcile")
        assert settled["before"] == "intended"
    (entry,) = logged_in.json("journal", "list", "--id", "killed")
    booked = [row["order_id"] for row in logged_in.json("order", "list")]
    assert (entry["state"], booked) in [("acknowledged", [entry["order_id"]]), ("not placed", []), ("unknown", [])]
