"""The worklist on a page: reasons beside the figures where there is room, below them where there is not."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from recobro_pipelines.show import WorklistTable

REASON = "De sus últimas 6 cuotas, con 5 o más días de atraso: 5"


def item(rank: int, **values: Any) -> dict[str, Any]:
    return {
        "rank": rank, "debtor_id": f"D{rank:07d}", "days_past_due": 131, "risk_band": "E", "channel": "whatsapp",
        "window_start": "2026-10-14T13:00:00-05:00", "window_end": "2026-10-14T14:00:00-05:00", "currency": "PEN",
        "amount_to_collect": 9274.45, "expected_value": 241.74, "reasons": [{"text": REASON}],
    } | values  # fmt: skip


def page(width: int, *items: dict[str, Any]) -> list[str]:
    file = io.StringIO()
    Console(file=file, width=width).print(WorklistTable(items, title="Worklist of 2026-10-14"))
    return [line.rstrip() for line in file.getvalue().splitlines()]


def test_on_a_narrow_page_each_item_is_one_line_and_its_reason_the_next() -> None:
    lines = page(80, item(1), item(2), item(1000))
    assert len(lines) == 2 + 2 * 3
    assert [line.split()[0] for line in lines[2::2]] == ["1", "2", "1000"]
    assert {" ".join(line.split()[-4:]) for line in lines[2::2]} == {"13:00-14:00 9,274.45 PEN 241.74"}
    assert [line.strip() for line in lines[3::2]] == [REASON] * 3
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("width", [120, 150, 200])
def test_on_a_wide_page_the_reason_stands_beside_the_figures_and_only_the_title_tells_the_day(width: int) -> None:
    text = " ".join(page(width, item(1)))
    assert "13:00-14:00" in text
    assert "Oct" not in text
    assert all(word in text for word in REASON.split())
    assert max(map(len, page(width, item(1)))) <= width


@pytest.mark.parametrize("width", [80, 150])
def test_a_list_without_items_and_an_item_without_reasons_are_shown(width: int) -> None:
    assert page(width)[0] == "Worklist of 2026-10-14"
    assert any("D0000001" in line for line in page(width, item(1, reasons=[])))
