"""The model card: one page that stands alone, says what it must, and can not be made to say more."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from functools import lru_cache
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from tests.unit.model_samples import ugly_index
from tests.unit.registry_samples import build_trial

from recobro_models.card_words import ABOUT
from recobro_models.features.families import CHARGE_FEATURES, DEBTOR_FEATURES
from recobro_models.importance import build_importance
from recobro_models.model_card import CardFacts, build_model_card
from recobro_models.promotion import RULES, Verdict, judge
from recobro_models.registry import NAMES
from recobro_models.reliability_plot import build_reliability_plot
from recobro_models.signature import build_signature

FEATURES = (*CHARGE_FEATURES, *DEBTOR_FEATURES)
MEASURES = [
    ("all", "all", "brier", 0.0712, 0.065, 0.078, 4123), ("all", "all", "auc", 0.8714, 0.861, 0.882, 4123),
    ("stage", "early", "auc", 0.8001, 0.71, 0.88, 900), ("stage", "<b>late</b>", "auc", np.nan, np.nan, np.nan, 3),
]  # fmt: skip
COLUMNS = ["slice_kind", "slice", "measure", "value", "low", "high", "n"]


def groups(*rows: tuple[int, float, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["n", "predicted", "seen"], index=ugly_index(len(rows)))


def build_facts(**given: Any) -> CardFacts:
    """A learned risk model; `given` replaces what is told of it."""
    importance = pd.DataFrame(
        {"feature": ["n_open", "region"], "mean_abs_shap": [0.5, 0.2], "direction": [0.9, np.nan]}
    )
    facts = CardFacts(
        "risk", "learned", "2026-10-14", "a1b2c3", ("2025-11-02", "2026-07-30"), {"to fit": 812345}, FEATURES,
        {"num_leaves": 31}, judge(build_trial()), {"model.json": "ab" * 32},
        measures=pd.DataFrame(MEASURES, columns=COLUMNS, index=ugly_index(4)),
        reliability=groups((500, 0.02, 0.01), (500, 0.3, 0.33)), importance=importance, horizon_days=30,
    )  # fmt: skip
    return replace(facts, **given)


@lru_cache(maxsize=1)
def card() -> str:
    return build_model_card(build_facts())


class Tags(HTMLParser):
    """Finds what is opened and never closed, or closed and never opened."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        """It closes itself."""

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


def test_the_card_needs_nothing_beside_it() -> None:
    drawn = build_model_card(build_facts(importance_plot='<svg xmlns="http://www.w3.org/2000/svg"/>'))
    without_names = drawn.replace('xmlns="http://www.w3.org/2000/svg"', "")
    found = re.findall(r"""(?:src|href|url|@import)\s*[=(].{12}|<script|<link|https?://""", without_names)
    assert found == ['src="data:image/']


def test_every_tag_of_the_card_is_closed_in_order() -> None:
    tags = Tags()
    tags.feed(card())
    assert (tags.wrong, tags.open) == ([], [])


def test_the_card_tells_what_the_model_knows_and_learnt_from() -> None:
    for told in ("2026-10-14", "a1b2c3", "2025-11-02 to 2026-07-30", "812,345", "num leaves", "ab" * 32):
        assert told in card()


def test_every_feature_stands_on_the_card_with_its_meaning() -> None:
    assert {name for name in FEATURES if f"<code>{name}</code></th><td></td>" in card()} == set()
    assert all(f"<code>{name}</code>" in card() for name in FEATURES)


def test_the_card_tells_every_rule_and_whether_it_held() -> None:
    kept_out = build_model_card(build_facts(verdict=judge(build_trial(calibration_error=0.5))))
    assert len(re.findall(r'class="(?:ok|no)-word"', kept_out)) == len(RULES)
    assert kept_out.count('"no-word">no<') == 1
    assert "kept out: it is badly calibrated" in kept_out


def test_the_headline_is_the_whole_slice_with_its_intervals() -> None:
    figures = re.findall(r'class="value">([^<]+)</p><p class="note">([^<]+)<', card())
    assert figures == [("0.871", "0.861 to 0.882"), ("0.071", "0.065 to 0.078")]


def test_a_slice_with_one_outcome_has_no_figure() -> None:
    assert '<th scope="row">&lt;b&gt;late&lt;/b&gt;</th><td class="n">3</td><td class="n">not defined' in card()


def test_a_version_without_a_trial_says_so() -> None:
    bare = CardFacts("contact", "prior", "2026-01-01", "d", ("2026-01-01", "2026-01-01"), {}, ("hour",), {},
                     Verdict(True, "promoted: the first champion"), {})  # fmt: skip
    page = build_model_card(bare)
    assert "This version had no trial" in page
    assert "<svg" not in page


@pytest.mark.parametrize("model", NAMES)
def test_the_card_of_each_model_says_what_it_is_for_and_what_not(model: str) -> None:
    page = build_model_card(build_facts(model=model)).replace("&#39;", "'")
    assert all(sentence in page for sentence in (*ABOUT[model].is_for, *ABOUT[model].is_not_for, *ABOUT[model].assumed))


def test_the_plot_of_shap_stands_on_the_card_as_it_was_drawn() -> None:
    page = build_model_card(build_facts(importance_plot="<svg>&amp;</svg>"))
    drawn = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"/>', page)
    assert [base64.b64decode(one) for one in drawn] == [b"<svg>&amp;</svg>"]


def test_the_card_says_of_which_chance_its_measures_are() -> None:
    assert "Of the chance that an open charge is still unpaid 30 days ahead, measured on 4,123 rows" in card()


def test_the_direction_of_a_feature_is_told_in_words() -> None:
    assert "↑ less likely to be paid" in card()
    assert "has no order" in card()


def test_the_plot_is_an_svg_that_stands_alone() -> None:
    plot = ElementTree.fromstring(build_reliability_plot(groups((100, 0.1, 0.2), (100, 0.5, 0.4))))
    assert plot.tag == "{http://www.w3.org/2000/svg}svg"
    assert len(plot.findall(".//{*}circle")) == 2


@pytest.mark.parametrize("rows", [[], [(1, 0.0, 0.0)], [(10, 1.0, 1.0)], [(5, np.nan, np.nan), (5, 1e-4, 0.0)]])
def test_the_plot_of_the_emptiest_groups_stays_on_its_axes(rows: list[tuple[int, float, float]]) -> None:
    plot = ElementTree.fromstring(build_reliability_plot(groups(*rows)))
    places = [float(dot.attrib[name]) for dot in plot.findall(".//{*}circle") for name in ("cx", "cy")]
    assert all(12 <= place <= 340 for place in places)


def test_importance_tells_strength_and_direction() -> None:
    rows = pd.DataFrame({"up": [1.0, 2, 3], "down": [1.0, 2, np.nan], "word": list("abc")}, index=ugly_index(3))
    shap = np.array([[-1.0, 3.0, 0.1], [0.0, -3.0, 0.1], [1.0, 0.0, 0.1]])
    found = build_importance(shap, ["up", "down", "word"], rows).set_index("feature")
    assert list(found.index) == ["down", "up", "word"]
    assert found["mean_abs_shap"].round(9).to_dict() == {"down": 2.0, "up": round(2 / 3, 9), "word": 0.1}
    assert found["direction"].round(9).fillna(0).to_dict() == {"down": -1.0, "up": 1.0, "word": 0.0}


def test_a_feature_that_never_changes_has_no_direction() -> None:
    found = build_importance(np.ones((2, 1)), ["same"], pd.DataFrame({"same": [4.0, 4.0]}))
    assert found["direction"].isna().all()


@pytest.mark.parametrize("model", NAMES)
def test_the_signature_is_one_that_mlflow_reads(model: str) -> None:
    from mlflow.types.schema import Schema

    signature = json.loads(build_signature(model, ["n_open", "region"]))
    inputs, outputs = (Schema.from_json(json.dumps(signature[side])) for side in ("inputs", "outputs"))
    assert [str(kind) for kind in inputs.input_types()][:2] == ["DataType.double", "DataType.string"]
    assert len(outputs.inputs) == 1
