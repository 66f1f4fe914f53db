"""A binary LightGBM classifier that stores itself as text and JSON: loading it executes no code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

Floats = NDArray[np.float64]

#: Rows up to which one thread predicts.
_FEW_ROWS: Final = 1000


class BoostedClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Gradient boosted trees for two classes; missing values are welcome.

    Args:
        n_estimators, learning_rate, num_leaves, min_child_samples, reg_lambda, feature_fraction: as LightGBM's.
        monotone: sign by column index (-1 never rises, 1 never falls); absent columns are free.
        categorical: column indices that hold category codes (whole numbers >= 0, NaN for none).
        seed, threads: for a repeatable fit (LightGBM's deterministic mode).
    """

    #: Name of the file that holds the trees.
    file = "booster.txt"

    def __init__(
        self, *, n_estimators: int = 200, learning_rate: float = 0.06, num_leaves: int = 31,
        min_child_samples: int = 40, reg_lambda: float = 5.0, feature_fraction: float = 0.7,
        monotone: dict[int, int] | None = None, categorical: Sequence[int] = (), seed: int = 1, threads: int = 2,
    ) -> None:  # fmt: skip
        self.n_estimators = n_estimators
        self.learning_rate = learning_rate
        self.num_leaves = num_leaves
        self.min_child_samples = min_child_samples
        self.reg_lambda = reg_lambda
        self.feature_fraction = feature_fraction
        self.monotone = monotone
        self.categorical = categorical
        self.seed = seed
        self.threads = threads

    def fit(
        self,
        X: ArrayLike,  # noqa: N803
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
    ) -> BoostedClassifier:
        """Fit to rows `X` and their classes `y`.

        Raises:
            ValueError: more or fewer than two classes.
        """
        import lightgbm

        rows, known = validate_data(self, X, y, ensure_all_finite="allow-nan", dtype=np.float64)
        check_classification_targets(known)
        self.classes_ = np.unique(known)
        if len(self.classes_) != 2:
            noun = "class" if len(self.classes_) == 1 else "classes"
            raise ValueError(f"Only binary classification is supported: found {len(self.classes_)} {noun}, not 2")
        weight = None if sample_weight is None else _check_sample_weight(sample_weight, rows, dtype=np.float64)
        # LightGBM counts rows of no weight where it cuts columns and leaves; to us they are no rows.
        # The whole is taken as it is: a copy of it is as large as all that LightGBM makes of it.
        counts = slice(None) if weight is None or (weight > 0).all() else weight > 0
        dataset = lightgbm.Dataset(
            rows[counts], label=(known[counts] == self.classes_[1]).astype(np.int8),
            weight=None if weight is None else weight[counts],
            categorical_feature=list(self.categorical), params={"verbosity": -1}, free_raw_data=True,
        )  # fmt: skip
        self.booster_ = lightgbm.train(self._lightgbm_parameters(rows.shape[1]), dataset, self.n_estimators)
        return self

    def _lightgbm_parameters(self, n_columns: int) -> dict[str, Any]:
        signs = [0] * n_columns
        for column, sign in (self.monotone or {}).items():
            signs[column] = sign
        return {
            "objective": "binary", "learning_rate": self.learning_rate, "num_leaves": self.num_leaves,
            "min_data_in_leaf": self.min_child_samples, "lambda_l2": self.reg_lambda,
            "feature_fraction": self.feature_fraction, "feature_fraction_bynode": 1.0, "bagging_freq": 0,
            "monotone_constraints": signs if any(signs) else None, "monotone_constraints_method": "intermediate",
            "cat_smooth": 50, "min_data_per_group": 200, "min_data_in_bin": 1, "seed": self.seed, "deterministic": True,
            "force_row_wise": True, "num_threads": self.threads, "verbosity": -1,
        }  # fmt: skip

    def log_odds(self, X: ArrayLike) -> Floats:  # noqa: N803
        """Log-odds of the second class; the columns are taken as they are."""
        if not hasattr(self, "booster_"):
            check_is_fitted(self, "booster_")
        rows = np.asarray(X, np.float64)
        if not len(rows):
            return np.empty(0)
        # Threads that wait for each other take longer over a few rows than one does.
        threads = self.threads if len(rows) > _FEW_ROWS else 1
        found: Floats = self.booster_.predict(rows, raw_score=True, num_threads=threads)
        return found

    def predict_proba(self, X: ArrayLike) -> Floats:  # noqa: N803
        """Probability of each class, in the order of `classes_`."""
        check_is_fitted(self, "booster_")
        rows = validate_data(self, X, ensure_all_finite="allow-nan", dtype=np.float64, reset=False)
        second = 1 / (1 + np.exp(-self.log_odds(rows)))
        return np.column_stack([1 - second, second])

    def predict(self, X: ArrayLike) -> NDArray[Any]:  # noqa: N803
        """The likelier class of each row."""
        check_is_fitted(self, "booster_")
        found: NDArray[Any] = self.classes_[(self.predict_proba(X)[:, 1] > 0.5).astype(int)]
        return found

    def contributions(self, X: ArrayLike) -> Floats:  # noqa: N803
        """SHAP values of each column and, last, the base value, in log-odds of the second class (TreeSHAP)."""
        check_is_fitted(self, "booster_")
        values: Floats = self.booster_.predict(np.asarray(X, np.float64), pred_contrib=True, num_threads=self.threads)
        return values

    def to_text(self) -> str:
        """The fitted trees in LightGBM's text format."""
        check_is_fitted(self, "booster_")
        return str(self.booster_.model_to_string())

    @classmethod
    def from_text(cls, text: str, *, threads: int = 2) -> BoostedClassifier:
        """The classifier that `to_text` wrote, for classes 0 and 1."""
        import lightgbm

        model = cls(threads=threads)
        model.booster_ = lightgbm.Booster(model_str=text)
        model.classes_ = np.array([0, 1])
        model.n_features_in_ = model.booster_.num_feature()
        return model

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.classifier_tags.multi_class = False
        return tags
