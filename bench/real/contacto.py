"""`python -m bench.real.contacto`: contact times on real collection calls of Peru, learnt on a month, tried on a later.

    python -m bench.real.contacto --train-until 2014-02-28 --test-from 2014-03-01 --test-until 2014-03-31 [--file F]

`contacto-cobranza-pe` has one call a debtor (February and March 2014), so nothing of a debtor's own answers can be
learnt: what carries over is the hour, the weekday, the day of the month, what is owed, how late it is, broken and open
promises. They become canonical features of `ContactTimes`, which is fitted and asked as it is in a night's training.
`--file` names a file of the same form with later calls; what is learnt from is its own where it goes back far enough,
else the data set's. Both bounds are counted in.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_models.calibration import Recalibration
from recobro_models.contact_times import TERMS, ContactTimes
from recobro_models.evaluation import measure

Floats = NDArray[np.float64]

_FILE: Final = "calls_2014_02_03.csv"
_BOUNDS: Final = {"train-until": date(2014, 2, 28), "test-from": date(2014, 3, 1), "test-until": date(2014, 3, 31)}
#: Days past due by the oldest month in which something is overdue: the middle of each.
_DAYS_LATE: Final = (15.0, 45.0, 75.0)


def main(arguments: list[str] | None = None) -> int:
    """Print one JSON object; the exit status is 1 where there is nothing to read, learn from or try."""
    asked = _asked(arguments)
    source = Path(os.environ.get("RECOBRO_DATASETS", "../shared/datasets")) / "contacto-cobranza-pe" / _FILE
    files = [path for path in (asked.file, source) if path is not None and path.is_file()]
    if not files or (asked.file is not None and asked.file not in files):
        sys.stderr.write(f"No file {asked.file or source}. It holds calls as `{_FILE}` of contacto-cobranza-pe does.\n")
        return 1
    learnt, tried = split_months([read_calls(path) for path in files], asked)
    if not len(learnt) or not len(tried):
        sys.stderr.write(f"{len(learnt)} calls to learn from and {len(tried)} to try. Choose other days.\n")
        return 1
    print(json.dumps(measure_calls(learnt, tried), indent=1))
    return 0


def read_calls(path: Path) -> pd.DataFrame:
    """Calls of a file as attempts with the canonical features that its columns carry."""
    told = pd.read_csv(path, sep=";", encoding="latin-1")
    overdue = told[["MES_0", "MES_1", "MES_2"]].fillna(0.0)
    when: Any = pd.to_datetime(told["FECHALLAMADA"], format="%d/%m/%Y")
    calls = pd.DataFrame(
        {
            "debtor_id": told["CLIENTE"].astype(str), "channel": "call", "attempted_on": when,
            "weekday": when.dt.day_of_week, "hour": told["HORA"].astype(np.int64),
            "reached": told["TIPOCONTACTO"] == "COEF", "days_since_last_reached": np.nan,
            "oldest_days_past_due": _days_past_due(overdue, told["MORA"].to_numpy(np.float64)),
            "open_amount": told["DEUDA_TOTAL"], "overdue_amount": overdue.sum(axis=1),
            "n_broken_365d": (told["PDPs_ROTAS"].astype(str) == ">0").astype(np.int64),
            "has_open_promise": told["ESTADO_PDP"],
        }
    )  # fmt: skip
    return calls.sort_values(["attempted_on", "debtor_id"], ignore_index=True)


def split_months(files: list[pd.DataFrame], bounds: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The calls to learn from and those to try, of the first file; what it has not, of the next."""

    def between(calls: pd.DataFrame, first: date, last: date) -> pd.DataFrame:
        when = calls["attempted_on"]
        return calls[(when >= pd.Timestamp(first)) & (when <= pd.Timestamp(last))].reset_index(drop=True)

    learnt = [between(calls, date.min.replace(year=1900), bounds.train_until) for calls in files]
    tried = [between(calls, bounds.test_from, bounds.test_until) for calls in files]
    return next((one for one in learnt if len(one)), learnt[0]), next((one for one in tried if len(one)), tried[0])


def measure_calls(learnt: pd.DataFrame, tried: pd.DataFrame) -> Mapping[str, Any]:
    """How contact times fare on the calls tried, beside the constant and the raw rate of each hour."""
    times = ContactTimes.fit(learnt)
    p = times.predict_p_reach(tried, tried["channel"], tried["weekday"], tried["hour"])
    constant = np.full(len(tried), learnt["reached"].mean())
    line = Recalibration.fit(p, tried["reached"])
    found = {"recobro": p, "constant": constant, "raw rate of the hour": _by_hour(learnt, tried)}
    measured = {name: _measured(tried["reached"].to_numpy(np.float64), values) for name, values in found.items()}
    measured["recobro"] |= {
        "calibration_slope": round(line.slope, 4),
        "calibration_intercept": round(line.intercept, 4),
    }
    weights = zip(TERMS, times.coefficients.round(4).tolist(), strict=True)
    return {
        "learnt_from": _told(learnt), "tried_on": _told(tried), **measured,
        "hours": times.about["channels"]["call"], "weights": {name: weight for name, weight in weights if weight},
    }  # fmt: skip


def _asked(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, day in _BOUNDS.items():
        parser.add_argument(f"--{name}", type=date.fromisoformat, default=day)
    parser.add_argument("--file", type=Path)
    return parser.parse_args(arguments)


def _days_past_due(overdue: pd.DataFrame, is_late: Floats) -> Floats:
    oldest = np.select([overdue["MES_2"] > 0, overdue["MES_1"] > 0], [_DAYS_LATE[2], _DAYS_LATE[1]], _DAYS_LATE[0])
    return np.where(is_late > 0, oldest, 0.0)


def _by_hour(learnt: pd.DataFrame, tried: pd.DataFrame) -> Floats:
    rates = learnt.groupby("hour")["reached"].mean()
    p: Floats = tried["hour"].map(rates).fillna(learnt["reached"].mean()).clip(0.01, 0.99).to_numpy(np.float64)
    return p


def _measured(happened: Floats, p: Floats) -> dict[str, float]:
    return {name: round(float(value), 4) for name, value in measure(happened, p).items()}


def _told(calls: pd.DataFrame) -> dict[str, Any]:
    days = calls["attempted_on"]
    return {"calls": len(calls), "from": str(days.min().date()), "until": str(days.max().date())}


if __name__ == "__main__":
    sys.exit(main())
