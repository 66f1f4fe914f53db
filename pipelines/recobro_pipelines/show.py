"""What people see on a terminal: the worklist, one debtor, the loads, the models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich import box
from rich.console import Console, ConsoleOptions, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

_BAND_STYLES = {"A": "green", "B": "green", "C": "yellow", "D": "red", "E": "bold red"}
#: From this width on the reasons have room beside the figures.
_WIDE_PAGE = 120
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True)
class WorklistTable:
    """The worklist as a table: one row an item, in rank order; on a narrow page the reason has a line of its own."""

    items: Sequence[Mapping[str, Any]]
    title: str

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Text(self.title, style="bold")
        if options.max_width >= _WIDE_PAGE:
            yield self._table(day_format="%d %b ", box=box.HEAVY_HEAD, reasons=True)
            return
        # The title tells the day; each row is one line, so that its reason can follow it.
        table = self._table(day_format="", box=None, reasons=False)
        header, *rows = console.render_lines(table, options, pad=False, new_lines=True)
        yield from header
        for row, item in zip(rows, self.items, strict=True):
            yield from row
            yield Padding(Text(_first_reason(item), style="dim"), (0, 0, 0, 5))

    def _table(self, *, day_format: str, box: box.Box | None, reasons: bool) -> Table:
        table = Table(box=box, header_style="bold", pad_edge=box is not None)
        table.add_column("#", justify="right", style="dim", min_width=3)
        table.add_column("debtor", no_wrap=True)
        table.add_column("days", justify="right", no_wrap=True)
        table.add_column("band", justify="center", no_wrap=True)
        table.add_column("channel", no_wrap=True)
        table.add_column("window", no_wrap=True)
        table.add_column("to collect", justify="right", no_wrap=True)
        table.add_column("adds", justify="right", no_wrap=True)
        if reasons:
            table.add_column("why", min_width=30, overflow="fold")
        for item in self.items:
            band = item["risk_band"]
            cells = [
                str(item["rank"]), item["debtor_id"], str(item["days_past_due"]), f"[{_BAND_STYLES[band]}]{band}[/]",
                item["channel"], window_text(item, day_format),
                money_text(item["amount_to_collect"], item["currency"]), f"{item['expected_value']:,.2f}",
            ]  # fmt: skip
            table.add_row(*cells, *([_first_reason(item)] if reasons else []))
        return table


def _first_reason(item: Mapping[str, Any]) -> str:
    return item["reasons"][0]["text"] if item["reasons"] else ""


def window_text(item: Mapping[str, Any], day_format: str = "%d %b ") -> str:
    """Start and end of an item's window on the debtor's clock."""
    start, end = (datetime.fromisoformat(item[name]) for name in ("window_start", "window_end"))
    return f"{start:{day_format}%H:%M}-{end:%H:%M}"


def money_text(amount: float, currency: str) -> str:
    """An amount with its currency."""
    return f"{amount:,.2f} {currency}"


def rows_table(rows: Sequence[Mapping[str, Any]], *, title: str) -> Table:
    """Rows with the same keys as a table, the keys as its header."""
    table = Table(title=title, title_justify="left", title_style="bold", header_style="bold")
    for name in rows[0] if rows else ():
        table.add_column(name.replace("_", " "), justify="right" if isinstance(rows[0][name], int | float) else "left")
    for row in rows:
        table.add_row(
            *("" if value is None else f"{value:,}" if isinstance(value, int) else str(value) for value in row.values())
        )
    return table


def show_debtor(console: Console, told: Mapping[str, Any]) -> None:
    """One debtor: what was decided and why, the curve, and the best hours."""
    risk, item = told["risk"], told["recommendation"]
    console.print(f"[bold]{told['debtor_id']}[/]  portfolio {told['portfolio_id']}, plan {told['plan_id']}")
    _show_decision(console, item)
    curve = ", ".join(f"{point['day']} d {point['p_paid']:.0%}" for point in risk["curve"])
    console.print(
        f"\n[bold]Risk[/] band {risk['risk_band']}: unpaid after {risk['horizon_days']} days {risk['p_unpaid']:.1%}"
    )
    console.print(f"  paid within: {curve}")
    for reason in risk["reasons"]:
        sign = "+" if reason["contribution"] > 0 else "-"
        console.print(f"  {sign} {reason['text']}")
    if told.get("since"):
        _show_since(console, told["since"])
    console.print("\n[bold]Best lawful hours[/]")
    for slot in told["best_hours"]:
        console.print(
            f"  {slot['channel']:9} {_DAYS[slot['weekday'] - 1]} {slot['hour']:02d}:00  reached {slot['p_reach']:.1%}"
        )


def _show_since(console: Console, since: Mapping[str, Any]) -> None:
    then = since["p_unpaid_then"]
    moved = "" if then is None else f" unpaid from {then:.1%} to {since['p_unpaid']:.1%}"
    console.print(f"\n[bold]Since {since['as_of']}[/]{moved}")
    for reason in since["reasons"]:
        sign = "+" if reason["contribution"] > 0 else "-" if reason["contribution"] < 0 else "="
        console.print(f"  {sign} {reason['text']}")


def _show_decision(console: Console, item: Mapping[str, Any]) -> None:
    if "left_alone" in item:
        left = item["left_alone"]
        until = f" until {left['until']}" if left["until"] else ""
        console.print(f"\n[bold]Left alone[/]: {left['because']}{until} ({left['rule']})")
        return
    console.print(
        f"\n[bold]Rank {item['rank']}[/]: {item['channel']} {window_text(item)}, "
        f"adds {item['expected_value']:,.2f} {item['currency']} ({item['arm']}, propensity {item['propensity']})"
    )
    console.print(
        f"  paying goes from {item['p_pay_no_action']:.1%} to {item['p_pay']:.1%}; reached {item['p_reach']:.1%}"
    )
    for reason in item["reasons"]:
        console.print(f"  - {reason['text']}")
    for other in item["alternatives"]:
        console.print(f"  else {other['channel']} {window_text(other)}: {other['expected_value']:,.2f}")
