"""The harness itself: quiet where the rules are kept, loud where one is broken."""

from __future__ import annotations

import pytest
from chaos.__main__ import main
from chaos.sins import SINS
from chaos.stage import has_wire, installed

WIRED = next(name for name in installed() if has_wire(name))
#: What brings each sin to light, and what the harness says of it.
TEMPTATIONS = {
    "retry-on-time-out": (["--trials", "0", "--faults", "never:after"], "did the place 2 times"),
    "journal-after-send": (["--trials", "24", "--kills-only"], "and the exchange has it"),
    "forgotten-mark": (["--trials", "24", "--kills-only"], "not placed, and the exchange has it"),
    "guess": (["--trials", "0", "--faults", "reset:after"], "not placed, and the exchange has it"),
}


def run(*words: str) -> int:
    return main(["--brokers", WIRED, "--threads", "1", "--jobs", "1", "--seed", "5", *words])


def test_an_honest_core_passes(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--trials", "6", "--faults", "reset:after", "never:before") == 0
    shown = capsys.readouterr().out
    assert "broker" in shown and "doubled" in shown and "6 kills" in shown


@pytest.mark.parametrize("sin", SINS)
def test_a_broken_rule_is_noticed(sin: str, capsys: pytest.CaptureFixture[str]) -> None:
    words, said = TEMPTATIONS[sin]
    assert run(*words, "--sin", sin) == 1
    assert said in capsys.readouterr().out


def test_a_harness_that_tried_nothing_does_not_pass() -> None:
    assert run("--trials", "0", "--kills-only") == 1
