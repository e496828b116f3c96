"""Every case of the conformance suite."""

from __future__ import annotations

from openalgo_core.testing import BrokerConformance


class TestKotak(BrokerConformance):
    broker = "kotak"
