"""Row 7: the broker books the order and its answer never comes whole. Counted at the simulated exchange."""

from __future__ import annotations

from collections.abc import Sequence

from openalgo_core.errors import OpenAlgoError
from openalgo_core.testing.conformance.stand import Stand, stand_of

from .rows import Row

__all__ = ["AGAIN", "FAULTS", "rows"]

#: After the booking: no answer, a reset, half an answer and the end, a gateway's page, a 500, an empty 200.
FAULTS = ("never", "reset", "half", "html=502", "status=500", "empty")

#: A fault and where it happens: as often as anybody sends the order again.
AGAIN = "{}@{}:after*9"


def rows(brokers: Sequence[str]) -> list[Row]:
    """The most orders that one call booked, and how many of the faults left the trader with an untruth."""
    found = []
    for broker in brokers:
        with stand_of(broker) as stand:
            outcomes = [_outcome(stand, fault) for fault in FAULTS]
        most = max(booked for booked, _ in outcomes)
        lies = sum(not truthful for _, truthful in outcomes)
        found += [
            Row("7", f"orders booked by one call, {broker}", "six faults", most, 1, 1, unit="orders"),
            Row("7b", f"faults told wrongly, {broker}", "six faults", lies, 0, 0, unit="of 6"),
        ]
    return found


def _outcome(stand: Stand, fault: str) -> tuple[int, bool]:
    """How many orders were booked, and whether what the trader heard is true: acknowledged, or unknown."""
    instrument = stand.sample()
    terms = stand.terms(instrument)
    stand.fault(AGAIN.format(fault, stand.wire.place))
    with stand.booking() as booked:
        try:
            status: str = stand.broker.place_order(str(instrument), "BUY", instrument.lot_size, **terms).status
        except OpenAlgoError:
            status = "refused"
    stand.waiting_faults()  # are for whoever would have sent the order again
    return len(booked), status in ("acknowledged", "unknown")
