"""100: what the plugin declares, checked without a request."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal

from ...capabilities import HOOK_OF, Capability, Support
from ...errors import NotSupported
from ...models import API_VERSION, Action, BrokerInfo
from ...plugins.discovery import discover
from ...plugins.loading import load_named_broker
from ...plugins.relay import Relay
from .base import Group
from .cases import Need, Variant, a_wire, case, lacks, markets
from .outcomes import raises
from .stand import Stand, expect

__all__ = ["Description"]

_PAGE = "docs/hooks.md#describe"
_HOST = re.compile(r"(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)+")
#: What importing a plugin must not import: it would slow down every command of who uses another broker.
_HEAVY = ("starlette", "uvicorn", "requests", "pydantic", "cryptography", "pytest")


def _hooks(info: BrokerInfo) -> list[Variant]:
    return [Variant(capability.value, capability) for capability in HOOK_OF]


def _missing_hooks(info: BrokerInfo) -> list[Variant]:
    reads = (Capability.MODIFY_ORDER, Capability.CANCEL_ORDER, Capability.MARGIN, Capability.INSTRUMENTS)
    return [Variant(one.value, one, (lacks(one),)) for one in reads]


def _own_protection(info: BrokerInfo) -> str | None:
    return None if info.protected_price else f"{info.name} declares no rule of its own for protected prices"


_PROTECTION: Need = _own_protection


class Description(Group):
    @case(
        given="the installed plugin",
        when="it is loaded",
        then="it keeps every rule of the loader, under the name of its entry point",
        page=_PAGE,
    )
    def test_100_the_plugin_loads(self, info: BrokerInfo) -> None:
        found = [one for one in discover() if one.group == "openalgo.brokers" and one.name == self.broker]
        expect(len(found) == 1, f"{len(found)} distributions offer it", "one")
        expect(info.name == self.broker, f"it calls itself {info.name}", self.broker)
        expect(info.title.strip() == info.title != "", f"its title is {info.title!r}", "the broker's name, for people")
        expect(1 <= info.api <= API_VERSION, f"it was written for API {info.api}", f"1 to {API_VERSION}")

    @case(
        given="the installed plugin",
        when="describe is called again",
        then="it says the same: it keeps no state",
        page=_PAGE,
    )
    def test_103_the_description_never_changes(self, info: BrokerInfo) -> None:
        again = load_named_broker(self.broker).module.describe()
        expect(again == info, f"the second time it says {again}", f"{info}")

    @case(
        given="each capability that is a hook",
        when="its declaration is compared with the hooks",
        then="what is available is implemented, what is not is not",
        page="docs/brokers.md",
        each=_hooks,
    )
    def test_106_hooks_and_declarations_agree(self, info: BrokerInfo, variant: Variant) -> None:
        support = info.support(variant.value)
        there = Relay(info.name, load_named_broker(self.broker).module).has(HOOK_OF[variant.value])
        expect(support.available == there, f"{variant.value} is {support}, the hook is there: {there}", "both or none")

    @case(
        given="every capability that there is",
        when="the declaration is read",
        then="it says something about each",
        page="docs/brokers.md",
    )
    def test_109_nothing_is_left_unstated(self, info: BrokerInfo) -> None:
        unstated = [one.value for one in Capability if info.support(one) is Support.UNSTATED]
        expect(not unstated, f"nothing is said about {', '.join(unstated)}", "one of the other four degrees of support")

    @case(
        given="the hosts that are declared",
        when="they are read",
        then="they are plain host names, without scheme, port or path",
        page=_PAGE,
    )
    def test_112_hosts_are_names(self, info: BrokerInfo) -> None:
        odd = [host for host in info.hosts if not _HOST.fullmatch(host)]
        expect(not odd, f"hosts are {odd}", "names such as api.broker.in, or *.broker.in")
        expect(info.hosts or not info.support(Capability.SIMULATOR).available, "a simulator of no host", "a host")

    @case(
        given="the exchanges that are declared",
        when="they are read",
        then="orders are taken on one at least, and the words of orders fit them",
        page=_PAGE,
    )
    def test_115_exchanges_and_products_fit(self, info: BrokerInfo) -> None:
        expect(markets(info), f"exchanges are {sorted(info.exchanges)}", "one at least that is no index")
        for exchange in markets(info):
            words = (Capability.CNC, Capability.MIS) if exchange.is_cash else (Capability.NRML, Capability.MIS)
            usable = any(info.support(word).available for word in words)
            expect(usable, f"orders on {exchange} have no product", f"one of {', '.join(words)}")
        types = (Capability.MARKET, Capability.LIMIT)
        expect(any(info.support(one).available for one in types), "no price type is declared", "LIMIT or MARKET")

    @case(
        given="the limits that are declared",
        when="they are read",
        then="counts and spans are positive",
        page=_PAGE,
    )
    def test_118_limits_are_positive(self, info: BrokerInfo) -> None:
        odd = {
            group: limits
            for group, limits in info.rate_limits.items()
            if not all(one.count > 0 and one.seconds > 0 for one in limits)
        }
        expect(not odd, f"limits are {odd}", "a count and a number of seconds above 0")
        expect(info.quote_batch >= 1, f"the quote batch is {info.quote_batch}", "1 or more")

    @case(
        given="a broker that one logs in to",
        when="its session rule is read",
        then="it says when sessions die",
        page=_PAGE,
        needs=[a_wire],
    )
    def test_121_sessions_end_at_a_time_that_is_known(self, info: BrokerInfo) -> None:
        rule = info.session
        known = (rule.dies_at is None) != (rule.lifetime is None)
        expect(known, f"the rule is {rule}", "a time of the day, or a lifetime")

    @case(
        given="the rule about the text that orders carry",
        when="it is read",
        then="it leaves room for a tag that is not met twice, and takes its characters",
        page=_PAGE,
    )
    def test_124_a_tag_fits(self, info: BrokerInfo) -> None:
        rule = info.tag
        usable = rule.max_length >= 12 or not rule.comes_back
        expect(usable, f"{rule.max_length} characters come back", "12 at least, or none: shorter ones are met again")
        takes = re.fullmatch(f"[{rule.characters}]+", "0123456789abcdef")
        expect(takes, f"the characters are {rule.characters}", "digits and small letters among them")

    @case(
        given="the candle lengths that are declared",
        when="they are read",
        then="there are some exactly if history is available, each for a day or more at a time",
        page=_PAGE,
    )
    def test_127_candle_lengths_fit_the_history(self, info: BrokerInfo) -> None:
        windows = info.history_windows
        available = info.support(Capability.HISTORY).available
        expect(bool(windows) == available, f"{len(windows)} lengths, history available: {available}", "both or none")
        expect(all(days >= 1 for days in windows.values()), f"windows are {windows}", "days from 1 up")

    @case(
        given="the algo ids that are declared",
        when="they are read",
        then="they are for exchanges that orders are taken on",
        page=_PAGE,
    )
    def test_130_algo_ids_are_for_declared_exchanges(self, info: BrokerInfo) -> None:
        odd = sorted(info.algo_ids.keys() - set(markets(info)))
        expect(not odd, f"there are algo ids for {odd}", f"for some of {markets(info)} only")

    @case(
        given="a broker with a rule of its own for the price of a protected market order",
        when="the price is made",
        then="it is on the tick, above the last price for BUY and below it for SELL",
        page=_PAGE,
        needs=[_PROTECTION],
    )
    def test_133_protected_prices_protect(self, stand: Stand) -> None:
        rule = stand.info.protected_price
        assert rule is not None
        for instrument in map(stand.sample, stand.tradable()):
            last = stand.last_price(instrument)
            buy, sell = rule(Action.BUY, instrument, last), rule(Action.SELL, instrument, last)
            expect(sell < last < buy, f"{instrument} at {last}: SELL at {sell}, BUY at {buy}", "around the last price")
            tick = instrument.tick_size or Decimal("0.01")
            expect(buy % tick == sell % tick == 0, f"{instrument}: {sell} and {buy}", f"multiples of {tick}")

    @case(
        given="a fresh interpreter",
        when="the plugin is imported",
        then="nothing heavy comes with it: no HTTP, no server, no validation library",
        page="docs/hooks.md",
    )
    def test_140_importing_the_plugin_costs_little(self) -> None:
        module = load_named_broker(self.broker).module.__name__
        code = f"import sys, {module}; print(*sorted(set(sys.modules) & set({_HEAVY!r})))"
        done = subprocess.run(  # noqa: S603 - our own interpreter, and the name of an installed module
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
        )
        expect(done.returncode == 0, f"the import fails: {done.stderr[-300:]}", "an import that works by itself")
        expect(not done.stdout.strip(), f"importing {module} imports {done.stdout.strip()}", f"none of {_HEAVY}")

    @case(
        given="a hook that is declared impossible, or not implemented yet",
        when="what it serves is asked for",
        then="that is refused as not supported (exit 11) before any request",
        page="docs/brokers.md",
        each=_missing_hooks,
    )
    def test_150_what_is_not_declared_is_not_supported(self, stand: Stand, variant: Variant) -> None:
        name, seen = str(stand.sample()), stand.seen()
        acts: dict[Capability, Callable[[], object]] = {
            Capability.MODIFY_ORDER: lambda: stand.broker.modify_order("1", quantity=1),
            Capability.CANCEL_ORDER: lambda: stand.broker.cancel_order("1"),
            Capability.MARGIN: lambda: stand.broker.margin(name, "BUY", 1, price=1),
            Capability.INSTRUMENTS: lambda: stand.broker.sync_instruments(),
        }
        raises(NotSupported, acts[variant.value])
        expect(stand.seen() == seen, "requests were made", "none")

    @case(
        given="the exemptions of the plugin's author",
        when="they are compared with the cases",
        then="each names a case that there is, and has a reason",
        page="docs/conformance.md",
    )
    def test_190_exemptions_name_cases(self, info: BrokerInfo) -> None:
        known = {str(number) for number in self._identities(info)}
        odd = [named for named, reason in self.exempt.items() if str(named) not in known or not reason.strip()]
        expect(not odd, f"exempt are {odd}", "numbers of cases, or NUMBER[VARIANT], each with a reason")
