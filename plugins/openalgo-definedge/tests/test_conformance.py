"""Every case of the conformance suite."""

from __future__ import annotations

from openalgo_core.testing import BrokerConformance


class TestDefinedge(BrokerConformance):
    broker = "definedge"
    exempt = {  # noqa: RUF012
        "840[history-empty]": "an empty answer is Definedge's own way to say that there are no candles",
        "900[addresses]": "the API token is part of the address of the first login step, as the page prescribes",
    }
