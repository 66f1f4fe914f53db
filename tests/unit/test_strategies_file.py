"""A strategy file is read whole or refused in one sentence that names file and line."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.strategy_samples import ALL_STAGES, build_strategies, files_with

from recobro_data.errors import ConfigurationError
from recobro_data.vocabulary import CHANNELS, STAGES
from recobro_models.decision.strategies import find_strategy_files, load_strategies, read_strategies, strategies_among

HEAD = f"strategies:\n  - id: all\n    stages: {ALL_STAGES}\n"
PLAN = "offers:\n  - id: plan-3\n    kind: payment_plan\n    countries: [CO]\n    instalments: 3\n"

#: What is wrong in a file, and the words and line it is told with.
WRONG = {
    "an unknown channel": (HEAD + "    channels: [sms, fax]\n", "line 4: .*not 'fax'"),
    "an unknown key": (HEAD + "    colour: red\n", "line 4: the unknown key `strategies.0.colour`"),
    "a number out of its range": (HEAD + "    min_days_between: 31\n", "line 4: .*less than or equal to 30"),
    "no YAML": (HEAD + "    channels: [sms\n", "line 5: "),
    "a key that stands twice": (HEAD + "    tone: firm\n    tone: plain\n", "line 5: the key 'tone' stands twice"),
    "an id that stands twice": (HEAD + "    segment: {bands: [A]}\n" + HEAD[12:], "line 5: the id 'all' stands twice"),
    "an unknown offer": (HEAD + "    offers: [plan-3]\n", "line 4: no offer 'plan-3'"),
    "a discount without its share": (HEAD + PLAN.replace("payment_plan", "discount"), "line 5: .*needs `discount`"),
    "an offer where none may be made": (HEAD + PLAN.replace("[CO]", "[CO, PE]"), "line 5: .*no offers in PE"),
    "a stage without a strategy": ("strategies:\n  - id: a\n    stages: [early]\n", "line 1: .*stage 'pre_due'"),
    "a strategy that is never reached": (
        f"{HEAD}  - id: late\n    stages: [late]\n    tone: firm\n", "line 4: 'late' is never reached: 'all' takes"
    ),
    "an unknown template": (HEAD + "    template: ours\n", "line 4: no template templates/ours"),
    "visits of the vulnerable": (HEAD + "vulnerable: {channels: [visit]}\n", "line 4: .*never visited"),
    "no strategy": ("strategies: []\n", "line 1: "),
    "nothing": ("", "line 1: `strategies`: Field required"),
    "another shape": ("- 1\n", "line 1: "),
    "a margin that is no number": (HEAD + "    digital_first: .nan\n", "line 4: .*finite number"),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_is_told_with_file_and_line(wrong: str) -> None:
    text, told = WRONG[wrong]
    with pytest.raises(ConfigurationError, match=rf"in strategies.yaml, {told}"):
        read_strategies(files_with(text))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{{ name }}\n{{ phone }}", "line 2: the unknown variable 'phone'"),
        ("{{ name }}\n\n{% if %}", "line 3: "),
        ("{{ name.__class__.__mro__ }}", "line 1: .*unsafe"),
        ("\n{{ amount | euros }}", "line 2: No filter named 'euros'"),
        ("\n{% include 'secret' %}", "line 2: no template 'secret'"),
        ("\n{{ 1 / 0 }}", "line 2: division by zero"),
        ("{% extends 'ours.message.es.jinja' %}", "line 1: maximum recursion"),
        ("{% for n in range(10 ** 9) %}x{% endfor %}", "line 1: Range too big"),
    ],
)
def test_a_text_that_can_not_be_written_is_told_with_file_and_line(text: str, told: str) -> None:
    name = "ours.message.es.jinja"
    others = {f"ours.message.{language}.jinja": "{{ name }}" for language in ("pt", "en")}
    with pytest.raises(ConfigurationError, match=rf"in templates/{name}, {told}"):
        read_strategies(files_with(f"{HEAD}    template: ours\n    channels: [sms]\n", **others, **{name: text}))


def test_a_workspace_without_a_file_has_the_shipped_strategies_with_every_channel(tmp_path: Path) -> None:
    strategies = load_strategies(tmp_path).form.strategies
    assert {stage for one in strategies for stage in one.stages} == set(STAGES)
    assert {one.channels for one in strategies} == {CHANNELS}
    assert {one.min_days_between for one in strategies} == {0}


def test_a_file_of_the_workspace_takes_the_place_of_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "strategies.yaml").write_text(HEAD + "    channels: [email]\n")
    assert [one.channels for one in load_strategies(tmp_path).form.strategies] == [("email",)]


def test_the_version_names_the_content_of_file_and_texts() -> None:
    files = files_with(HEAD)
    versions = {read_strategies(files | {name: text + "\n"}).version for name, text in files.items()}
    assert len(versions | {read_strategies(files).version}) == len(files) + 1
    assert read_strategies(files).version == read_strategies(dict(reversed(files.items()))).version


def test_a_template_with_the_name_of_a_shipped_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "standard.call.es.jinja").write_text("Hola")
    with pytest.raises(ConfigurationError, match=r"names of their own, found templates/standard\.call\.es\.jinja"):
        find_strategy_files(tmp_path)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "strategies.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match=r"a file in UTF-8, found strategies\.yaml"):
        load_strategies(tmp_path)


def test_a_file_elsewhere_is_checked_with_the_texts_of_the_workspace(tmp_path: Path) -> None:
    (tmp_path / "draft.yaml").write_text(HEAD + "    channels: [fax]\n")
    with pytest.raises(ConfigurationError, match=r"draft\.yaml, line 4"):
        load_strategies(tmp_path, file=tmp_path / "draft.yaml")


def test_a_plan_without_strategies_among_its_files_has_none() -> None:
    own = {f"strategies/{name}": text for name, text in files_with(HEAD).items()}
    found = strategies_among(own | {"contact_rules/PE.yaml": ""})
    assert found is not None
    assert (found.version, strategies_among({})) == (read_strategies(files_with(HEAD)).version, None)


def test_offers_come_in_the_order_of_the_strategy() -> None:
    more = PLAN + "  - {id: early, kind: discount, countries: [CO], discount: 0.1}\n"
    strategies = build_strategies("offers: [early, plan-3]", more)
    assert [offer.id for offer in strategies.offers_of(strategies.form.strategies[0])] == ["early", "plan-3"]
