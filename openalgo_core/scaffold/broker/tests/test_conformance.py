"""The whole conformance suite of openalgo-core, as the declaration of this plugin says that it applies."""

from __future__ import annotations

from openalgo_core.testing.conformance import BrokerConformance


class TestAcme(BrokerConformance):
    broker = "acme"
    # Acme's documentation: a throttled request is not executed.
    throttling_is_proof = True
