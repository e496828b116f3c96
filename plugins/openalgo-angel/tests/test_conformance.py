"""Every case of the conformance suite, and what of the same kind is Angel One's alone."""

from __future__ import annotations

import pytest

from openalgo_core.errors import OrderRejected
from openalgo_core.models import IntentState
from openalgo_core.testing import BrokerConformance
from openalgo_core.testing.conformance import Stand


class TestAngel(BrokerConformance):
    broker = "angel"
    throttling_is_proof = True  # "exceeding access rate": SmartAPI's page says that the request is not executed then

    @pytest.mark.parametrize("code", ["AB1004", "AB2001"])
    def test_a_code_that_says_nothing_about_the_order_leaves_it_unknown(self, fresh: Stand, code: str) -> None:
        instrument = fresh.sample()
        terms = fresh.terms(instrument)
        fresh.fault(f"broker={code}@{fresh.wire.place}")
        with fresh.booking() as booked:
            assert fresh.broker.place_order(str(instrument), "BUY", 1, **terms).status == "unknown"
        assert booked == []

    def test_a_refusal_keeps_its_code(self, fresh: Stand) -> None:
        fresh.terms(fresh.sample())
        fresh.simulator.setup.registered_ip = "203.0.113.7"
        with pytest.raises(OrderRejected) as caught:
            fresh.place()
        assert (caught.value.code, caught.value.broker) == ("AG7002", "angel")
        assert [entry.state for entry in fresh.broker.journal()] == [IntentState.REJECTED]
