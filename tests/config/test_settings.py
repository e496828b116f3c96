from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from openalgo_core.config import CoreSettings, Paths, Timeouts, load_settings
from openalgo_core.errors import ConfigurationError


def settings(tmp_path: Path, text: str, env: dict[str, str] | None = None) -> CoreSettings:
    (tmp_path / "openalgo.toml").write_text(text)
    return load_settings(Paths(tmp_path, tmp_path / "openalgo.toml"), env or {})


def refusal(tmp_path: Path, text: str) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        settings(tmp_path, text)
    assert str(tmp_path / "openalgo.toml") in caught.value.message
    return caught.value


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    found = load_settings(Paths(tmp_path, tmp_path / "openalgo.toml"), {})
    assert found == CoreSettings()
    assert found.guards.enabled == ("kill_switch", "order_rate")
    assert found.timeouts == Timeouts(connect=5, read=10, reconcile=15, rate_wait=5)
    assert found.source is None


def test_everything_set(tmp_path: Path) -> None:
    found = settings(
        tmp_path,
        """
        [guards]
        enabled = ["curfew"]
        [guards.max_quantity]
        limit = 1000
        [guards.max_value]
        limit = 500000.50
        [guards.daily_loss]
        limit = 10000
        [guards.order_rate]
        per_second = 5
        [guards.curfew]
        until = 09:20:00
        share = 0.1
        [orders]
        market_protection = 1.5
        algo_id = "99999"
        [network]
        registered_ip = ["203.0.113.7", "2001:db8::1"]
        [journal]
        durability = "power"
        [timeouts]
        connect = 2.5
        read = 3
        reconcile = 4
        rate_wait = 1
        """,
    )
    guards = found.guards
    assert guards.enabled == ("kill_switch", "order_rate", "max_quantity", "max_value", "daily_loss", "curfew")
    assert (guards.max_quantity, guards.max_value, guards.daily_loss) == (1000, Decimal("500000.50"), Decimal(10000))
    assert guards.orders_per_second == 5
    assert guards.options["curfew"]["share"] == Decimal("0.1")
    assert (found.market_protection, found.algo_id, found.durability) == (Decimal("1.5"), "99999", "power")
    assert found.registered_ips == ("203.0.113.7", "2001:db8::1")
    assert found.timeouts == Timeouts(2.5, 3, 4, 1)
    assert found.source == tmp_path / "openalgo.toml"


def test_a_limit_is_enough_to_switch_its_guard_on(tmp_path: Path) -> None:
    found = settings(tmp_path, "[guards.max_value]\nlimit = 1")
    assert found.guards.enabled == ("kill_switch", "order_rate", "max_value")


def test_kill_switch_and_order_rate_cannot_be_switched_off(tmp_path: Path) -> None:
    assert settings(tmp_path, "[guards]\nenabled = []").guards.enabled == ("kill_switch", "order_rate")


def test_a_single_address_needs_no_array(tmp_path: Path) -> None:
    assert settings(tmp_path, '[network]\nregistered_ip = "203.0.113.7"').registered_ips == ("203.0.113.7",)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("[guards.max_quantity]\nlimit = 1.5", "guards.max_quantity.limit"),
        ("[guards.max_quantity]\nlimit = true", "guards.max_quantity.limit"),
        ("[guards.max_quantity]\nlimit = 0", "guards.max_quantity.limit"),
        ('[guards.max_value]\nlimit = "5"', "guards.max_value.limit"),
        ("[guards.max_value]\nlimit = nan", "guards.max_value.limit"),
        ("[guards.daily_loss]\nlimit = -5", "guards.daily_loss.limit"),
        ("[guards.order_rate]\nper_second = 0", "guards.order_rate.per_second"),
        ('[guards]\nenabled = "curfew"', "guards.enabled"),
        ("[guards]\nenabled = [1]", "guards.enabled"),
        ("guards = 5", "guards"),
        ("[orders]\nmarket_protection = 0", "orders.market_protection"),
        ("[orders]\nmarket_protection = 100", "orders.market_protection"),
        ("[orders]\nalgo_id = 99999", "orders.algo_id"),
        ('[network]\nregistered_ip = "host"', "network.registered_ip"),
        ("[network]\nregistered_ip = 5", "network.registered_ip"),
        ('[journal]\ndurability = "disk"', "journal.durability"),
        ('[sessions]\nkey = "drawer"', "sessions.key"),
        ("[timeouts]\nread = 0", "timeouts.read"),
        ("[timeouts]\nread = inf", "timeouts.read"),
        ("[timeouts]\nconnect = 601", "timeouts.connect"),
    ],
)
def test_wrong_value_is_refused_with_its_key_path(tmp_path: Path, text: str, path: str) -> None:
    assert f": {path} must be " in refusal(tmp_path, text).message


@pytest.mark.parametrize(
    ("text", "path", "meant"),
    [
        ("[guard]", "guard", "guards"),
        ("[guards.max_quantitty]\nlimit = 5", "guards.max_quantitty", "guards.max_quantity"),
        ("[guards.max_value]\nlimits = 5", "guards.max_value.limits", "guards.max_value.limit"),
        ("[orders]\nmarket_protecton = 1", "orders.market_protecton", "orders.market_protection"),
        ("[timeouts]\nconect = 1", "timeouts.conect", "timeouts.connect"),
    ],
)
def test_misspelt_key_is_refused_with_the_right_one(tmp_path: Path, text: str, path: str, meant: str) -> None:
    error = refusal(tmp_path, text)
    assert f": {path} is not known" in error.message
    assert error.hint == f"Did you mean {meant}?"


def test_limits_of_a_guard_that_is_not_enabled_are_no_limits(tmp_path: Path) -> None:
    assert "guards.curfew is not known" in refusal(tmp_path, "[guards.curfew]\nuntil = 5").message


def test_a_guard_enabled_without_its_limit_stops_everything(tmp_path: Path) -> None:
    error = refusal(tmp_path, '[guards]\nenabled = ["max_value"]')
    assert "max_value, which has no limit" in error.message
    assert "[guards.max_value]" in error.hint


@pytest.mark.parametrize("content", [b"[guards", b"a = 1\na = 2", b"\xff"])
def test_file_that_is_no_toml(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "openalgo.toml").write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"openalgo\.toml is not TOML"):
        load_settings(Paths(tmp_path, tmp_path / "openalgo.toml"), {})


def test_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    env = {"OPENALGO_HOME": str(tmp_path), "OPENALGO_CONFIG": str(tmp_path / "my.toml")}
    with pytest.raises(ConfigurationError, match="no file"):
        load_settings(Paths.from_environment(env), env)


def test_timeouts_of_the_environment_win(tmp_path: Path) -> None:
    env = {"OPENALGO_CONNECT_TIMEOUT": "0.5", "OPENALGO_READ_TIMEOUT": "7", "OPENALGO_RECONCILE_TIMEOUT": " "}
    found = settings(tmp_path, "[timeouts]\nread = 3\nreconcile = 4", env)
    assert found.timeouts == Timeouts(connect=0.5, read=7, reconcile=4)


@pytest.mark.parametrize("value", ["soon", "0", "-1", "nan", "inf", "1e9"])
def test_timeout_of_the_environment_that_is_none(tmp_path: Path, value: str) -> None:
    with pytest.raises(ConfigurationError, match="OPENALGO_READ_TIMEOUT"):
        settings(tmp_path, "", {"OPENALGO_READ_TIMEOUT": value})


def test_describe_names_everything_in_force(tmp_path: Path) -> None:
    found = dict(settings(tmp_path, '[guards]\nenabled = ["curfew"]\n[guards.curfew]\nuntil = 5').describe())
    assert found["guards.enabled"] == "kill_switch, order_rate, curfew"
    assert found["guards.curfew.until"] == "5"
    assert found["guards.max_value.limit"] == "not set"
    assert found["timeouts.read"] == "10 s"
    assert found["journal.durability"] == "process"
    assert found["sessions.key"] == "file"


def test_the_key_may_be_kept_in_the_keyring(tmp_path: Path) -> None:
    assert settings(tmp_path, '[sessions]\nkey = "keyring"').session_key == "keyring"
