"""Which columns move a payment curve over many charges, as a table and as shap's beeswarm."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import numpy as np
import pandas as pd

from recobro_models.explanation.additive import CurveExplainer
from recobro_models.importance import build_importance
from recobro_models.payment_curve import PaymentCurve

#: Days ahead that a summary speaks of where nobody says.
_DAYS: Final = 30
#: Inches that a column takes in the plot.
_ROW_HEIGHT: Final = 0.3
#: Of the dots, which are drawn as one picture: thousands of them one by one would be most of a model card's size.
_DOTS_PER_INCH: Final = 150


def build_shap_summary(curve: PaymentCurve, rows: pd.DataFrame, *, days: int = _DAYS) -> pd.DataFrame:
    """One row a column of the curve, the strongest first: `feature`, `mean_abs_shap`, `direction`.

    The SHAP values are those of `PaymentCurve.explain_unpaid`: log-odds of staying unpaid over `days` ahead, above 0
    raises the risk. `direction` as `build_importance` gives it.

    Args:
        curve: a fitted curve.
        rows: charges with the curve's columns and `as_of`; a few thousand tell as much as all.
    """
    explainer = CurveExplainer(curve)
    return build_importance(explainer.contributions(rows, days), explainer.columns, rows)


def plot_shap_summary(curve: PaymentCurve, rows: pd.DataFrame, *, days: int = _DAYS, most: int = 15) -> str:
    """The same as shap's beeswarm of the `most` strongest columns, as SVG: a dot a charge, red for a high value.

    The same rows give the same bytes. Needs `shap` and `matplotlib`, which are imported here and draw off screen.
    """
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    explainer, drawn = CurveExplainer(curve), io.StringIO()
    values = explainer.contributions(rows, days)
    known = curve.encoding.matrix(rows)
    # The grid's columns have no one value a charge.
    data = np.hstack([known, np.zeros((len(rows), values.shape[1] - known.shape[1]))])
    figure = Figure(figsize=(8, _ROW_HEIGHT * most + 1), layout="constrained")
    FigureCanvasSVG(figure)
    with _repeatable():
        import shap

        told = shap.Explanation(values, data=data, feature_names=list(explainer.columns))
        axes = figure.add_subplot()
        shap.plots.beeswarm(told, ax=axes, max_display=most, show=False, plot_size=None)
        for dots in axes.collections:
            dots.set_rasterized(True)
        figure.savefig(drawn, format="svg", dpi=_DOTS_PER_INCH, metadata={"Date": None, "Creator": None})
    return drawn.getvalue()


@contextmanager
def _repeatable() -> Iterator[None]:
    """Within it shap spreads its dots, and matplotlib names its parts, the same each time."""
    from matplotlib import rc_context

    state = np.random.get_state()
    np.random.seed(1)
    try:
        with rc_context({"svg.hashsalt": "recobro", "svg.fonttype": "none"}), warnings.catch_warnings():
            # shap's own: what matplotlib will deprecate, and columns that are empty in all rows.
            warnings.simplefilter("ignore", PendingDeprecationWarning)
            warnings.simplefilter("ignore", RuntimeWarning)
            yield
    finally:
        np.random.set_state(state)
