"""`python -m bench.real.bank_marketing [--train-share 0.667]`: calls of a Portuguese bank, the first learnt from, the
rest tried.

`bank-marketing-pt` (Moro, Cortez and Rita 2014) has no hour and no date but the month, in order; rows drift hard: one
in twenty takes the offer in 2008 and one in four after. Taking the offer stands for being reached. `duration` is never
used: it is known only when the call is over. What carries over to `ContactTimes`: weekday, attempts of this campaign
and of earlier ones, days since the last, whether one succeeded, and the kind of line (as the portfolio). Age, job,
schooling and family are no features of recobro; the logistic regression on all columns has them, and the market's
figures too.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import zipfile
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_models.contact_times import ContactTimes
from recobro_models.evaluation import measure

Floats = NDArray[np.float64]

_FILE: Final = "bank-additional.zip"
_MEMBER: Final = "bank-additional/bank-additional-full.csv"
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri")
_MEASURES: Final = ("n", "rate", "auc", "log_loss", "brier")
#: What the same columns are called as features; the logistic regression beside gets them too.
_FEATURES: Final = (
    "weekday", "n_attempts_30d", "n_call_from_12_tried_365d", "n_call_from_12_reached_365d", "days_since_last_reached",
)  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    """Print one JSON object; the exit status is 1 where the data is not there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train-share", type=float, default=2 / 3)
    asked = parser.parse_args(arguments)
    source = Path(os.environ.get("RECOBRO_DATASETS", "../shared/datasets")) / "bank-marketing-pt" / _FILE
    if not source.is_file():
        sys.stderr.write(f"No data set in {source.parent}. It is UCI's bank marketing ({_FILE}).\n")
        return 1
    with zipfile.ZipFile(source) as folder, folder.open(_MEMBER) as file:
        told = pd.read_csv(file, sep=";").drop(columns="duration")
    print(json.dumps(measure_calls(told, int(asked.train_share * len(told))), indent=1))
    return 0


def measure_calls(told: pd.DataFrame, n_learnt: int) -> dict[str, Any]:
    """How contact times and their peers fare on the calls after the first `n_learnt`."""
    calls = read_calls(told)
    happened = calls["reached"].to_numpy(np.float64)
    learnt, tried = (calls.iloc[part].reset_index(drop=True) for part in (slice(n_learnt), slice(n_learnt, None)))
    times = ContactTimes.fit(learnt)
    everything = pd.get_dummies(told.drop(columns="y"), dtype=np.float64).to_numpy(np.float64)
    same = calls[list(_FEATURES)].fillna(999).assign(line=calls["portfolio_id"] == "cellular").to_numpy(np.float64)
    found = {
        "recobro": times.predict_p_reach(tried, "call", tried["weekday"], tried["hour"]),
        "constant": np.full(len(tried), happened[:n_learnt].mean()),
        "logistic regression, all columns": _logistic(everything, happened, n_learnt),
        "logistic regression, the same columns": _logistic(same, happened, n_learnt),
    }
    after = happened[n_learnt:]
    measured = {name: {one: round(float(measure(after, p)[one]), 4) for one in _MEASURES} for name, p in found.items()}
    months = [str(calls["as_of"].iloc[at].date())[:7] for at in (0, n_learnt - 1, n_learnt, -1)]
    return {"learnt_from": months[:2], "tried_on": months[2:], **measured}


def read_calls(told: pd.DataFrame) -> pd.DataFrame:
    """The calls as attempts with the canonical features that the columns carry; the hour is not known."""
    month = told["month"].map({name: at for at, name in enumerate(_MONTHS, start=1)})
    year = 2008 + (month.diff() < 0).cumsum()
    earlier = told["campaign"] - 1
    succeeded = (told["poutcome"] == "success").astype(np.int64)
    return pd.DataFrame(
        {
            "channel": "call", "weekday": told["day_of_week"].map({name: at for at, name in enumerate(_WEEKDAYS)}),
            "hour": 12, "reached": told["y"] == "yes", "portfolio_id": told["contact"],
            "as_of": pd.to_datetime(pd.DataFrame({"year": year, "month": month, "day": 1})),
            "days_since_last_reached": told["pdays"].where(told["pdays"] < 999).astype(np.float64),
            "n_attempts_30d": earlier, "n_call_from_12_tried_365d": told["previous"] + earlier,
            "n_call_from_12_reached_365d": succeeded,
        }
    )  # fmt: skip


def _logistic(columns: Floats, happened: Floats, n_learnt: int) -> Floats:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
    p: Floats = model.fit(columns[:n_learnt], happened[:n_learnt]).predict_proba(columns[n_learnt:])[:, 1]
    return p


if __name__ == "__main__":
    sys.exit(main())
