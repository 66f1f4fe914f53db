"""What people see on a terminal: the worklist, one debtor, the loads, the models."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table

_BAND_STYLES = {"A": "green", "B": "green", "C": "yellow", "D": "red", "E": "bold red"}
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def worklist_table(items: Iterable[Mapping[str, Any]], *, title: str) -> Table:
    """The worklist as a table: one row an item, in rank order."""
    table = Table(title=title, title_justify="left", title_style="bold", header_style="bold", expand=False)
    table.add_column("#", justify="right", style="dim")
    table.add_column("debtor", no_wrap=True)
    table.add_column("days", justify="right", no_wrap=True)
    table.add_column("band", justify="center")
    table.add_column("channel", no_wrap=True)
    table.add_column("window", no_wrap=True)
    table.add_column("to collect", justify="right", no_wrap=True)
    table.add_column("adds", justify="right", no_wrap=True)
    table.add_column("why", min_width=30, overflow="fold")
    for item in items:
        band = item["risk_band"]
        table.add_row(
            str(item["rank"]), item["debtor_id"], str(item["days_past_due"]), f"[{_BAND_STYLES[band]}]{band}[/]",
            item["channel"], window_text(item), money_text(item["amount_to_collect"], item["currency"]),
            f"{item['expected_value']:,.2f}", item["reasons"][0]["text"] if item["reasons"] else "",
        )  # fmt: skip
    return table


def window_text(item: Mapping[str, Any]) -> str:
    """Start and end of an item's window on the debtor's clock."""
    start, end = (datetime.fromisoformat(item[name]) for name in ("window_start", "window_end"))
    return f"{start:%d %b %H:%M}-{end:%H:%M}"


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
    console.print("\n[bold]Best lawful hours[/]")
    for slot in told["best_hours"]:
        console.print(
            f"  {slot['channel']:9} {_DAYS[slot['weekday'] - 1]} {slot['hour']:02d}:00  reached {slot['p_reach']:.1%}"
        )


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
