"""`recobro strategy`: the page in three languages, a draft checked, a text printed; and lists split on the way out."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from tests.unit.plan_samples import build_item
from tests.unit.strategy_samples import build_strategies
from typer.testing import CliRunner

from recobro_data.errors import RecobroError, UsageError
from recobro_data.settings import Settings, Stages
from recobro_data.vocabulary import LANGUAGES
from recobro_models.decision.strategies import Strategies, load_strategies
from recobro_pipelines.cli import app
from recobro_pipelines.shares_told import share_rows, tell_shares
from recobro_pipelines.show import WorklistTable
from recobro_pipelines.strategy_preview import preview
from recobro_pipelines.strategy_told import show_strategies

OFFERS = (
    "offers:\n  - {id: now, kind: discount, countries: [CO, MX], discount: 0.125, lift: 0.04}\n"
    "  - {id: parts, kind: payment_plan, countries: [CO], instalments: 3}\n"
)
SEGMENT = "segment: {kinds: [company], portfolios: ['[north]'], bands: [A, B], amount_from: 100, amount_below: 9000}\n"
REST = "  - {id: rest, stages: [pre_due, due_today, early, mid, late, very_late], channels: []}\n"


def page(strategies: Strategies, language: str = "en", width: int = 80) -> str:
    file = io.StringIO()
    console = Console(file=file, width=width, highlight=False)
    show_strategies(console, strategies, Stages(), language=language, file=None)
    return file.getvalue()


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("RECOBRO_HOME", str(tmp_path))

    def call(*words: str) -> Any:
        result = CliRunner().invoke(app, ["strategy", *words])
        return result.exception or result.stdout

    return call


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [80, 120])
def test_the_page_fits_and_leaves_no_word_open(language: str, width: int) -> None:
    text = page(
        build_strategies("digital_first: 0.2\nmin_days_between: 3\noffers: [now, parts]", OFFERS), language, width
    )
    assert max(map(len, text.splitlines())) <= width
    assert "{" not in text


def test_the_page_tells_whom_a_strategy_is_for_and_what_it_does() -> None:
    text = " ".join(
        page(build_strategies(SEGMENT + "min_days_between: 3\noffers: [now]", REST + OFFERS), width=200).split()
    )
    assert "only companies, portfolio [north], band A B, from 100 to collect, less than 9,000 to collect" in text
    assert "between attempts at least 3 days offers now" in text
    assert "channels none: nobody is contacted" in text
    assert "now: If you pay in full within 7 days, you get 12.5 % off. In CO, MX; adds 4 % to the chance of" in text
    assert "In CO; never made: nobody knows what it adds." in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_day_is_told_in_the_singular(language: str) -> None:
    text = page(load_strategies(Path("nowhere")), language)
    assert re.findall(r"\b1 (?:day|día|dia)\b", text)
    assert not re.findall(r"\b1 (?:days|días|dias)\b", text)


def test_the_command_shows_what_is_in_force_and_where_it_is_from(run: Any, tmp_path: Path) -> None:
    assert "no file of your own" in run("show")
    (tmp_path / "strategies.yaml").write_text(
        "strategies: [{id: a, stages: [pre_due, due_today, early, mid, late, very_late], channels: [sms]}]"
    )
    assert "Estrategias de strategies.yaml" in run("show", "--language", "es")
    told = json.loads(run("show", "--json"))
    assert (told["own"], told["strategies"][0]["channels"]) == (True, ["sms"])


def test_a_draft_is_checked_beside_the_file_in_force(run: Any, tmp_path: Path) -> None:
    draft = tmp_path / "draft.yaml"
    draft.write_text("strategies: [{id: a, stages: [pre_due, due_today, early, mid, late, very_late]}]")
    assert "1 strategies, 0 offers, 12 templates in order; version strategy-" in run("check", str(draft))
    assert json.loads(run("check", str(draft), "--json"))["strategies"] == 1
    draft.write_text("strategies: [{id: a, stages: [never]}]")
    error = run("check", str(draft))
    assert isinstance(error, RecobroError)
    assert f"{draft}, line 1" in str(error)


def test_a_text_is_printed_for_a_stage_and_channel(run: Any) -> None:
    assert run("template", "late", "sms", "--language", "pt").startswith(
        "{{creditor}} para {{name}}: Continua em aberto"
    )
    assert "No hay apuro" in run("template", "mid", "call", "--language", "es", "--tone", "gentle")


@pytest.mark.parametrize(
    ("stage", "channel", "tone", "told"),
    [
        ("never", "sms", None, "one of pre_due, .*found 'never'"),
        ("mid", "fax", None, "one of call, .*found 'fax'"),
        ("mid", "sms", "rude", "one of friendly, .*found 'rude'"),
        ("mid", "visit", None, "a channel of strategy 'all', found 'visit'"),
    ],
)
def test_a_text_that_no_strategy_has_is_refused(stage: str, channel: str, tone: str | None, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        preview(build_strategies("channels: [sms]"), stage, channel, language="en", tone=tone)


def test_a_published_list_is_split_on_the_way_out_and_told_how_fairly() -> None:
    rows = [build_item(rank, channel="call", expected_value=10.0, currency="PEN") for rank in range(1, 9)]
    split, told = share_rows(rows, 2, Settings())
    assert sorted(row["agent_id"] for row in split) == ["agent-1"] * 4 + ["agent-2"] * 4
    assert [row["rank"] for row in split] == list(range(1, 9))
    assert list(tell_shares(told)) == [
        "call: 2 agents, 4 to 4 items and 40.00 to 40.00 of expected value each; at most 0.0 % from the mean."
    ]


def test_a_split_in_several_currencies_is_fair_in_one() -> None:
    rows = [
        build_item(1, channel="call", expected_value=10.0, currency="USD", window_start="2026-03-02T09:00:00-05:00")
    ]
    rows += [build_item(rank, channel="call", expected_value=10.0, currency="PEN") for rank in (11, 21, 31)]
    _, told = share_rows(rows, 2, Settings(rates={"USD": 3.0}))
    assert sorted(own["expected_value"] for own in told["call"]["agents"].values()) == [20.0, 40.0]
    assert "beyond the tolerance of 2.0%" in next(tell_shares(told))


@pytest.mark.parametrize(("width", "shown"), [(80, "agent-7: "), (140, "agent-7")])
def test_the_agent_stands_on_the_page_only_where_the_list_is_split(width: int, shown: str) -> None:
    def text(agent_id: str | None) -> str:
        file = io.StringIO()
        item = build_item(1, agent_id=agent_id, reasons=[{"text": "Late"}])
        Console(file=file, width=width).print(WorklistTable([item], title="Worklist"))
        return file.getvalue()

    assert shown in text("agent-7")
    assert "agent" not in text(None)
