"""Which people make up a synthetic portfolio: shares of their kinds, and whether their habits shift towards its end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from recobro_data.errors import UsageError

#: Shares of the portfolios, of firms, and of the groups by portfolio, unless a population says otherwise.
PORTFOLIO_SHARES: Final = (0.65, 0.35)
COMPANY_SHARE: Final = 0.08
GROUP_SHARES: Final = ((0.46, 0.26, 0.17, 0.05, 0.06), (0.38, 0.24, 0.29, 0.04, 0.05))
#: Firms forget less than persons; more of them need to be asked, and more take offence.
FIRM_GROUP_SHARES: Final = ((0.58, 0.17, 0.13, 0.04, 0.08), (0.52, 0.18, 0.19, 0.04, 0.07))
#: Where habits shift: so many days before `as_of`; share of people whose day changes; log odds of being reached and
#: factor on persuasion by channel.
SHIFT_DAYS: Final = 60
SHIFT_SHARE: Final = 0.5
SHIFT_REACH: Final = (-0.4, 0.0, 0.5, -0.3)
SHIFT_PERSUASION: Final = (0.75, 1.0, 1.25, 1.0)


@dataclass(frozen=True, kw_only=True)
class Population:
    """Shares by portfolio, of firms, and by group in each portfolio; `shifts` says that habits change near the end."""

    portfolio_shares: tuple[float, ...] = PORTFOLIO_SHARES
    company_share: float = COMPANY_SHARE
    group_shares: tuple[tuple[float, ...], ...] = GROUP_SHARES
    shifts: bool = False


POPULATIONS: Final[Mapping[str, Population]] = MappingProxyType(
    {
        "mixed": Population(),
        "retail": Population(portfolio_shares=(1.0, 0.0), company_share=0.0),
        "telecom": Population(portfolio_shares=(0.0, 1.0), company_share=0.05),
        "firms": Population(portfolio_shares=(0.5, 0.5), company_share=1.0, group_shares=FIRM_GROUP_SHARES),
        "shifting": Population(shifts=True),
    }
)


def find_population(name: str) -> Population:
    """The population of that name.

    Raises:
        UsageError: there is none.
    """
    if name not in POPULATIONS:
        raise UsageError(f"a population among {', '.join(POPULATIONS)}", repr(name), "Choose one of them.")
    return POPULATIONS[name]
