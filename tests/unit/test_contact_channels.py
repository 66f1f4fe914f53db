"""Contact times of several channels at once: the same as of each alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from tests.unit.model_samples import build_debtors

from recobro_data.vocabulary import CHANNELS
from recobro_models.contact_habits import Habits
from recobro_models.contact_terms import Looked, year_counts
from recobro_models.contact_times import ContactTimes

HOURS = range(8, 20)


def tried_debtors() -> pd.DataFrame:
    """Three debtors of whom something is known on some channels."""
    counts = {"n_sms_tried_365d": [4.0, 0.0, np.nan], "n_sms_reached_365d": [1.0, 0.0, np.nan]}
    rows = build_debtors(3, attempted_on=pd.Timestamp("2026-03-16"), days_since_last_reached=[2.0, np.nan, 40.0])
    return rows.assign(**counts).set_index(pd.Index([7, 7, -1]))


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_channels_week_is_the_same_among_others(channel: str) -> None:
    times, rows = ContactTimes.prior(), tried_debtors()
    np.testing.assert_array_equal(
        times.predict_weeks(rows, CHANNELS, HOURS)[channel], times.predict_week(rows, channel, HOURS)
    )


def test_a_day_of_each_channel_comes_in_the_order_asked() -> None:
    times, rows, asked = ContactTimes.prior(), tried_debtors(), ("email", "call")
    for channel, found in zip(asked, times.predict_days(rows, asked, 3, HOURS), strict=True):
        np.testing.assert_array_equal(found, times.predict_day(rows, channel, 3, HOURS))


def test_what_is_looked_up_once_are_the_counts_of_the_year() -> None:
    rows = tried_debtors()
    looked = Looked.at(rows, Habits.none())
    np.testing.assert_array_equal([looked.tried, looked.reached], year_counts(rows))
    assert looked.tried[:, CHANNELS.index("sms")].tolist() == [4.0, 0.0, 0.0]
