"""What people see on a terminal: the worklist, the loads, the models."""

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


@dataclass(frozen=True)
class WorklistTable:
    """The worklist as a table: one row an item, in rank order; on a narrow page the reason has a line of its own."""

    items: Sequence[Mapping[str, Any]]
    title: str

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Text(self.title, style="bold")
        if options.max_width >= _WIDE_PAGE:
            yield self._table(box=box.HEAVY_HEAD, reasons=True)
            return
        # Each row is one line, so that its reason can follow it.
        table = self._table(box=None, reasons=False)
        header, *rows = console.render_lines(table, options, pad=False, new_lines=True)
        yield from header
        for row, item in zip(rows, self.items, strict=True):
            yield from row
            told = f"{item['agent_id']}: {_first_reason(item)}" if item.get("agent_id") else _first_reason(item)
            yield Padding(Text(told, style="dim"), (0, 0, 0, 5))

    def _table(self, *, box: box.Box | None, reasons: bool) -> Table:
        table = Table(box=box, header_style="bold", pad_edge=box is not None)
        table.add_column("#", justify="right", style="dim", min_width=3)
        table.add_column("debtor", no_wrap=True)
        table.add_column("days", justify="right", no_wrap=True)
        table.add_column("band", justify="center", no_wrap=True)
        table.add_column("channel", no_wrap=True)
        table.add_column("window", no_wrap=True)
        table.add_column("to collect", justify="right", no_wrap=True)
        table.add_column("adds", justify="right", no_wrap=True)
        is_shared = reasons and any(item.get("agent_id") for item in self.items)
        if is_shared:
            table.add_column("agent", no_wrap=True)
        if reasons:
            table.add_column("why", min_width=20, overflow="fold")
        for item in self.items:
            band = item["risk_band"]
            cells = [
                str(item["rank"]), item["debtor_id"], str(item["days_past_due"]), f"[{_BAND_STYLES[band]}]{band}[/]",
                item["channel"], window_text(item),
                money_text(item["amount_to_collect"], item["currency"]), f"{item['expected_value']:,.2f}",
            ]  # fmt: skip
            cells += [item.get("agent_id") or ""] if is_shared else []
            table.add_row(*cells, *([_first_reason(item)] if reasons else []))
        return table


def _first_reason(item: Mapping[str, Any]) -> str:
    return item["reasons"][0]["text"] if item["reasons"] else ""


def window_text(item: Mapping[str, Any]) -> str:
    """Start and end of an item's window on the debtor's clock; the title of the page tells the day."""
    start, end = (datetime.fromisoformat(item[name]) for name in ("window_start", "window_end"))
    return f"{start:%H:%M}-{end:%H:%M}"


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
