"""Nothing configured: the installed command trades on paper at once."""

from __future__ import annotations

from terminals import Angel, Terminal


def test_the_first_two_commands_of_a_stranger_work(terminal: Terminal) -> None:
    quoted = terminal.run("quote", "NSE:SBIN")
    assert "SBIN" in quoted.stdout
    assert quoted.stderr == "No broker configured: using paper (simulated).\n"
    placed = terminal.json("order", "place", "NSE:SBIN", "BUY", "10", "--product", "MIS")
    assert (placed["status"], placed["broker"]) == ("acknowledged", "paper")


def test_positions_and_orders_outlive_the_process(terminal: Terminal) -> None:
    terminal.json("order", "place", "NSE:SBIN", "BUY", "10", "--product", "MIS")
    terminal.json("order", "place", "NSE:TCS", "SELL", "3", "--product", "MIS")
    held = {row["symbol"]: row["quantity"] for row in terminal.json("positions")}
    assert held == {"SBIN": 10, "TCS": -3}
    terminal.json("order", "place", "NSE:SBIN", "SELL", "10", "--product", "MIS")
    assert {row["symbol"]: row["quantity"] for row in terminal.json("positions")} == {"SBIN": 0, "TCS": -3}
    assert len(terminal.json("trades")) == 3


def test_the_kill_switch_stops_orders_and_not_reads(terminal: Terminal) -> None:
    terminal.run("halt", "too fast")
    error = terminal.error("order", "place", "NSE:SBIN", "BUY", "1", code=5)
    assert "too fast" in error["message"]
    terminal.json("quote", "NSE:SBIN")
    terminal.run("resume")
    terminal.json("order", "place", "NSE:SBIN", "BUY", "1")


def test_a_limit_in_the_settings_refuses_orders(terminal: Terminal) -> None:
    home = terminal.directory / "home"
    home.mkdir()
    (home / "openalgo.toml").write_text("[guards.max_quantity]\nlimit = 5\n")
    assert "limit of 5 units" in terminal.error("order", "place", "NSE:SBIN", "BUY", "6", code=5)["message"]
    terminal.json("order", "place", "NSE:SBIN", "BUY", "5")


def test_a_guard_that_is_enabled_but_missing_stops_orders_and_not_reads(terminal: Terminal) -> None:
    home = terminal.directory / "home"
    home.mkdir()
    (home / "openalgo.toml").write_text('[guards]\nenabled = ["nobody"]\n')
    assert "not installed" in terminal.error("order", "place", "NSE:SBIN", "BUY", "1", code=5)["message"]
    terminal.json("quote", "NSE:SBIN")


def test_market_protection_makes_a_market_order_a_limit(terminal: Terminal) -> None:
    home = terminal.directory / "home"
    home.mkdir()
    (home / "openalgo.toml").write_text("[orders]\nmarket_protection = 2.0\n")
    placed = terminal.json("order", "place", "NSE:SBIN", "BUY", "1")
    shown = terminal.json("order", "show", placed["order_id"])
    assert shown["price_type"] == "LIMIT"
    (entry,) = terminal.json("journal", "list")
    assert entry["price"] == shown["price"]


def test_a_state_directory_that_cannot_be_written_is_said_before_an_order(terminal: Terminal) -> None:
    (terminal.directory / "home").write_text("a file where a directory should be")
    assert terminal.error("order", "place", "NSE:SBIN", "BUY", "1", code=3)["kind"] == "ConfigurationError"


def test_paper_trades_on_a_real_brokers_prices(trader: Terminal, angel: Angel) -> None:
    trader.json("login")
    paper = ("--broker", "paper", "--prices-from", "angel")
    (real,) = trader.json("quote", "NSE:SBIN")
    (shown,) = trader.json("quote", "NSE:SBIN", *paper)
    assert abs(shown["ltp"] - real["ltp"]) / real["ltp"] < 0.01
    placed = trader.json("order", "place", "NSE:SBIN", "BUY", "2", "--product", "MIS", *paper)
    assert placed["broker"] == "paper"
    (position,) = trader.json("positions", *paper)
    assert abs(position["average_price"] - real["ltp"]) / real["ltp"] < 0.01
    assert trader.json("order", "list") == []
