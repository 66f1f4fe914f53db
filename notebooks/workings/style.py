"""One look for every plot: a title that says the finding, a line that says of what, colours all can tell apart.

Source of the colours: Okabe and Ito (2008), Color Universal Design.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

BLUE, ORANGE, GREEN, PURPLE, GREY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#7A7A7A"
INK: Final = "#222222"
#: From harmless to worrying: told apart by lightness too.
RISING: Final = ("#56B4E9", BLUE, "#E69F00", ORANGE)

CHANNEL_NAMES: Final = {"call": "Call", "sms": "SMS", "whatsapp": "WhatsApp", "email": "E-mail", "visit": "Visit"}
#: Told apart by shape as well as by colour.
CHANNEL_LOOK: Final[dict[str, dict[str, Any]]] = {
    "call": {"color": BLUE, "marker": "o"},
    "sms": {"color": ORANGE, "marker": "^"},
    "whatsapp": {"color": GREEN, "marker": "s"},
    "email": {"color": GREY, "marker": "D"},
    "visit": {"color": PURPLE, "marker": "v"},
}

_LOOK: Final[Any] = {
    "figure.dpi": 110, "savefig.dpi": 130, "font.size": 10.5, "text.color": INK, "axes.labelcolor": INK,
    "axes.spines.top": False, "axes.spines.right": False, "axes.edgecolor": "#999999", "axes.axisbelow": True,
    "xtick.color": "#555555", "ytick.color": "#555555", "axes.grid": True, "grid.color": "#E6E6E6",
    "grid.linewidth": 0.8, "legend.frameon": False, "lines.linewidth": 2.0,
}  # fmt: skip


def start_figure(title: str, about: str, *, panels: int = 1, height: float = 4.8) -> tuple[Figure, list[Axes]]:
    """A figure with `panels` beside each other, its finding as `title`, and `about` (whom it counts, when) below it."""
    mpl.rcParams.update(_LOOK)
    figure, axes = plt.subplots(1, panels, figsize=(9.0, height), squeeze=False)
    figure.subplots_adjust(left=0.085, right=0.97, top=1 - 0.98 / height, bottom=0.62 / height, wspace=0.2)
    figure.text(0.02, 1 - 0.16 / height, title, size=14, weight="bold", va="top", color=INK)
    figure.text(0.02, 1 - 0.50 / height, about, size=10, va="top", color="#555555")
    return figure, list(axes[0])


def percent_axis(axes: Axes, *, top: float | None = None, of: str = "y") -> None:
    """Shares of 1 shown in percent, from 0."""
    axis = axes.yaxis if of == "y" else axes.xaxis
    axis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axis.set_major_locator(MaxNLocator(nbins=8, steps=[1, 2, 5, 10]))
    (axes.set_ylim if of == "y" else axes.set_xlim)(0, top)


def with_interval(axes: Axes, at: Any, table: Any, *, of: str = "y", **look: Any) -> None:
    """Points of `rate` with their interval (`low`, `high`) as bars, along the axis `of`."""
    ends = [table["rate"] - table["low"], table["high"] - table["rate"]]
    place = (at, table["rate"]) if of == "y" else (table["rate"], at)
    bars: dict[str, Any] = {f"{of}err": ends, "marker": "o", "ls": "none", "ms": 6, "elinewidth": 1.6}
    axes.errorbar(*place, **(bars | look))


def count_below(axes: Axes, at: Any, n: Any) -> None:
    """How many each point is of, in small grey numbers at its foot; thousands as k."""
    for place, count in zip(at, n, strict=True):
        text = f"{count:,}" if count < 1000 else f"{count / 1000:.1f}k"
        axes.annotate(text, (place, 0), (0, 4), textcoords="offset points", ha="center", size=7.5, color="#777777")


def draw_week(axes: Axes, table: Any, crossed: Any, *, highest: float) -> None:
    """A heat map of shares by weekday (down) and hour (across), each in percent; cells of `crossed` are struck out."""
    axes.imshow(table.where(~crossed), cmap="cividis", vmin=0, vmax=highest, aspect="auto")
    axes.set_xticks(range(table.shape[1]), [str(hour) for hour in table.columns])
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    for row, column in np.ndindex(table.shape):
        share = table.iat[row, column]
        if crossed.iat[row, column]:
            axes.plot(column, row, marker="x", color="#999999", ms=9, mew=1)
        else:
            # Dark cells carry light numbers: cividis is dark below its middle.
            colour = "white" if share < 0.55 * highest else INK
            axes.text(column, row, f"{100 * share:.0f}", ha="center", va="center", size=9, color=colour)


def show(figure: Figure, name: str, out: str | None) -> None:
    """Save as `out/name.png` where `out` is given, else show it."""
    if out:
        folder = Path(out)
        folder.mkdir(parents=True, exist_ok=True)
        figure.savefig(folder / f"{name}.png")
    elif plt.get_backend().lower() != "agg":  # which has no window to show it in
        plt.show()
    plt.close(figure)


def label_point(
    axes: Axes, at: tuple[float, float], text: str, colour: str, *, below: bool = False, ha: str = "center"
) -> None:
    """Name a line at one of its points, above or below it, instead of in a legend."""
    offset, anchor = ((0, -8), "top") if below else ((0, 8), "bottom")
    look: dict[str, Any] = {"ha": ha, "va": anchor, "color": colour, "weight": "bold", "size": 9.5}
    axes.annotate(text, at, offset, textcoords="offset points", **look)
