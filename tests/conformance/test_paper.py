"""The built-in broker passes what every plugin passes."""

from __future__ import annotations

from openalgo_core.models import Exchange
from openalgo_core.testing import BrokerConformance


class TestPaper(BrokerConformance):
    broker = "paper"
    unlisted = dict.fromkeys(
        (Exchange.BCD, Exchange.NCDEX, Exchange.NCO),
        "paper lists nothing there by itself; it trades there on another broker's instruments",
    )
