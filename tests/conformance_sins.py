"""What a plugin may do wrong, and how the suite is run over one that does."""

from __future__ import annotations

import io
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout

import pytest

#: Each sin of the toy, and the case that must say so.
FOUND_BY = {
    "leaves something unstated": 109,
    "declares what it leaves out": 309,
    "declares an exchange that is not listed": 715,
    "logs a secret": 900,
    "leaks the secret in an error": 900,
    "keeps a token in clear": 903,
    "takes any login": 206,
    "forgets to log out at the broker": 226,
    "does not know a dead session": 233,
    "keeps the session to itself": 910,
    "knows no limits": 930,
    "sends lots for units": 300,
    "sends another product": 300,
    "sends a field that nobody knows": 300,
    "places twice": 300,
    "buys whatever is asked": 303,
    "forgets the validity": 306,
    "drops the tag": 312,
    "hides the reason": 366,
    "changes more than was asked": 400,
    "does not know its own no": 429,
    "says cancelled and does nothing": 440,
    "takes cancelled for open": 440,
    "forgets what is filled": 510,
    "forgets the reason": 510,
    "counts money in floats": 521,
    "returns None": 521,
    "gives one trade only": 530,
    "gives positions without a sign": 536,
    "counts prices in floats": 600,
    "gives 0 for what it does not know": 600,
    "asks one by one": 603,
    "mixes up high and open": 630,
    "gives one name to two": 712,
    "mixes up tokens": 703,
    "spells symbols its own way": 706,
    "writes numbers its own way": 709,
    "loses instruments": 715,
    "places again after a time-out": 800,
    "takes a lost answer for a rejection": 800,
    "takes throttling for proof": 815,
    "takes an unreadable book for an empty one": 830,
    "takes failed history for none": 840,
}

#: A class for each sin, with the one case of the suite that is about it.
SINNERS = """
import pytest
from openalgo_toy import SINS
from openalgo_core.testing import BrokerConformance
from openalgo_core.testing.conformance.stand import forget_plugins

CASES = [name for name in dir(BrokerConformance) if name.startswith("test_")]

class Sinner(BrokerConformance):
    broker = "toy"
    sin = ""

    @classmethod
    def commit(cls):
        SINS.clear()
        SINS.add(cls.sin)
        forget_plugins()

    def pytest_generate_tests(self, metafunc):
        self.commit()
        super().pytest_generate_tests(metafunc)

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def _committed(cls):
        cls.commit()

for place, (sin, number) in enumerate({found_by!r}.items()):
    others = dict.fromkeys(name for name in CASES if not name.startswith(f"test_{{number}}_"))
    globals()[f"TestSinner{{place}}"] = type(f"TestSinner{{place}}", (Sinner,), {{**others, "sin": sin}})
"""


class Failures:
    """A pytest plugin object that notes the sins whose class had a failure."""

    def __init__(self, noted: set[str]) -> None:
        self._noted = noted

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> object:
        report = yield
        if report.failed:
            self._noted.add(item.cls.sin)
        return report


def quietly(arguments: Sequence[str], plugin: object) -> str:
    """Run pytest within this process; what it prints."""
    output = io.StringIO()
    options = ["-q", "-W", "error", "-p", "no:cacheprovider", "-p", "no:faulthandler", "--import-mode=importlib"]
    with redirect_stdout(output), redirect_stderr(output):
        pytest.main([*arguments, *options], [plugin])
    return output.getvalue()
