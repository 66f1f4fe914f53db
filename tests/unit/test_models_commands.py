"""`recobro models …`: what people and programs are told of versions, and what a wrong word ends in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.unit.registry_samples import CARD, add_version, fresh_settings
from typer.testing import CliRunner

from recobro_data.errors import RecobroError
from recobro_models.promotion import RULES
from recobro_models.registry import Registry
from recobro_pipelines.cli import app


@dataclass(frozen=True)
class Told:
    """What a command printed, and the error and status it ended with."""

    out: str
    notes: str
    error: str
    status: int

    @property
    def json(self) -> Any:
        assert self.status == 0, self.error
        return json.loads(self.out)


def recobro(home: Path, *words: str, **environ: str) -> Told:
    """Run `recobro models` in this process."""
    named = {"RECOBRO_HOME": str(home), "COLUMNS": "200"} | environ
    run = CliRunner().invoke(app, ["models", *words], env=named)
    if run.exception is None or isinstance(run.exception, SystemExit):
        return Told(run.stdout, run.stderr, "", run.exit_code)
    if not isinstance(run.exception, RecobroError):
        raise run.exception
    return Told(run.stdout, run.stderr, str(run.exception), run.exception.exit_status)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two versions of the risk model: the first is the champion, the rules kept the second out."""
    home = tmp_path_factory.mktemp("commands")
    registry = Registry(fresh_settings(home))
    registry.promote("risk", add_version(registry, "2026-01-01", mark="a").number)
    add_version(registry, "2026-02-01", mark="b", calibration_error=0.5)
    return home


@pytest.fixture
def two_champions(home: Path) -> Iterator[Path]:
    """The second was made champion by hand; afterwards the first is again."""
    recobro(home, "promote", "risk", "2")
    yield home
    recobro(home, "promote", "risk", "1")


def test_show_tells_the_champion_unless_another_is_named(home: Path) -> None:
    told = recobro(home, "show", "risk", "--json").json
    assert (told["version"], told["aliases"], told["as_of"]) == ("recobro-risk/1", ["champion"], "2026-01-01")
    assert recobro(home, "show", "risk", "challenger", "--json").json["version"] == "recobro-risk/2"


def test_show_tells_measures_parameters_rules_digests_and_the_card(home: Path) -> None:
    told = recobro(home, "show", "risk", "2", "--json").json
    assert (told["metrics"]["auc"], told["parameters"], told["data"]) == (0.8, {"seed": "1"}, "d1")
    assert {rule["rule"]: rule["ok"] for rule in told["rules"]} == {
        rule.__name__: rule.__name__ != "is_calibrated" for rule in RULES
    }
    assert set(told["files"]) == {"model.json", "booster.txt"}
    assert Path(told["card"]).read_text() == CARD["model_card.html"]


def test_show_says_the_same_to_people(home: Path) -> None:
    out = recobro(home, "show", "risk", "2").out
    for words in ("recobro-risk/2", "is calibrated", "it is badly calibrated (0.500 > 0.08)", "AUC", "Card: /"):
        assert words in out


def test_show_writes_the_card_where_it_is_told(home: Path, tmp_path: Path) -> None:
    told = recobro(home, "show", "risk", "--card", str(tmp_path / "card.html"), "--json").json
    assert Path(told["written"]).read_text() == CARD["model_card.html"]


def test_compare_tells_what_the_second_has_more(home: Path) -> None:
    told = recobro(home, "compare", "risk", "champion", "2", "--json").json
    differences = {row["measure"]: round(row["difference"], 9) for row in told["measures"]}
    assert (told["a"]["number"], told["b"]["number"]) == (1, 2)
    assert differences == {"auc": 0.0, "calibration_error": 0.49}
    assert told["same_rows"] is False


def test_compare_tells_which_of_the_two_is_better(home: Path) -> None:
    told = recobro(home, "compare", "risk", "champion", "2", "--json").json
    assert {row["measure"]: row["better"] for row in told["measures"]} == {"auc": None, "calibration_error": "a"}


def test_compare_says_the_same_to_people(home: Path) -> None:
    told = recobro(home, "compare", "risk", "1", "challenger")
    assert "recobro-risk/1 (champion), learned, as of 2026-01-01" in told.out
    assert "0.49000" in told.out
    assert "kept out: it is badly calibrated" in told.out
    assert "Each was measured on its own last rows" in told.notes


def test_promote_tells_what_is_in_force_and_what_came_before(two_champions: Path) -> None:
    assert recobro(two_champions, "show", "risk", "--json").json["number"] == 2
    assert recobro(two_champions, "promote", "risk", "2", "--json").json == {
        "model": "risk", "champion": "recobro-risk/2", "former": "recobro-risk/1",
    }  # fmt: skip


def test_promoting_what_the_rules_kept_out_says_so(two_champions: Path) -> None:
    assert "The promotion rules said otherwise: kept out" in recobro(two_champions, "promote", "risk", "2").notes


def test_a_rollback_is_one_step_and_a_second_one_takes_it_back(two_champions: Path) -> None:
    told = recobro(two_champions, "rollback", "risk").out
    assert "recobro-risk/1 is the champion again" in told
    assert "Another rollback would return to recobro-risk/2" in told
    assert recobro(two_champions, "rollback", "risk", "--json").json["champion"] == "recobro-risk/2"


WRONG = [
    (("show", "risk", "9"), 2, "found '9' where there are 1 to 2"),
    (("show", "risk", "winner"), 2, "Expected a version of the risk model or champion, challenger, former"),
    (("show", "fraud"), 2, "Expected one of risk, contact, effect, promise, found 'fraud'"),
    (("show", "contact"), 4, "Expected a champion of recobro-contact-times, found none. Run `recobro train`"),
    (("show", "contact", "former"), 2, "Expected a former of recobro-contact-times, found none"),
    (("show", "risk", "--card", "nowhere/card.html"), 2, "Expected a folder to write to, found none at nowhere"),
    (("compare", "risk", "1", "9"), 2, "found '9' where there are 1 to 2"),
    (("promote", "risk", "9"), 2, "`recobro models list` shows every version"),
    (("rollback", "contact"), 1, "Expected an earlier champion of recobro-contact-times, found none"),
    (("replay", "effect"), 2, "The contact effect is promoted without a trial"),
]


@pytest.mark.parametrize(("words", "status", "says"), WRONG, ids=[" ".join(words) for words, _, _ in WRONG])
def test_wrong_words_end_in_one_sentence_and_the_contracts_status(
    home: Path, words: tuple[str, ...], status: int, says: str
) -> None:
    told = recobro(home, *words)
    assert (told.status, told.out) == (status, "")
    assert says in told.error
    assert "\n" not in told.error


@pytest.mark.parametrize("words", [("list",), ("show", "risk"), ("rollback", "risk"), ("promote", "risk", "1")])
def test_a_registry_that_is_down_ends_in_one_sentence(tmp_path: Path, words: tuple[str, ...]) -> None:
    told = recobro(tmp_path, *words, RECOBRO_MLFLOW_URI="http://127.0.0.1:9")
    assert (told.status, told.out, "\n" in told.error) == (1, "", False)
    assert "found Connection refused. The champion stays in force" in told.error


def test_a_workspace_without_a_model_gets_no_registry_by_being_asked(tmp_path: Path) -> None:
    assert recobro(tmp_path, "list").out == "No model yet: run `recobro train` first.\n"
    assert recobro(tmp_path, "show", "risk").status == 4
    assert list(tmp_path.iterdir()) == []
