"""docs/strategies.md: its examples are in order, and every key stands there with its default."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from tests.unit.strategy_samples import ALL_STAGES, files_with

from recobro_data.sections_shares import Shares
from recobro_models.decision.strategies import VARIABLES, Offer, Sequencing, Strategy, Vulnerable, read_strategies
from recobro_models.decision.strategies.form import Segment, StrategyFile

PAGE = (Path(__file__).parents[2] / "docs" / "strategies.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.S)


def test_the_whole_example_is_a_file_in_order() -> None:
    strategies = read_strategies(files_with(EXAMPLES[0]))
    assert [one.id for one in strategies.form.strategies] == ["large-firms", "reminder", "arrears"]


@pytest.mark.parametrize("example", EXAMPLES[1:])
def test_the_other_examples_say_the_defaults(example: str) -> None:
    given = yaml.safe_load(example)
    read = read_strategies(files_with(f"strategies: [{{id: all, stages: {ALL_STAGES}}}]\n{example}")).form
    plain = StrategyFile(strategies=read.strategies)
    assert {key: getattr(read, key) for key in given if key != "vulnerable"} == {
        key: getattr(plain, key) for key in given if key != "vulnerable"
    }
    assert set(read.vulnerable.channels) == set(plain.vulnerable.channels)
    assert read.vulnerable.min_days_between == plain.vulnerable.min_days_between


def test_the_example_of_a_text_builds_on_the_shipped_one() -> None:
    [example] = re.findall(r"```jinja\n(.*?)```", PAGE, re.S)
    texts = {f"ours.message.{language}.jinja": example for language in ("es", "pt", "en")}
    text = f"strategies: [{{id: all, stages: {ALL_STAGES}, template: ours, channels: [sms]}}]"
    assert read_strategies(files_with(text, **texts)).templates.names >= set(texts)


@pytest.mark.parametrize("part", [Offer, Segment, Sequencing, Shares, Strategy, StrategyFile, Vulnerable])
def test_every_key_stands_on_the_page(part: type) -> None:
    assert [key for key in part.model_fields if not re.search(rf"\b{key}\b", PAGE)] == []  # type: ignore[attr-defined]


def test_every_variable_stands_on_the_page() -> None:
    assert [
        name for name in (*VARIABLES, "stage", "channel", "tone", "offer", "promise") if f"`{name}`" not in PAGE
    ] == []
