"""Contact effect: what being reached adds to the probability of paying within the horizon.

Contact is no cause where it was chosen because of the debtor: the hardest cases are called most. So two things are
learnt, and the second holds the first to account:

1. the shape, from those who were reached (`contact_lift`): how being reached moves a debtor's chance of paying within
   the week, against debtors alike who were left alone. It takes reached debtors for no different from others alike.
   Half of it is what kinds of payers make of the debtor's own days (`contact_payers`): of those who do not pay, a
   reminder moves one who forgets and not one who can not;
2. the size, from the attempts that were drawn at random with a logged propensity, whoever answered: the doubly robust
   score of trying (Robins, Rotnitzky and Zhao 1994; Kennedy 2023), cross-fitted over debtors, rows outside the overlap
   left out. An attempt that reaches nobody does nothing, so the score is held against p_reach x lift; their ratio
   scales the shape, over all and by channel, as far as it is not noise (empirical Bayes). Where the log holds no
   propensities, these are estimated from all attempts and the model is marked `observational`.

What a contact adds within the week is kept as a hazard: it brings forward payments that would have come later in the
horizon too, so `1 - (1 - p) exp(-added)` of the debtors pay who had a chance `p` untouched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recobro_data.vocabulary import CHANNELS
from recobro_models.booster import BoostedClassifier
from recobro_models.contact_learning import newest_of
from recobro_models.contact_lift import PRIOR_SHIFT, SHIFT_FEATURES, shift_columns
from recobro_models.contact_payers import Foreseen, Payers
from recobro_models.contact_shape import Shape, blended, foresee, known_columns
from recobro_models.contact_times import ContactTimes
from recobro_models.decision.draws import draw
from recobro_models.lift import Examples, Lift

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

#: What being reached adds, as a share of the debtor's own hazard of the month, before anything is learnt: assumptions,
#: on the cautious side.
PRIOR_HAZARD: Final = {"call": 0.25, "sms": 0.08, "whatsapp": 0.15, "email": 0.06, "visit": 0.30}
#: How far the size is thought to lie from the shape's, over all and by channel.
_SCALE_SPREAD, _CHANNEL_SPREAD = 0.5, 0.3
#: Of what is asked for, the share that a payer pays within the horizon, before anything is learnt; it weighs as many
#: payers. Charges that fall due meanwhile are paid too: but of one payer no more than so many times is believed.
_PRIOR_PAID_SHARE, _SHARE_WEIGHT, _MOST_PAID = 0.8, 20.0, 3.0
#: From so many overdue charges on, debtors pay alike shares.
_MOST_OVERDUE: Final = 5

EFFECT_FEATURES: Final = tuple(
    dict.fromkeys(("open_amount", "overdue_amount", "n_open", "n_reached_180d", "tenure_days", *SHIFT_FEATURES))
)
#: Rows that are told an effect together: columns of more of them would take more memory than what comes of them.
_BLOCK: Final = 100_000
#: A logged choice less likely than this was a draw, not the rule's choice.
_DRAWN: Final = 0.5
_OVERLAP: Final = (0.02, 0.95)
_MIN_TRIED, _MIN_REACHED = 50, 20
#: Debtor-days left alone for each one tried: more of them cost time and tell little.
_MOST_LEFT_ALONE: Final = 8
_TRIED_TREES: Final[dict[str, Any]] = {
    "n_estimators": 40, "learning_rate": 0.1, "num_leaves": 12, "min_child_samples": 80, "threads": 1,
}  # fmt: skip


@dataclass(frozen=True)
class ContactEffect:
    """A fitted effect. `scale` is by channel, with its `deviation`; `paid_share`, by overdue charges, is what a payer
    pays within the horizon, as a share of what is asked for. `answers` is by channel, the part of what `payers` foresee
    that a contact on it adds."""

    kind: str
    scale: Floats
    deviation: Floats
    paid_share: Floats
    lift: Lift | None = None
    payers: Payers = field(default_factory=Payers.none)
    answers: Floats = field(default_factory=lambda: np.ones(len(CHANNELS)))
    about: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def prior(cls) -> ContactEffect:
        """What holds before anything is learnt."""
        n = len(CHANNELS)
        return cls("prior", np.ones(n), np.full(n, _SCALE_SPREAD), np.full(_MOST_OVERDUE + 1, _PRIOR_PAID_SHARE))

    @classmethod
    def fit(cls, rows: pd.DataFrame, contact_times: ContactTimes, *, seed: int = 1) -> ContactEffect:
        """Fit to one row a debtor and day: debtor features and `decisions.label_decisions`.

        Where hardly anybody was tried or left alone, or all did the same, the prior holds.
        """
        is_tried = rows["tried_channel"].notna().to_numpy()
        logged = rows["tried_propensity"].notna().to_numpy() & is_tried
        observational = int(logged.sum()) < _MIN_TRIED
        drawn = is_tried if observational else logged & (rows["tried_propensity"] < _DRAWN).to_numpy()
        kept = is_tried | _enough_left_alone(rows, is_tried)
        used = rows[kept].reset_index(drop=True)
        used = used.assign(fold=pd.util.hash_array(used["debtor_id"].to_numpy(object)) % 2, drawn=drawn[kept])
        place = pd.Categorical(used["tried_channel"], categories=list(CHANNELS)).codes.astype(np.int64)
        reached = used["is_reached"].to_numpy(bool) & (place >= 0)
        if not _can_learn(used, place, reached):
            return cls.prior()
        prior = np.array([PRIOR_SHIFT[channel] for channel in CHANNELS])
        payers = Payers.fit(newest_of(rows))
        foreseen = foresee(payers, used)
        lift, halves = Lift.fit(_examples(used, place, reached, foreseen), prior, seed=seed)
        shape = Shape.learn(halves, foreseen)
        scores = [_score(used, place, channel, (shape, contact_times, seed)) for channel in range(len(CHANNELS))]
        scale, deviation = _sizes([score for score in scores if score is not None])
        counts = {"n_left_alone": place < 0, "n_tried": place >= 0, "n_drawn": used["drawn"], "n_reached": reached}
        about = {name: int(which.sum()) for name, which in counts.items()}
        kind = "observational" if observational else "learned"
        return cls(kind, scale, deviation, _paid_share(used), lift, payers, shape.answers, about)

    def predict_effects(self, rows: pd.DataFrame, p_pay_no_action: Floats) -> Floats:
        """Change in the probability of paying within the horizon that reaching each row's debtor causes, by channel.

        It may be negative, and moves nobody who is sure to pay.
        """
        untouched = np.clip(p_pay_no_action, 0.0, 1.0)
        hazard = -np.log(np.maximum(1 - untouched, 1e-12))
        parts = [slice(at, at + _BLOCK) for at in range(0, len(rows), _BLOCK)] or [slice(0)]
        added = np.concatenate([self._added(rows.iloc[part], hazard[part]) for part in parts])
        added = np.maximum(added, -hazard[:, None])
        effects: Floats = (1 - untouched)[:, None] * -np.expm1(-added)
        return effects

    def predict_effect(self, rows: pd.DataFrame, channel: str, p_pay_no_action: Floats) -> Floats:
        """`predict_effects` of one channel."""
        return self.predict_effects(rows, p_pay_no_action)[:, CHANNELS.index(channel)]

    def _added(self, rows: pd.DataFrame, hazard: Floats) -> Floats:
        if self.lift is None:
            return hazard[:, None] * self.scale * np.array([PRIOR_HAZARD[channel] for channel in CHANNELS])
        foreseen = foresee(self.payers, rows)
        soon, columns = self.lift.predict_soon(known_columns(rows, foreseen)), shift_columns(rows)
        reached = [self.lift.predict_acted(columns, soon, place) for place in range(len(CHANNELS))]
        of_lift = np.log((1 - soon)[:, None] / (1 - np.column_stack(reached)))
        of_payers = None if foreseen is None else foreseen.added_month[:, None] * self.answers
        added: Floats = self.scale * blended(of_lift, of_payers)
        return added

    def predict_paid_share(self, rows: pd.DataFrame) -> Floats:
        """What a payer pays within the horizon, as a share of what is asked of each row's debtor: all that is overdue,
        else the next charge. Above 1 where charges that fall due meanwhile are paid too."""
        share: Floats = self.paid_share[_n_overdue(rows)]
        return share

    def sizes(self) -> dict[str, str]:
        """What is made of the expected shift, by channel, with its standard error; 1 is all of it.

        Example:
            >>> ContactEffect.prior().sizes()["size_call"]
            '1.00 ± 0.50'
        """
        told = zip(CHANNELS, self.scale, self.deviation, strict=True)
        return {f"size_{channel}": f"{scale:.2f} ± {error:.2f}" for channel, scale, error in told}

    def to_files(self) -> dict[str, Any]:
        """The model as texts by file name."""
        about = {
            "kind": self.kind, "scale": self.scale.tolist(), "deviation": self.deviation.tolist(),
            "paid_share": self.paid_share.tolist(), "payers": self.payers.to_json(), "answers": self.answers.tolist(),
            "about": dict(self.about),
        }  # fmt: skip
        return {"model.json": about, **(self.lift.to_files() if self.lift else {})}

    @classmethod
    def from_files(cls, files: Mapping[str, Any]) -> ContactEffect:
        """The model that `to_files` wrote; one of an earlier form is taken for the prior until the next training."""
        about = files["model.json"]
        if "scale" not in about:
            return cls.prior()
        lift = Lift.from_files(files) if "lift.json" in files else None
        scale, deviation, paid_share = (np.array(about[name]) for name in ("scale", "deviation", "paid_share"))
        effect = cls(about["kind"], scale, deviation, paid_share, lift, about=about["about"])
        if "payers" not in about:
            return effect
        return replace(effect, payers=Payers.from_json(about["payers"]), answers=np.array(about["answers"]))


def _examples(rows: pd.DataFrame, place: Ints, reached: Bools, foreseen: Foreseen | None) -> Examples:
    y, fold = rows["paid_soon"].to_numpy(np.float64), rows["fold"].to_numpy(np.int64)
    return Examples(known_columns(rows, foreseen), shift_columns(rows), y, place, reached, fold)


def _enough_left_alone(rows: pd.DataFrame, is_tried: Bools) -> Bools:
    """Debtor-days left alone, thinned by a hash of the debtor to a fixed number for each one tried."""
    wanted = _MOST_LEFT_ALONE * int(is_tried.sum()) / max(int((~is_tried).sum()), 1)
    found: Bools = ~is_tried & (draw(rows["debtor_id"], "left alone") < wanted)
    return found


def _can_learn(rows: pd.DataFrame, place: Ints, reached: Bools) -> bool:
    """Whether enough were drawn, reached and left alone, and each half of those left alone did not all do the same."""
    alone = rows[place < 0]
    mixed = alone.groupby("fold")["paid_soon"].nunique()
    enough = min(int(rows["drawn"].sum()), len(alone)) >= _MIN_TRIED and int(reached.sum()) >= _MIN_REACHED
    return enough and len(mixed) == 2 and bool((mixed == 2).all())


def _score(
    rows: pd.DataFrame, place: Ints, channel: int, learnt: tuple[Shape, ContactTimes, int]
) -> pd.DataFrame | None:
    """Doubly robust scores of trying the channel against leaving alone, one row a debtor-day in the overlap, beside
    what the lift expects (`lever`); None where too few were drawn."""
    shape, times, seed = learnt
    tried = (place == channel) & rows["drawn"].to_numpy(bool)
    if tried.sum() < _MIN_TRIED:
        return None
    either = tried | (place < 0)
    e, t = _propensity(rows[either], tried[either], seed), tried[either].astype(np.float64)
    inside = (e > _OVERLAP[0]) & (e < _OVERLAP[1])
    used, e, t = rows[either][inside], e[inside], t[inside]
    soon, reached = shape.halves.soon[either][inside], shape.acted(channel)[either][inside]
    hour, weekday = (
        used[name].fillna(usual).to_numpy(np.int64) for name, usual in (("tried_hour", 12), ("tried_weekday", 2))
    )
    lever = times.predict_p_reach(used, CHANNELS[channel], weekday, hour) * (reached - soon)
    rest = used["paid_soon"].to_numpy(np.float64) - soon
    psi = lever + t / e * (rest - lever) - (1 - t) / (1 - e) * rest
    return pd.DataFrame({"debtor_id": used["debtor_id"].to_numpy(), "place": channel, "psi": psi, "lever": lever})


def _propensity(rows: pd.DataFrame, tried: Bools, seed: int) -> Floats:
    """Chance of having been tried rather than left alone, by the other half of the debtors."""
    names = (*EFFECT_FEATURES, "days_ahead", "n_tried_before")
    x = np.column_stack([rows[name].to_numpy(np.float64, na_value=np.nan) for name in names])
    fold, found = rows["fold"].to_numpy(), np.full(len(rows), tried.mean())
    for side in (0, 1):
        learn = fold != side
        if 0 < tried[learn].sum() < learn.sum():
            model = BoostedClassifier(seed=seed, **_TRIED_TREES).fit(x[learn], tried[learn])
            found[~learn] = model.predict_proba(x[~learn])[:, 1]
    return found


def _sizes(scores: list[pd.DataFrame]) -> tuple[Floats, Floats]:
    """Scale and its deviation by channel: what the scores say over all, then of each, as far as it is no noise."""
    if not scores:
        return np.ones(len(CHANNELS)), np.full(len(CHANNELS), _SCALE_SPREAD)
    whole, noise = _towards(*_estimate(pd.concat(scores, ignore_index=True)), 1.0, _SCALE_SPREAD)
    scale, deviation = np.full(len(CHANNELS), whole), np.full(len(CHANNELS), np.hypot(noise, _CHANNEL_SPREAD))
    for score in scores:
        place = int(score["place"].iat[0])
        scale[place], deviation[place] = _towards(*_estimate(score), whole, _CHANNEL_SPREAD)
    return np.maximum(scale, 0.0), deviation


def _estimate(scores: pd.DataFrame) -> tuple[float, float]:
    """Least squares of the score on its lever, and the standard error with a debtor's days kept together."""
    lever, psi = scores["lever"].to_numpy(), scores["psi"].to_numpy()
    total = max(float(lever @ lever), 1e-12)
    mean = float(lever @ psi) / total
    sums = pd.Series(lever * (psi - mean * lever)).groupby(scores["debtor_id"].to_numpy()).sum()
    return mean, float(np.sqrt(sums @ sums)) / total


def _towards(mean: float, noise: float, parent: float, spread: float) -> tuple[float, float]:
    weight = spread**2 / (spread**2 + noise**2)
    return weight * mean + (1 - weight) * parent, float(np.sqrt(weight) * noise)


def _paid_share(rows: pd.DataFrame) -> Floats:
    """By overdue charges: of what was asked, the share that payers paid within the horizon, drawn towards that of all.

    Those reached and those left alone together: reached payers pay a few per cent more, but as an estimate of what the
    contact did that would be multiplied with the chance of those who pay anyway, and put them first.
    """
    payers = rows[rows["paid_amount"].notna()]
    overdue, one = payers["overdue_amount"], payers["open_amount"] / payers["n_open"].clip(lower=1)
    asked = overdue.where(payers["n_overdue"] > 0, one).to_numpy(np.float64)
    paid = np.minimum(payers["paid_amount"].to_numpy(np.float64), _MOST_PAID * asked)
    bucket = _n_overdue(payers)
    of_all = paid.sum() / asked.sum() if asked.sum() else _PRIOR_PAID_SHARE
    weight = _SHARE_WEIGHT * (asked.mean() if asked.size else 1.0)
    paid_sum, asked_sum = (np.bincount(bucket, values, minlength=_MOST_OVERDUE + 1) for values in (paid, asked))
    share: Floats = (paid_sum + weight * of_all) / (asked_sum + weight)
    return share


def _n_overdue(rows: pd.DataFrame) -> Ints:
    return np.clip(rows["n_overdue"].to_numpy(np.float64, na_value=0.0), 0, _MOST_OVERDUE).astype(np.int64)
