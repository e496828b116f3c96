"""The suite itself: every known way to be wrong is found by the case that is about it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from conformance_sins import FOUND_BY, SINNERS, Failures, quietly

from openalgo_core.errors import PluginBroken
from openalgo_core.testing.conformance import BrokerConformance, conformance_page
from openalgo_core.testing.pytest_plugin import CaseResult

Check = Callable[..., list[CaseResult]]


def outcomes(results: list[CaseResult]) -> set[str]:
    return {one.outcome for one in results}


@pytest.fixture(scope="module")
def red(toy: set[str], tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The sins whose case failed; all in one run, because starting pytest takes longer than a case."""
    directory = tmp_path_factory.mktemp("sins")
    module = directory / "test_sins.py"
    module.write_text(SINNERS.format(found_by=FOUND_BY | {"nothing": 300}))
    failed: set[str] = set()
    quietly([str(module), "-c", os.devnull, f"--rootdir={directory}"], Failures(failed))
    toy.clear()
    return failed


@pytest.mark.parametrize("sin", FOUND_BY)
def test_what_is_wrong_is_found_by_its_case(red: set[str], sin: str) -> None:
    assert sin in red


def test_nothing_wrong_is_not_found(red: set[str]) -> None:
    assert "nothing" not in red


def test_a_failure_says_what_was_found_what_was_expected_and_where_it_is_explained(
    check: Check, sins: set[str]
) -> None:
    sins.add("drops the tag")
    (result,) = check(312)
    assert "tags [None, None]" in result.reason
    assert "expected: those of the journal" in result.reason
    assert result.page == "docs/hooks.md#place_order"


def test_an_exempt_case_is_run_and_may_fail(check: Check, sins: set[str]) -> None:
    sins.add("drops the tag")
    assert outcomes(check(312, exempt={312: "the toy has no room for it"})) == {"exempt"}


@pytest.mark.usefixtures("sins")
def test_an_exemption_that_is_not_needed_any_more_fails(check: Check) -> None:
    assert outcomes(check(312, exempt={312: "the toy has no room for it"})) == {"stale"}


@pytest.mark.usefixtures("sins")
@pytest.mark.parametrize("named", [7, "300[NSE-CNC-SL-M]", "300[nonsense]"])
def test_an_exemption_from_no_case_or_one_that_does_not_apply_fails(check: Check, named: int | str) -> None:
    assert outcomes(check(190, exempt={named: "because"})) == {"failed"}


@pytest.mark.usefixtures("sins")
def test_only_the_variant_that_is_named_is_exempt(check: Check) -> None:
    results = check(306, exempt={"306[NFO]": "because"})
    assert {one.variant: one.outcome for one in results} == {"NFO": "stale", "NSE": "passed"}


def test_a_plugin_that_breaks_the_contract_is_not_run_at_all(check: Check, sins: set[str]) -> None:
    sins.add("declares a hook that is not there")
    with pytest.raises(PluginBroken, match="does not implement depth"):
        check()


def test_the_page_lists_every_case_once_with_what_it_says() -> None:
    page = conformance_page()
    for case in BrokerConformance.cases():
        assert page.count(f'<a id="{case.number}"></a>') == 1
        assert f"| {case.given} | {case.when} | {case.then} |" in page
    assert len(BrokerConformance.cases()) >= 120


def test_every_case_names_a_page_that_there_is() -> None:
    docs = Path(__file__).parents[2] / "docs"
    pages = {case.page.partition("#")[0] for case in BrokerConformance.cases()} - {"docs/conformance.md"}
    assert [page for page in sorted(pages) if not (docs / Path(page).name).exists()] == []
