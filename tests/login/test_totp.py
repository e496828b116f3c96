from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
from clocks import FakeClock

from openalgo_core.clock import epoch
from openalgo_core.errors import ConfigurationError
from openalgo_core.login import TotpCodes
from openalgo_core.secrets import Secret

SECRET = Secret("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")


def codes(tmp_path: Path, clock: FakeClock, secret: Secret = SECRET) -> TotpCodes:
    return TotpCodes(secret, tmp_path / "angel" / "totp", clock)


def test_worked_example_of_rfc_6238(tmp_path: Path) -> None:
    """Appendix B of the RFC has eight digits; six are its last six: 94287082 at 59 s."""
    assert codes(tmp_path, FakeClock(epoch(35))).next().reveal() == "287082"


@pytest.mark.parametrize(("moment", "code"), [(1763600000, "736379"), (1111111111, "050471")])
def test_code_of_a_moment(tmp_path: Path, moment: int, code: str) -> None:
    assert codes(tmp_path, FakeClock(epoch(moment))).next().reveal() == code


@pytest.mark.parametrize("written", ["gezd gnbv gy3t qojq gezd gnbv gy3t qojq", "GEZDGNBV-GY3TQOJQ-GEZDGNBV-GY3TQOJQ"])
def test_secret_in_groups(tmp_path: Path, written: str) -> None:
    assert codes(tmp_path, FakeClock(epoch(35)), Secret(written)).next().reveal() == "287082"


@pytest.mark.parametrize("written", ["123456", "not base32!", "GEZDGNBVGY3TQOJQ", ""])
def test_secret_that_is_none_is_refused_and_not_shown(tmp_path: Path, written: str) -> None:
    with pytest.raises(ConfigurationError, match="BROKER_TOTP_SECRET") as caught:
        codes(tmp_path, FakeClock(), Secret(written))
    assert not written or written not in caught.value.message + caught.value.hint


def test_no_code_is_used_twice(tmp_path: Path) -> None:
    clock = FakeClock(epoch(30 * 100))
    first = codes(tmp_path, clock).next()
    second = codes(tmp_path, clock).next()
    assert first != second
    assert clock.slept == [30.0]


@pytest.mark.parametrize(("second", "waits"), [(0, []), (27, []), (27.5, [2.5]), (29, [1.0])])
def test_a_code_about_to_die_is_not_used(tmp_path: Path, second: float, waits: list[float]) -> None:
    clock = FakeClock(epoch(30 * 100 + second))
    codes(tmp_path, clock).next()
    assert clock.slept == waits


def test_a_clock_set_back_a_little_does_not_bring_a_used_code_back(tmp_path: Path) -> None:
    clock = FakeClock(epoch(30 * 100))
    used = {codes(tmp_path, clock).next()}
    clock.advance(-5)
    assert codes(tmp_path, clock).next() not in used


def test_a_clock_that_was_far_ahead_does_not_block_logins(tmp_path: Path) -> None:
    clock = FakeClock(epoch(30 * 100) + timedelta(days=1))
    codes(tmp_path, clock).next()
    clock.advance(-86400)
    codes(tmp_path, clock).next()
    assert clock.slept == []


@pytest.mark.parametrize("content", [b"", b"canary", b"-1", b"\xff"])
def test_a_broken_state_file_costs_nothing_but_the_memory(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "angel").mkdir()
    (tmp_path / "angel" / "totp").write_bytes(content)
    assert codes(tmp_path, FakeClock(epoch(35))).next().reveal() == "287082"


def test_threads_that_ask_at_once_get_different_codes(tmp_path: Path) -> None:
    clock = FakeClock(epoch(30 * 100))
    got: list[Secret] = []
    threads = [Thread(target=lambda: got.append(codes(tmp_path, clock).next())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(got)) == 4
