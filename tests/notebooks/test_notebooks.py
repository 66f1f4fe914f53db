"""The notebooks run on the committed sample and show what they say they show."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
PLOTS = {
    "who_pays_late": ("1_how_late", "2_how_early", "3_payment_curves"),
    "when_debtors_answer": ("1_hour_and_weekday", "2_week", "3_channel_and_segment", "4_attempts_needed"),
}
EACH = pytest.mark.parametrize("name", list(PLOTS))
EACH_PLOT = pytest.mark.parametrize("plot", [f"{name}_{plot}" for name, plots in PLOTS.items() for plot in plots])


@dataclass(frozen=True)
class Run:
    status: int
    said: str
    complained: str


def start(name: str, out: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "MPLBACKEND": "Agg", "RECOBRO_NOTEBOOK_OUT": str(out)}
    environment.pop("RECOBRO_NOTEBOOK_DATA", None)
    command = [sys.executable, str(NOTEBOOKS / f"{name}.py")]
    # From a folder of its own, as a notebook must not care where it is started.
    return subprocess.Popen(
        command, cwd=out, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    )


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("plots")


@pytest.fixture(scope="module")
def runs(out: Path) -> Mapping[str, Run]:
    started = {name: start(name, out) for name in PLOTS}
    ended = {name: process.communicate(timeout=240) for name, process in started.items()}
    return {name: Run(started[name].returncode, *told) for name, told in ended.items()}


@EACH
def test_the_notebook_runs_without_a_complaint(runs: Mapping[str, Run], name: str) -> None:
    assert (runs[name].status, runs[name].complained) == (0, "")


def test_the_answer_of_who_pays_late_is_two_sentences_with_their_numbers(runs: Mapping[str, Run]) -> None:
    answer = runs["who_pays_late"].said.splitlines()[0]
    first = r"Of [\d,]+ charges, \d+% were paid 5 or more days late and \d+% 30 or more, and a tenth [^.]+ \d+% [^.]+\."
    assert re.fullmatch(rf"{first} It (hardly )?shows [^.]+ \d+% of the time[^.]*\.", answer)


def test_the_answer_of_when_debtors_answer_is_two_sentences_with_their_numbers(runs: Mapping[str, Run]) -> None:
    answer = runs["when_debtors_answer"].said.splitlines()[0]
    first = r"A call gets to the debtor \d+% of the time and a WhatsApp message \d+%; half [^.]+ \d+ in a row\."
    assert re.fullmatch(rf"{first} Calls get through best at \d+:00 \(\d+%, 95% interval [^.]+\), [^.]+\.", answer)


def test_no_number_in_the_tables_is_missing(runs: Mapping[str, Run]) -> None:
    assert not [line for run in runs.values() for line in run.said.splitlines() if re.search(r"\bnan\b", line, re.I)]


@EACH_PLOT
def test_the_plot_is_there_and_is_not_blank(runs: Mapping[str, Run], out: Path, plot: str) -> None:
    from matplotlib.image import imread

    picture = imread(out / f"{plot}.png")[..., :3]
    inked = (picture < 0.95).any(axis=2)
    assert inked.mean() > 0.01
    # Something is drawn in every sixth of the width and of the height: no panel is empty.
    assert all(part.any() for part in [*_sixths(inked), *_sixths(inked.T)])


def _sixths(inked):  # type: ignore[no-untyped-def]
    return [inked[at * len(inked) // 6 : (at + 1) * len(inked) // 6] for at in range(6)]


def test_nothing_but_the_named_plots_is_left_behind(runs: Mapping[str, Run], out: Path) -> None:
    expected = {f"{name}_{plot}.png" for name, plots in PLOTS.items() for plot in plots}
    assert {path.name for path in out.iterdir()} == expected


@EACH
def test_jupytext_reads_the_script_as_a_notebook_that_opens_with_its_question(name: str) -> None:
    import jupytext

    cells = jupytext.read(NOTEBOOKS / f"{name}.py", fmt="py:percent").cells
    assert cells[0].cell_type == "markdown"
    assert re.match(r"# [A-Z].*\?$", cells[0].source.splitlines()[0])
    assert {cell.cell_type for cell in cells} == {"markdown", "code"}


@pytest.mark.parametrize(
    "path", sorted((NOTEBOOKS.parent / "docs" / "images").glob("*.png")), ids=lambda path: path.name
)
def test_a_picture_of_the_docs_is_small_enough_to_commit(path: Path) -> None:
    assert 10_000 < path.stat().st_size < 200_000
