"""Contact effect: what being reached adds to the probability of paying within the horizon.

Contact is no cause where it was chosen because of the debtor: the hardest cases are called most. So the effect is
learnt from the share of the history that was drawn at random with a logged propensity, against debtor-days on which
nobody tried. Where the log holds no propensities all attempts are used and the model is marked `observational`.

The steps (cross-fitted over debtors; Robins, Rotnitzky and Zhao 1994; Kennedy 2023):

1. `e`: the probability that a debtor-day was tried on the channel rather than left alone; `m`: the probability of
   paying when it was left alone, both learnt on the other fold;
2. the score of trying, psi = (t/e - (1-t)/(1-e)) (y - m), rows outside the overlap of `e` left out;
3. an attempt that reaches nobody does nothing, and only who would not pay can be moved, so
   psi = p_reach (1 - m) theta + noise, where theta is the share of would-be non-payers whom a contact moves;
4. theta over all channels as a multiple of the prior, then by channel, then by channel and stage, each drawn towards
   its parent as far as it is noisy (empirical Bayes); then by debtor, from shallow trees on the score, mixed in only
   as far as it predicts the score on the other fold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_data.vocabulary import CHANNELS
from recobro_models.booster import BoostedClassifier
from recobro_models.contact_times import ContactTimes
from recobro_models.decision.draws import draw

Floats = NDArray[np.float64]

#: Share of would-be non-payers whom a contact moves, before anything is learnt: assumptions, on the cautious side.
PRIOR_THETA: Final = {"call": 0.08, "sms": 0.03, "whatsapp": 0.05, "email": 0.02, "visit": 0.10}
#: How far channels and segments are thought to lie from their parent, and the whole from the prior (as a multiple):
#: that contacts do harm on the whole, or twice the good assumed, takes more data than a small portfolio has.
_SPREAD: Final = 0.04
_SCALE_SPREAD: Final = 0.5
#: Of what payers owe, the share they pay, before anything is learnt; it weighs as much as so many payers.
_PRIOR_PAID_SHARE: Final = 0.8
_SHARE_WEIGHT: Final = 20.0

#: Days past due at which segments of the effect end.
SEGMENTS: Final = (-1, 0, 15, 30, 60, 90)

EFFECT_FEATURES: Final = (
    "oldest_days_past_due", "open_amount", "overdue_amount", "n_open", "n_overdue", "n_attempts_7d", "n_attempts_30d",
    "days_since_last_attempt", "days_since_last_reached", "n_reached_180d", "late5_share_365d", "late15_share_365d",
    "mean_days_late_365d", "days_since_last_payment", "n_payments_90d", "n_promises_365d", "n_broken_365d",
    "has_open_promise", "tenure_days",
)  # fmt: skip
#: A logged choice less likely than this was a draw, not the rule's choice.
_DRAWN: Final = 0.5
_OVERLAP: Final = (0.02, 0.95)
_MIN_TRIED: Final = 50
#: Debtor-days left alone for each one tried: more of them cost time and tell little.
_MOST_LEFT_ALONE: Final = 8
#: Debtor-days that each fold needs before trees are grown.
_MIN_FOLD: Final = 2000
_NUISANCE: Final[dict[str, Any]] = {
    "n_estimators": 40,
    "learning_rate": 0.1,
    "num_leaves": 12,
    "min_child_samples": 80,
    "threads": 1,
}


@dataclass(frozen=True)
class ContactEffect:
    """A fitted effect: `theta` is (channel, segment); `mix` of the trees' own estimate is added towards each debtor.

    `paid_share` is, by segment, what payers paid within the horizon of what they owed.
    """

    kind: str
    theta: Floats
    deviation: Floats
    paid_share: Floats
    mix: float = 0.0
    trees: str = ""
    about: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def prior(cls) -> ContactEffect:
        """What holds before anything is learnt."""
        theta = np.array([[PRIOR_THETA[channel]] * (len(SEGMENTS) + 1) for channel in CHANNELS])
        return cls("prior", theta, np.full_like(theta, _SPREAD), np.full(theta.shape[1], _PRIOR_PAID_SHARE))

    @classmethod
    def fit(cls, rows: pd.DataFrame, contact_times: ContactTimes, *, seed: int = 1) -> ContactEffect:
        """Fit to one row a debtor and day: debtor features, `as_of`, `any_paid`, `paid_amount`, the first attempt.

        A channel with too few random attempts keeps the prior.
        """
        is_tried = rows["tried_channel"].notna()
        logged = rows["tried_propensity"].notna() & is_tried
        observational = int(logged.sum()) < _MIN_TRIED
        tried = is_tried if observational else logged & (rows["tried_propensity"] < _DRAWN)
        used = _with_p_pay(rows[tried | _enough_left_alone(rows, is_tried, tried)].reset_index(drop=True), seed)
        scores = [_score_channel(used, channel, contact_times, seed) for channel in CHANNELS]
        found = pd.concat([pd.DataFrame(), *(score for score in scores if score is not None)], ignore_index=True)
        if found.empty:
            return cls.prior()
        theta, deviation = _shrink(found)
        mix, trees = _fit_trees(found, theta, seed)
        kind = "observational" if observational else "learned"
        about = {"n_tried": int((found["tried"] == 1).sum()), "n_left_alone": int((found["tried"] == 0).sum())}
        return cls(kind, theta, deviation, _paid_share(used), mix, trees, about)

    def predict_theta(self, rows: pd.DataFrame, channel: str) -> Floats:
        """Share of would-be non-payers whom reaching each row's debtor on the channel moves (may be negative)."""
        place = CHANNELS.index(channel)
        theta = self.theta[place, segment_of(rows["oldest_days_past_due"])]
        if self.mix:
            own = self._booster().predict(_tree_columns(rows, place), num_threads=1)
            theta = theta + self.mix * own
        return np.clip(theta, -0.5, 0.9)

    def predict_effect(self, rows: pd.DataFrame, channel: str, p_pay_no_action: Floats) -> Floats:
        """Change in the probability of paying within the horizon that reaching each row's debtor causes."""
        effect: Floats = self.predict_theta(rows, channel) * (1 - p_pay_no_action)
        return effect

    def predict_paid_share(self, rows: pd.DataFrame) -> Floats:
        """Of what each row's debtor owes, the share that is paid within the horizon by one who pays."""
        share: Floats = self.paid_share[segment_of(rows["oldest_days_past_due"])]
        return share

    def _booster(self) -> Any:
        import lightgbm

        return lightgbm.Booster(model_str=self.trees)

    def to_files(self) -> dict[str, Any]:
        """The model as texts by file name."""
        about = {
            "kind": self.kind, "theta": self.theta.tolist(), "deviation": self.deviation.tolist(),
            "paid_share": self.paid_share.tolist(), "mix": self.mix, "about": dict(self.about),
        }  # fmt: skip
        return {"model.json": about, **({"booster.txt": self.trees} if self.trees else {})}

    @classmethod
    def from_files(cls, files: Mapping[str, Any]) -> ContactEffect:
        """The model that `to_files` wrote."""
        about = files["model.json"]
        return cls(
            about["kind"], np.array(about["theta"]), np.array(about["deviation"]), np.array(about["paid_share"]),
            about["mix"], files.get("booster.txt", ""), about["about"],
        )  # fmt: skip


def segment_of(days_past_due: Any) -> NDArray[np.int64]:
    """Segment number by days past due: before, on the day, then up to 15, 30, 60, 90 and beyond."""
    return np.searchsorted(np.array(SEGMENTS), np.asarray(days_past_due, np.float64)).astype(np.int64)


def _enough_left_alone(rows: pd.DataFrame, is_tried: pd.Series[bool], tried: pd.Series[bool]) -> NDArray[np.bool_]:
    """Debtor-days left alone, thinned by a hash of the debtor to a fixed number for each one tried."""
    wanted = _MOST_LEFT_ALONE * int(tried.sum()) / max(int((~is_tried).sum()), 1)
    return (~is_tried).to_numpy() & (draw(rows["debtor_id"], "left alone") < wanted)


def _with_p_pay(rows: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Add `fold` and `p_pay`: of paying when left alone, learnt on the other fold."""
    x, y = _columns(rows), rows["any_paid"].to_numpy(np.float64)
    fold = pd.util.hash_array(rows["debtor_id"].to_numpy(object)) % 2
    left_alone = rows["tried_channel"].isna().to_numpy()
    return rows.assign(fold=fold, p_pay=_cross_fitted(x, y, fold, left_alone, seed))


def _cross_fitted(x: Floats, y: Floats, fold: NDArray[Any], learn: NDArray[np.bool_], seed: int) -> Floats:
    found = np.full(len(y), np.nan)
    for side in (0, 1):
        found[fold == side] = _probability(x, y, learn & (fold != side), seed)[fold == side]
    return found


def _score_channel(rows: pd.DataFrame, channel: str, contact_times: ContactTimes, seed: int) -> pd.DataFrame | None:
    """Scores of trying the channel against leaving alone, one row a debtor-day in the overlap."""
    tried = (rows["tried_channel"] == channel).to_numpy()
    if tried.sum() < _MIN_TRIED:
        return None
    either = rows[tried | rows["tried_channel"].isna().to_numpy()]
    t = (either["tried_channel"] == channel).to_numpy(np.float64)
    e = _cross_fitted(_columns(either), t, either["fold"].to_numpy(), np.ones(len(t), bool), seed)
    # Who is sure to pay can not be moved and tells nothing of theta.
    inside = (e > _OVERLAP[0]) & (e < _OVERLAP[1]) & (either["p_pay"] < 1).to_numpy()
    used, t, e = either[inside], t[inside], e[inside]
    y, m = used["any_paid"].to_numpy(np.float64), used["p_pay"].to_numpy(np.float64)
    psi = (t / e - (1 - t) / (1 - e)) * (y - m)
    hour = used["tried_hour"].fillna(12).to_numpy(np.int64)
    weekday = used["tried_weekday"].fillna(0).to_numpy(np.int64)
    reach = contact_times.predict_p_reach(used, channel, weekday, hour)
    return used[["debtor_id", "fold", *EFFECT_FEATURES]].assign(
        place=CHANNELS.index(channel), segment=segment_of(used["oldest_days_past_due"]), tried=t, psi=psi,
        lever=reach * (1 - m),
    )  # fmt: skip


def _probability(x: Floats, y: Floats, learn: NDArray[np.bool_], seed: int) -> Floats:
    if y[learn].size == 0 or y[learn].min() == y[learn].max():
        return np.full(len(y), y[learn].mean() if y[learn].size else 0.5)
    model = BoostedClassifier(seed=seed, **_NUISANCE).fit(x[learn], y[learn])
    return model.predict_proba(x)[:, 1]


def _shrink(scores: pd.DataFrame) -> tuple[Floats, Floats]:
    """Theta and its deviation by channel and segment, each estimate drawn towards its parent by its own noise."""
    prior = np.array([PRIOR_THETA[channel] for channel in CHANNELS])
    scaled = scores.assign(lever=scores["lever"] * prior[scores["place"]])
    scale, _ = _towards(*_estimate(scaled), 1.0, _SCALE_SPREAD)
    theta = np.repeat(scale * prior[:, None], len(SEGMENTS) + 1, axis=1)
    deviation = np.full_like(theta, _SPREAD)
    for place, of_channel in scores.groupby("place"):
        parent, parent_deviation = _towards(*_estimate(of_channel), scale * prior[place], _SPREAD)
        theta[place], deviation[place] = parent, parent_deviation
        for segment, rows in of_channel.groupby("segment"):
            if len(rows) >= _MIN_TRIED:
                theta[place, segment], deviation[place, segment] = _towards(*_estimate(rows), parent, _SPREAD)
    return theta, deviation


def _estimate(scores: pd.DataFrame) -> tuple[float, float]:
    """Least squares of the score on its lever, and the standard error with a debtor's days kept together."""
    lever, psi = scores["lever"].to_numpy(), scores["psi"].to_numpy()
    total = float(lever @ lever)
    mean = float(lever @ psi) / total
    sums = pd.Series(lever * (psi - mean * lever)).groupby(scores["debtor_id"].to_numpy()).sum()
    return mean, float(np.sqrt(sums @ sums)) / total


def _towards(mean: float, noise: float, parent: float, spread: float) -> tuple[float, float]:
    weight = spread**2 / (spread**2 + noise**2)
    return weight * mean + (1 - weight) * parent, float(np.sqrt(weight) * noise)


def _fit_trees(scores: pd.DataFrame, theta: Floats, seed: int) -> tuple[float, str]:
    """Shallow trees on what the segments leave of the score, and how much of them helps on the other fold."""
    rest = (scores["psi"] / scores["lever"] - theta[scores["place"], scores["segment"]]).to_numpy()
    weight = (scores["lever"] ** 2).to_numpy()
    columns = np.vstack([_tree_columns(rows, place) for place, rows in scores.groupby("place", sort=False)])
    fold = scores["fold"].to_numpy()
    if min((fold == 0).sum(), (fold == 1).sum()) < _MIN_FOLD:
        return 0.0, ""
    other = np.zeros(len(scores))
    for side in (0, 1):
        learn, apply = fold != side, fold == side
        trees = _boost(columns[learn], rest[learn], weight[learn], seed)
        other[apply] = trees.predict(columns[apply], num_threads=1)
    mix = _how_much(rest, other, weight)
    return (mix, _boost(columns, rest, weight, seed).model_to_string()) if mix > 0 else (0.0, "")


def _boost(columns: Floats, target: Floats, weight: Floats, seed: int) -> Any:
    import lightgbm

    settings = {
        "objective": "regression", "learning_rate": 0.05, "num_leaves": 4, "min_data_in_leaf": 400, "lambda_l2": 50.0,
        "feature_fraction": 0.7, "seed": seed, "deterministic": True, "force_row_wise": True, "num_threads": 1,
        "verbosity": -1,
    }  # fmt: skip
    data = lightgbm.Dataset(columns, label=target, weight=weight, params={"verbosity": -1})
    return lightgbm.train(settings, data, 40)


def _how_much(rest: Floats, predicted: Floats, weight: Floats) -> float:
    """Share of a prediction to mix in: its weighted slope less a standard error; below 0 or noise means none."""
    total = max(float((weight * predicted) @ predicted), 1e-12)
    slope = float((weight * predicted) @ rest) / total
    noise = float(np.sqrt(np.sum((weight * predicted * (rest - slope * predicted)) ** 2))) / total
    return float(np.clip(slope - noise, 0, 1))


def _columns(rows: pd.DataFrame) -> Floats:
    return np.column_stack([rows[name].to_numpy(np.float64, na_value=np.nan) for name in EFFECT_FEATURES])


def _tree_columns(rows: pd.DataFrame, place: int) -> Floats:
    return np.column_stack([np.full(len(rows), float(place)), _columns(rows)])


def _paid_share(rows: pd.DataFrame) -> Floats:
    """By segment: of what payers owed, the share they paid within the horizon, drawn towards that of all."""
    payers = rows[rows["any_paid"] > 0]
    paid = np.minimum(payers["paid_amount"], payers["open_amount"]).to_numpy(np.float64)
    owed = payers["open_amount"].to_numpy(np.float64)
    segment = segment_of(payers["oldest_days_past_due"])
    of_all = paid.sum() / owed.sum() if owed.sum() else _PRIOR_PAID_SHARE
    weight = _SHARE_WEIGHT * (owed.mean() if owed.size else 1.0)
    sums = (np.bincount(segment, values, minlength=len(SEGMENTS) + 1) for values in (paid, owed))
    paid_sum, owed_sum = sums
    share: Floats = (paid_sum + weight * of_all) / (owed_sum + weight)
    return share
