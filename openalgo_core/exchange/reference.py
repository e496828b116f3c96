"""Around which price the path of an underlying moves, and how lively it is.

Rounded levels of 2026, in rupees; they need to be plausible, not right. Any other name gets a price from its hash.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ..models.vocabulary import Exchange
from .noise import key_of, noise, pick
from .path import MICRO

__all__ = ["Underlying", "underlying_of"]

_LEVELS: dict[str, float] = {
    # shares
    "360ONE": 1105, "ABB": 5240, "ADANIENT": 2480, "ADANIPORTS": 1440, "APOLLOHOSP": 7420, "ASIANPAINT": 2390,
    "AXISBANK": 1215, "BAJAJ-AUTO": 8890, "BAJAJFINSV": 2015, "BAJFINANCE": 985, "BANKBARODA": 262, "BEL": 405,
    "BHARTIARTL": 1965, "BPCL": 338, "BRITANNIA": 5720, "CANBK": 128, "CIPLA": 1530, "COALINDIA": 392,
    "DIVISLAB": 6480, "DLF": 762, "DMART": 4180, "DRREDDY": 1265, "EICHERMOT": 6830, "ETERNAL": 318, "GAIL": 178,
    "GOLDBEES": 101, "GRASIM": 2790, "HAL": 4670, "HCLTECH": 1545, "HDFCBANK": 985, "HDFCLIFE": 762, "HEROMOTOCO": 5310,
    "HINDALCO": 772, "HINDUNILVR": 2480, "ICICIBANK": 1392, "IDEA": 9.2, "INDIGO": 5720, "INDUSINDBK": 792,
    "INFY": 1525, "IOC": 152, "IRCTC": 712, "ITC": 412, "JIOFIN": 306, "JSWSTEEL": 1145, "KOTAKBANK": 2120, "LT": 3940,
    "LTIM": 5630, "M&M": 3610, "M&MFIN": 282, "MARUTI": 15980, "MRF": 148200, "NESTLEIND": 1242, "NIFTYBEES": 285,
    "NTPC": 334, "ONGC": 246, "PNB": 118, "POWERGRID": 288, "RELIANCE": 1462, "SBILIFE": 1830, "SBIN": 882,
    "SHRIRAMFIN": 682, "SUNPHARMA": 1665, "SUZLON": 55.4, "TATACONSUM": 1155, "TATAPOWER": 392, "TATASTEEL": 172,
    "TCS": 3060, "TECHM": 1445, "TITAN": 3720, "TRENT": 4610, "ULTRACEMCO": 12180, "VEDL": 482, "WIPRO": 246,
    "YESBANK": 21.6, "ZEEL": 112,
    # indices
    "NIFTY": 25480, "BANKNIFTY": 57200, "FINNIFTY": 26900, "MIDCPNIFTY": 13420, "NIFTYNXT50": 69300, "INDIAVIX": 13.2,
    "NIFTY100": 26100, "NIFTY500": 23600, "NIFTYAUTO": 26700, "NIFTYFMCG": 55400, "NIFTYIT": 36100, "NIFTYMETAL": 10250,
    "NIFTYPHARMA": 22300, "NIFTYPSUBANK": 7920, "NIFTYREALTY": 905, "SENSEX": 83400, "BANKEX": 64200, "SENSEX50": 27100,
    "BSE100": 26700, "BSE500": 37100, "MCXBULLDEX": 27600, "MCXMETLDEX": 19400, "MCXCRUDEX": 5900, "MCXGOLDEX": 29500,
    # commodities, as each contract is quoted: barrel, 10 g, 8 g, 1 g, kg, mmBtu
    "CRUDEOIL": 5420, "GOLD": 122800, "GOLDGUINEA": 98300, "GOLDPETAL": 12290, "SILVER": 154600, "NATURALGAS": 392,
    "COPPER": 1005, "ZINC": 301, "ALUMINIUM": 271, "LEAD": 183, "NICKEL": 1340,
    # currencies
    "USDINR": 88.65, "EURINR": 102.9, "GBPINR": 117.1, "JPYINR": 57.6,
}  # fmt: skip

#: Smaller contracts on the same thing, at the same price.
_SAME_PRICE = {
    "CRUDEOILM": "CRUDEOIL",
    "GOLDM": "GOLD",
    "SILVERM": "SILVER",
    "SILVERMIC": "SILVER",
    "NATGASMINI": "NATURALGAS",
    "COPPERM": "COPPER",
    "ZINCMINI": "ZINC",
    "ALUMINI": "ALUMINIUM",
    "LEADMINI": "LEAD",
}

_INDICES = frozenset({Exchange.NSE_INDEX, Exchange.BSE_INDEX, Exchange.MCX_INDEX, Exchange.GLOBAL_INDEX})
_INDEX_UNDERLYINGS = frozenset(
    {"NIFTY", "BANKNIFTY", "FINNIFTY", "MIDCPNIFTY", "NIFTYNXT50", "SENSEX", "BANKEX", "SENSEX50", "MCXBULLDEX"}
)
_COMMODITIES = frozenset({Exchange.MCX, Exchange.NCO, Exchange.NCDEX})
_CURRENCIES = frozenset({Exchange.CDS, Exchange.BCD})

#: How far one octave of the daily walk reaches, in millionths of the price at volatility 100: 0.6 %, growing with the
#: root of its period, so that the days together look like a random walk that stays within some 22 %.
_OCTAVES = tuple((1 << power, round(6000 * 2 ** (power / 2))) for power in range(8))


@dataclass(frozen=True, slots=True)
class Underlying:
    """What has a path of its own. `volatility` is per cent of a share's: 100 moves some 1 % a day, 28 % a year.

    At most 130: then the worst move after a long weekend (10 % over four days, 1.6 % within the day) keeps inside a
    circuit of 20 %.
    """

    key: int
    base: int
    volatility: int

    def level(self, day: date) -> int:
        """The price at which the session of that day ends, in millionths of a rupee."""
        move = 0
        for index, (period, reach) in enumerate(_OCTAVES):
            whole, rest = divmod(day.toordinal(), period)
            early, late = noise(self.key + index, whole), noise(self.key + index, whole + 1)
            move += (early * (period - rest) + late * rest) * reach // period
        return self.base + self._share(move)

    def gap(self, day: date) -> int:
        """By how much the first price of a day lies off the last one of the day before."""
        return self._share(noise(self.key - 1, day.toordinal()) * 3000)

    @property
    def swing(self) -> int:
        """The first displacement within a day: 0.45 %."""
        return self._share(4500 << 16)

    def _share(self, millionths: int) -> int:
        """That part of the base price at this volatility; `millionths` is shifted left by 16 bits."""
        return self.base * self.volatility * millionths // (100 * 1_000_000 << 16)


def underlying_of(seed: int, exchange: Exchange, name: str) -> Underlying:
    """The underlying of that name. NSE and BSE share one, and so do the sizes of one commodity."""
    name = _SAME_PRICE.get(name, name)
    # Octaves and gap use the neighbours of the key: it is made even in its low bits to keep clear of another's.
    key = key_of(seed, name) & ~0xFF | 0x10
    level = _LEVELS.get(name)
    base = round(level * MICRO) if level is not None else _hashed_base(name)
    return Underlying(key, base, _volatility(exchange, name))


def _hashed_base(name: str) -> int:
    """From 40 to 5 000 rupees, small prices more often; the same for every seed."""
    key = key_of("base", name)
    return pick(key, 0, 40, 99) * pick(key, 1, 10, 50) * MICRO // 10 * (10 if pick(key, 2, 0, 3) == 0 else 1)


def _volatility(exchange: Exchange, name: str) -> int:
    if exchange in _INDICES or name in _INDEX_UNDERLYINGS:
        return 50
    if exchange in _COMMODITIES:
        return 120
    return 18 if exchange in _CURRENCIES else 100
