"""`python -m bench.real.hillstrom`: does the lift rank by what contact adds, on a randomised experiment?

`hillstrom-email` (Hillstrom 2008): 64,000 customers, a third sent e-mail about men's clothes, a third about women's, a
third nothing. Five folds; every customer is scored by models that never saw him. Qini coefficient: the area between a
ranking's curve of added visits and that of a random order, as a share of all visits that the e-mail added (Radcliffe
2007), with a bootstrap interval of its difference to recobro's. Everybody who was sent an e-mail counts as acted on.

The response model ranks by who will come, which is what a list by propensity does.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import lightgbm
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rich.console import Console

from recobro_models.lift import Examples, Lift

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_FILE: Final = "hillstrom.csv.gz"
_SENT: Final = {"No E-Mail": -1, "Mens E-Mail": 0, "Womens E-Mail": 1}
_N_FOLDS, _N_BOOTSTRAP = 5, 200


def main() -> int:
    """Run the benchmark; the exit status is 1 where the data is not there."""
    source = Path(os.environ.get("RECOBRO_DATASETS", "../shared/datasets")) / "hillstrom-email" / _FILE
    if not source.is_file():
        sys.stderr.write(f"No data set in {source.parent}. It is Hillstrom's e-mail experiment of 2008 ({_FILE}).\n")
        return 1
    rows = pd.read_csv(source)
    columns, place = _columns(rows), rows["segment"].map(_SENT).to_numpy(np.int64)
    console = Console(width=150)
    for outcome in ("visit", "conversion"):
        for name, kinds in {"men's": (0,), "women's": (1,), "either": (0, 1)}.items():
            used = np.isin(place, (-1, *kinds))
            found = _compare(columns[used], rows.loc[used, outcome].to_numpy(np.float64), place[used])
            console.print(f"\n{outcome}, {name} e-mail against none: {found.attrs['average']}", highlight=False)
            console.print(found.round(4).to_string(), highlight=False)
    return 0


def _columns(rows: pd.DataFrame) -> Floats:
    """What was known of each customer before the e-mail; categories as numbers."""
    spent = rows["history_segment"].str[0].astype(float)
    own = [rows[name].to_numpy(np.float64) for name in ("recency", "history", "mens", "womens", "newbie")]
    kinds = [pd.get_dummies(rows[name]).to_numpy(np.float64) for name in ("zip_code", "channel")]
    return np.column_stack([*own, spent, *kinds])


def _compare(x: Floats, y: Floats, place: Ints) -> pd.DataFrame:
    sent = place >= 0
    scores = {name: _out_of_fold(fit, x, y, place) for name, fit in MODELS.items()}
    draws = np.random.default_rng(1).integers(0, len(y), (_N_BOOTSTRAP, len(y)))
    table = {name: {"qini": qini(score, y, sent)} for name, score in scores.items()}
    again = {name: np.array([qini(score[at], y[at], sent[at]) for at in draws]) for name, score in scores.items()}
    for name, values in again.items():
        behind = again["recobro"] - values
        low, high = np.quantile(behind, (0.025, 0.975))
        table[name] |= {"behind recobro": behind.mean(), "from": low, "to": high}
    found = pd.DataFrame(table).T
    added, error = (
        y[sent].mean() - y[~sent].mean(),
        np.sqrt(y[sent].var() / sent.sum() + y[~sent].var() / (~sent).sum()),
    )
    found.attrs["average"] = (
        f"added {added:.4f} [{added - 1.96 * error:.4f}, {added + 1.96 * error:.4f}], "
        f"recobro expects {scores['recobro'].mean():.4f}"
    )
    return found


def _out_of_fold(
    fit: Callable[[Floats, Floats, Ints], Callable[[Floats], Floats]], x: Floats, y: Floats, place: Ints
) -> Floats:
    fold, found = np.random.default_rng(0).integers(0, _N_FOLDS, len(y)), np.zeros(len(y))
    for part in range(_N_FOLDS):
        learn = fold != part
        found[~learn] = fit(x[learn], y[learn], place[learn])(x[~learn])
    return found


def _recobro(x: Floats, y: Floats, place: Ints) -> Callable[[Floats], Floats]:
    half = np.arange(len(y)) % 2
    lift, _ = Lift.fit(Examples(x, x, y, place, place >= 0, half), np.zeros(2), seed=1)
    kinds = np.unique(place[place >= 0])

    def added(rows: Floats) -> Floats:
        soon = lift.predict_soon(rows)
        return np.asarray(np.mean([lift.predict_acted(rows, soon, int(kind)) for kind in kinds], axis=0) - soon)

    return added


def _t_learner(x: Floats, y: Floats, place: Ints) -> Callable[[Floats], Floats]:
    sent, not_sent = (_plain(x[part], y[part]) for part in (place >= 0, place < 0))
    return lambda rows: np.asarray(sent.predict(rows) - not_sent.predict(rows))


def _response(x: Floats, y: Floats, place: Ints) -> Callable[[Floats], Floats]:  # noqa: ARG001
    model = _plain(x, y)
    return lambda rows: np.asarray(model.predict(rows))


def _plain(x: Floats, y: Floats) -> lightgbm.Booster:
    return lightgbm.train({"objective": "binary", "verbosity": -1, "num_threads": 2}, lightgbm.Dataset(x, label=y), 100)


#: What learns from columns, outcomes and kinds of e-mail, and then ranks customers.
MODELS: Final = {"recobro": _recobro, "T-learner, two LightGBM": _t_learner, "response, LightGBM": _response}


def qini(score: Floats, y: Floats, sent: NDArray[np.bool_]) -> float:
    """Area between the curve of what sending adds, best first, and the straight line, over what it adds in all."""
    order = np.argsort(-score, kind="stable")
    t, gain = sent[order], y[order]
    n_sent, n_not = np.cumsum(t), np.maximum(np.cumsum(~t), 1)
    curve = np.cumsum(gain * t) - np.cumsum(gain * ~t) * n_sent / n_not
    line = curve[-1] * np.arange(1, len(y) + 1) / len(y)
    return float((curve - line).mean() / abs(curve[-1])) if curve[-1] else 0.0


if __name__ == "__main__":
    raise SystemExit(main())
