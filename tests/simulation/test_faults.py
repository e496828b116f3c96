from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openalgo_core.errors import UsageError
from openalgo_core.simulation import Fault, FaultKind, FaultScript, Stage, parse_fault


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("status=503", Fault(FaultKind.STATUS, number=503)),
        ("status=500@placeOrder:after*2", Fault(FaultKind.STATUS, Stage.AFTER, 500, path="placeOrder", times=2)),
        ("429", Fault(FaultKind.TOO_MANY)),
        ("429=1.5@quote", Fault(FaultKind.TOO_MANY, number=1.5, path="quote")),
        ("html", Fault(FaultKind.HTML, number=502)),
        ("html=200", Fault(FaultKind.HTML, number=200)),
        ("empty", Fault(FaultKind.EMPTY, Stage.AFTER)),
        ("empty:before", Fault(FaultKind.EMPTY)),
        ("truncate@/order/", Fault(FaultKind.TRUNCATE, Stage.AFTER, path="/order/")),
        ("slow=8", Fault(FaultKind.SLOW, Stage.AFTER, 8)),
        ("drip", Fault(FaultKind.DRIP, Stage.AFTER, 0.05)),
        ("never", Fault(FaultKind.NEVER)),
        ("reset:after", Fault(FaultKind.RESET, Stage.AFTER)),
        ("half", Fault(FaultKind.HALF, Stage.AFTER)),
        ("wrong-length", Fault(FaultKind.WRONG_LENGTH, Stage.AFTER)),
        ("refuse*3", Fault(FaultKind.REFUSE, times=3)),
        ("tls", Fault(FaultKind.TLS)),
        ("broker=AB1004@getPosition", Fault(FaultKind.BROKER, name="AB1004", path="getPosition")),
    ],
)
def test_each_kind_has_its_defaults(text: str, fault: Fault) -> None:
    assert parse_fault(text) == fault


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "grammar"),
        ("explode", "'explode' is none of"),
        ("status", "HTTP status"),
        ("status=70", "HTTP status"),
        ("slow", "seconds"),
        ("slow=soon", "seconds"),
        ("empty=1", "takes no value"),
        ("broker", "needs a name"),
        ("reset:during", "neither before nor after"),
        ("slow=1:before", "never:before"),
        ("reset*0", "number of times"),
        ("reset*often", "number of times"),
        ("refuse@placeOrder", "neither a path nor a stage"),
        ("tls:after", "neither a path nor a stage"),
    ],
)
def test_a_wrong_text_says_which_part_is_off(text: str, part: str) -> None:
    with pytest.raises(UsageError, match=part) as caught:
        parse_fault(text)
    assert "KIND[=VALUE]" in caught.value.hint


@given(
    kind=st.sampled_from(["reset", "never", "empty", "truncate", "half", "wrong-length"]),
    stage=st.sampled_from(Stage),
    path=st.text(st.characters(exclude_characters=":*", min_codepoint=33, max_codepoint=126), max_size=20),
    times=st.integers(1, 999),
)
def test_every_part_comes_back(kind: str, stage: Stage, path: str, times: int) -> None:
    fault = parse_fault(f"{kind}@{path}:{stage}*{times}")
    assert (fault.kind, fault.stage, fault.path, fault.times) == (kind, stage, path, times)


class TestScript:
    def test_a_fault_waits_for_its_path_and_happens_as_often_as_asked(self) -> None:
        script = FaultScript(["reset@placeOrder*2"])
        assert script.take("/getOrderBook") is None
        assert [script.take("/placeOrder") is not None for _ in range(3)] == [True, True, False]

    def test_the_first_that_fits_comes_first(self) -> None:
        script = FaultScript(["html@placeOrder", "empty"])
        assert [fault.kind for _ in range(2) if (fault := script.take("/placeOrder"))] == ["html", "empty"]

    def test_faults_of_connections_and_of_requests_do_not_meet(self) -> None:
        script = FaultScript(["refuse", "reset"])
        assert (request := script.take("/x")) and request.kind is FaultKind.RESET
        assert (connection := script.take_connection()) and connection.kind is FaultKind.REFUSE
        assert script.take_connection() is None

    def test_a_stage_may_be_asked_for(self) -> None:
        script = FaultScript(["broker=late:after", "broker=early"])
        assert (early := script.take("/x", Stage.BEFORE)) and early.name == "early"
        assert script.take("/x", Stage.BEFORE) is None
        assert (late := script.take("/x", Stage.AFTER)) and late.name == "late"

    def test_what_never_happened_stays_waiting(self) -> None:
        script = FaultScript(["reset*2", "never@elsewhere"])
        script.take("/here")
        assert [str(fault.kind) for fault in script.waiting] == ["reset", "never"]

    def test_a_wrong_text_adds_nothing(self) -> None:
        script = FaultScript()
        with pytest.raises(UsageError):
            script.add("reset", "explode")
        assert script.waiting == []
