"""Every case of the conformance suite."""

from __future__ import annotations

from openalgo_core.testing import BrokerConformance


class TestIcici(BrokerConformance):
    broker = "icici"
    exempt = {  # noqa: RUF012
        "510[rejected]": "ICICI Direct's order book never says why an order was rejected",
        "900[addresses]": "the API key is part of the address of the login page, as the page prescribes",
        712: "two shares on BSE may have one code; the newer one keeps it, as the file offers no other name",
    }
