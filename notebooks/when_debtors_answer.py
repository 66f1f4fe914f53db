# %% [markdown]
# # When and where do debtors answer?
#
# The next cell prints the answer in two sentences; what follows shows where it comes from. *Reached* means that the
# attempt got to the debtor: somebody else, nobody, or a message delivered but not read is not that. Hours and
# weekdays are the debtor's own. Bars are 95% intervals (Wilson).

# %%
import os
from pathlib import Path

import numpy as np
import pandas as pd
from workings import answering, style, wording
from workings.answering import WEEKDAYS
from workings.measures import rates
from workings.portfolio import SAMPLE, load_portfolio

from recobro_models.contact_times import ContactTimes

OUT = os.environ.get("RECOBRO_NOTEBOOK_OUT")
FEW = 20  # attempts in a cell below which its rate is not read

portfolio = load_portfolio(Path(os.environ.get("RECOBRO_NOTEBOOK_DATA", SAMPLE)))
attempts = answering.load_attempts(portfolio)
calls = attempts[attempts["channel"] == "call"]
by_channel = rates(attempts["reached"], attempts["channel"]).query("n >= 100").sort_values("rate")
by_hour, by_weekday = rates(calls["reached"], calls["hour"]), rates(calls["reached"], calls["weekday"])
needed = answering.build_needed(attempts)
differences = {column: answering.find_difference(calls, column) for column in ("hour", "weekday")}

# %%
best = by_hour[by_hour["n"] >= FEW]["rate"].idxmax()
peak = by_hour.loc[best]
print(
    f"{wording.say_where(by_channel, answering.first_at_half(needed['call']))} Calls get through best at {best}:00 "
    f"({peak['rate']:.0%}, 95% interval {peak['low']:.0%} to {peak['high']:.0%}, against {calls['reached'].mean():.0%} "
    f"in all), {differences['hour']}."
)

# %% [markdown]
# ## The model
#
# The product's model of contact times draws thin cells towards their hour, weekday and channel, and adds what this
# debtor answered before. Each attempt comes with the history as of the day that starts its fortnight, so that nothing
# an attempt brought is in the history beside it.

# %%
EVERY, N_TEST = 14, 3  # days between as-of days, and how many of them are kept to try the model on
n_days = min(14, (portfolio.as_of - attempts["attempted_on"].min().date()).days // EVERY)
rows = answering.build_attempt_rows(portfolio, portfolio.days(every=EVERY, n=n_days, before_end=EVERY), watch=EVERY)
trial = answering.fit_and_try(rows, n_test=N_TEST)
hours, weekdays = sorted(calls["hour"].unique()), sorted(calls["weekday"].unique())
history = answering.load_history(portfolio, portfolio.as_of)
expected = answering.predict_by_hour(ContactTimes.fit(rows), history, hours, weekdays)

# %% [markdown]
# ## By hour and by weekday
#
# Blue is what was seen. Orange is what the model expects if *everybody* were called in that hour; raw rates mix the
# hour with who was called in it. Where orange lies higher, those who were called are harder to reach than the others.

# %%
figure, panels = style.start_figure(
    wording.title_hours(by_hour, best, differences["hour"]),
    f"{len(calls):,} calls to {calls['debtor_id'].nunique():,} debtors, {calls['attempted_on'].min():%B %Y} to "
    f"{calls['attempted_on'].max():%B %Y}; small numbers: calls",
    panels=2,
)
figure.subplots_adjust(wspace=0.12)
ceiling = 1.12 * max(by_hour["high"].max(), by_weekday["high"].max())
ticks = ([f"{hour}" for hour in by_hour.index], [WEEKDAYS[day] for day in by_weekday.index])
model_means = (expected.mean(axis=0), expected.mean(axis=1))
for axes, table, names, mean in zip(panels, (by_hour, by_weekday), ticks, model_means, strict=True):
    place = np.arange(len(table))
    style.with_interval(axes, place, table, color=style.BLUE, label="Seen")
    axes.plot(
        place,
        mean.loc[table.index],
        color=style.ORANGE,
        marker="_",
        ms=14,
        mew=2.5,
        lw=0,
        label="Model, everybody called",
    )
    axes.axhline(calls["reached"].mean(), color=style.GREY, lw=1, ls="--")
    axes.set_xticks(place, names)
    axes.grid(visible=False, axis="x")
    style.count_below(axes, place, table["n"])
    style.percent_axis(axes, top=ceiling)
panels[0].set_ylabel("Share of calls that reach the debtor")
panels[0].set_xlabel("Hour of the debtor's day")
panels[1].set_xlabel("Weekday")
panels[1].tick_params(labelleft=False)
panels[1].legend(fontsize=9, ncols=2, loc="lower right", bbox_to_anchor=(1.02, 0.98))
style.show(figure, "when_debtors_answer_1_hour_and_weekday", OUT)

# %% [markdown]
# How often would luck alone bring differences this large? *Whoever is called* looks at the rates as they are; *one
# debtor's own calls* shuffles hours and weekdays among the calls of each debtor, so that who is called when explains
# nothing.

# %%
chances = {
    name: ["under 0.1%" if p < 0.001 else f"{p:.1%}" for p in (each.p_raw, each.p_within)]
    for name, each in differences.items()
}
columns = ["whoever is called", "one debtor's own calls"]
print(pd.DataFrame.from_dict(chances, orient="index", columns=columns).to_string())
print(f"By weekday calls differ by up to {100 * np.ptp(by_weekday['rate']):.0f} points, {differences['weekday']}.")

# %% [markdown]
# ## Weekday and hour together
#
# The left side is what one would put on the wall; cells with few calls are crossed out, for their rate is mostly
# luck. The right side is what the model makes of the fortnights it was fitted on, for everybody.

# %%
cell = calls.groupby(["weekday", "hour"])["reached"].agg(["size", "mean"])
seen, n_seen = (cell[name].unstack().reindex(index=weekdays, columns=hours) for name in ("mean", "size"))
few = n_seen.fillna(0) < FEW
figure, panels = style.start_figure(
    wording.title_week(seen, int(few.sum().sum()), least=FEW),
    f"Share of calls that reach the debtor, in percent; crossed out: fewer than {FEW} calls",
    panels=2,
    height=3.9,
)
figure.subplots_adjust(wspace=0.1)
highest = float(seen.where(~few).max(axis=None, skipna=True))
for axes, table, crossed in ((panels[0], seen, few), (panels[1], expected, few & False)):
    style.draw_week(axes, table, crossed, highest=max(highest, float(expected.max(axis=None))))
    axes.set_xlabel("Hour of the debtor's day")
    axes.set_yticks(range(len(weekdays)), [WEEKDAYS[day] for day in weekdays])
panels[0].set_title("Seen", loc="left", size=10)
panels[1].set_title("Model, if everybody were called", loc="left", size=10)
panels[1].tick_params(labelleft=False)
style.show(figure, "when_debtors_answer_2_week", OUT)

# %% [markdown]
# ## Where: channel and segment
#
# One row a segment, one mark a channel. Where bars overlap, these attempts do not tell the segments apart. Stages are
# as of the start of the attempt's fortnight and cover the model's fortnights only.

# %%
channels = list(by_channel.index)
segments = answering.build_segments(attempts, rows, channels)
groups = list(dict.fromkeys((by, group) for by, group, _ in segments.index))
figure, (axes,) = style.start_figure(
    wording.title_channels(by_channel),
    f"{len(attempts):,} attempts to {attempts['debtor_id'].nunique():,} debtors; bars: 95% intervals",
    height=0.42 * len(groups) + 2.0,
)
figure.subplots_adjust(left=0.2)
for at, channel in enumerate(channels):
    part = segments.xs(channel, level="channel")
    place = np.array([-groups.index(key) for key in part.index]) - 0.13 * (at - (len(channels) - 1) / 2)
    style.with_interval(axes, place, part, of="x", label=style.CHANNEL_NAMES[channel], **style.CHANNEL_LOOK[channel])
axes.legend(ncols=len(channels), loc="lower left", bbox_to_anchor=(-0.01, 0.98), handletextpad=0.2, columnspacing=1.2)
axes.set_yticks([-at for at in range(len(groups))], [wording.name_group(by, group) for by, group in groups])
axes.set_ylim(-len(groups) + 0.5, 0.5)
axes.grid(visible=False, axis="y")
axes.set_xlabel("Share of attempts that reach the debtor")
style.percent_axis(axes, of="x")
style.show(figure, "when_debtors_answer_3_channel_and_segment", OUT)

# %% [markdown]
# ## How many attempts it takes
#
# Attempts on one channel are counted from the last one that reached the debtor. Runs that broke off - paid, another
# channel, the end of the history - count as long as they lasted (Kaplan-Meier), so the curve says what going on
# brings, if those whose run broke off are like those whose run went on.

# %%
figure, (axes,) = style.start_figure(
    wording.title_needed(needed, {channel: style.CHANNEL_NAMES[channel] for channel in channels}),
    "Share of debtors reached by the n-th attempt in a row on the channel; shown while 20 or more are watched",
)
for channel in channels:
    curve = needed[channel][needed[channel]["n"] >= FEW]
    look = style.CHANNEL_LOOK[channel]
    axes.plot(curve.index, curve["share"], **look, ms=5, label=style.CHANNEL_NAMES[channel])
axes.legend(loc="lower right", reverse=True)
axes.axhline(0.5, color=style.GREY, lw=1, ls="--")
axes.set_xticks(range(1, 13))
axes.set_xlabel("Attempts in a row")
axes.set_ylabel("Share of debtors reached")
style.percent_axis(axes, top=1.05)
style.show(figure, "when_debtors_answer_4_attempts_needed", OUT)

# %% [markdown]
# ## What the model adds to raw rates
#
# On the last weeks, which it had not seen, in log loss per 1,000 attempts: above 0 the model is the better one. An
# interval that holds 0 tells neither apart. Raw rates by cell are what a wall chart would have you use.

# %%
compared = trial.gains.copy()
compared["verdict"] = [f"model {wording.say_against(trial, name)}" for name in compared.index]
compared.index.name = "against"
numbers = dict.fromkeys(("gain", "low", "high"), "{:+.1f}".format)
print(f"{trial.n_tried:,} attempts of the last {N_TEST * EVERY} days, fitted on {trial.n_fitted:,} before them.")
print(compared.to_string(formatters=numbers, justify="left"))

# %% [markdown]
# ## What this does not say
#
# Reaching somebody is not being paid: what contact adds to payment is another question. An hour that looks best for
# all need not be best for one. And the intervals take attempts as if each were of another debtor; since some people
# answer and others do not, the true ones are somewhat wider.
