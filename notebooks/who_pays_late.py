# %% [markdown]
# # Who pays late, and how early does it show?
#
# The next cell prints the answer in two sentences; what follows shows where it comes from. Everything that is said
# about a day uses only what the books knew at the start of that day: a payment that came, or was recorded, later is
# not in it. What became of each charge is joined afterwards.

# %%
import os
from pathlib import Path

import numpy as np
import pandas as pd
from workings import early_signs, lateness, style
from workings.lateness import LATE, SEGMENTS, VERY_LATE
from workings.portfolio import SAMPLE, load_portfolio

OUT = os.environ.get("RECOBRO_NOTEBOOK_OUT")
EVERY = 10  # days between the days looked at; most charges are billed monthly

portfolio = load_portfolio(Path(os.environ.get("RECOBRO_NOTEBOOK_DATA", SAMPLE)))
outcomes = lateness.build_outcomes(portfolio)
history_days = (portfolio.as_of - outcomes["due_on"].min().date()).days
# The first 90 days only fill the history; the last 30 are needed to see what became of the charges.
n_days = min(16, max(2, (history_days - 90 - VERY_LATE) // EVERY))
known = lateness.build_known(portfolio, portfolio.days(every=EVERY, n=n_days, before_end=VERY_LATE), outcomes)
ahead = early_signs.unpaid_before_due(known, days=EVERY)
by_signal = early_signs.build_signal_auc(ahead)

# %%
late, very_late = outcomes["is_late"].mean(), outcomes["is_very_late"].mean()
print(
    f"Of {len(outcomes):,} charges, {late:.0%} were paid {LATE} or more days late and {very_late:.0%} {VERY_LATE} or "
    f"more, and a tenth of the debtors hold {lateness.share_of_worst(outcomes):.0%} of the latter. "
    f"{early_signs.say_how_early(ahead, by_signal.loc[early_signs.TOGETHER], days=EVERY)}"
)

# %% [markdown]
# ## How late
#
# A charge counts by the day on which it was wholly paid. One that is still unpaid counts with its days so far, which
# is why only charges that fell due 30 or more days ago are in: for them both questions have an answer.

# %%
period = f"{outcomes['due_on'].min():%B %Y} to {outcomes['due_on'].max():%B %Y}"
figure, (spread, months) = style.start_figure(
    f"{late:.0%} of charges are {LATE} or more days late, {very_late:.0%} {VERY_LATE} or more",
    f"{len(outcomes):,} charges of {outcomes['debtor_id'].nunique():,} debtors that fell due {period}",
    panels=2,
)
edges = [-np.inf, -5, 0, 1, LATE, 15, VERY_LATE, 60, np.inf]
names = ["6+\nearly", "1-5\nearly", "due\ndate", "1-4", "5-14", "15-29", "30-59", "60+"]
shares = pd.cut(outcomes["days_late"], edges, right=False, labels=names).value_counts(normalize=True, sort=False)
colours = [style.GREY] * 4 + [style.RISING[2]] * 2 + [style.ORANGE] * 2
spread.bar(range(len(names)), shares, color=colours, width=0.8)
spread.set_xticks(range(len(names)), names, fontsize=9)
spread.grid(visible=False, axis="x")
spread.set_xlabel("Days from due date to payment")
spread.set_ylabel("Share of charges")
style.percent_axis(spread)

by_month = lateness.build_by_month(outcomes)
for name, colour, label in (
    ("late", style.RISING[2], f"{LATE}+ days late"),
    ("very_late", style.ORANGE, f"{VERY_LATE}+ days late"),
):
    place = range(len(by_month))
    months.fill_between(place, by_month[f"low_{name}"], by_month[f"high_{name}"], color=colour, alpha=0.18, lw=0)
    months.plot(place, by_month[f"rate_{name}"], color=colour, marker="o", ms=4)
    style.label_point(months, (place[-1], by_month[f"low_{name}"].iloc[-1]), label, colour, below=True, ha="right")
step = 1 + (len(by_month) - 1) // 10
months.set_xticks(range(0, len(by_month), step), [f"{month:%b\n%y}" for month in by_month.index[::step]], fontsize=9)
months.set_xlabel("Month of the due date (band: 95% interval)")
style.percent_axis(months)
style.show(figure, "who_pays_late_1_how_late", OUT)

# %% [markdown]
# ## How early it shows
#
# How often a charge that ends up 30 or more days late was ranked above one that does not (AUC: 50% is a coin, 100% is
# foresight). The score is the mean rank of five things the books know of the debtor's other charges; nothing is
# fitted, so nothing can leak from later days. *All billed* counts what is paid by then as safe: it rises by itself as
# payments come in. *Still unpaid* is the harder question, and the one a collector has. The grey marks leave only
# debtors who owe *nothing older*: whoever already owes two charges will be late with the third, and nobody needs a
# model for that.

# %%
early = early_signs.build_auc(known)
figure, (by_day, alone) = style.start_figure(
    early_signs.title_how_early(by_signal.loc[early_signs.TOGETHER]),
    f"{known['charge_id'].nunique():,} charges seen on {n_days} days, as known then; bands and bars: 95% intervals",
    panels=2,
)
figure.subplots_adjust(wspace=0.58)
by_day.plot(early.index, early["billed"], color=style.BLUE, marker="o", ms=4)
for name, colour, marker in (("open", style.ORANGE, "s"), ("clean", style.GREY, "o")):
    by_day.fill_between(early.index, early[f"{name}_low"], early[f"{name}_high"], color=colour, alpha=0.15, lw=0)
    by_day.plot(early.index, early[name], color=colour, marker=marker, ms=4)
    place = np.arange(len(by_signal)) + (0.12 if name == "open" else -0.12)
    table = pd.DataFrame({"rate": by_signal[name], "low": by_signal[f"{name}_low"], "high": by_signal[f"{name}_high"]})
    style.with_interval(alone, place, table, of="x", marker=marker, color=colour)
style.label_point(by_day, (0, 0.98), "All billed", style.BLUE, ha="right", below=True)
style.label_point(by_day, (early.index[-1], early["open_high"].iloc[-1]), "Still unpaid", style.ORANGE, ha="right")
style.label_point(by_day, (early.index[0], 0.4), "Of these, nothing\nolder owed", style.GREY, ha="left")
alone.set_yticks(range(len(by_signal)), by_signal.index, fontsize=9.5)
alone.set_title(f"Each signal, {EVERY} to 1 days before", loc="left", size=10)
by_day.set_title("All five together, by day", loc="left", size=10)
alone.axvline(0.5, color=style.INK, lw=1)
by_day.axhline(0.5, color=style.INK, lw=1)
alone.annotate(" a coin", (0.5, len(by_signal) - 1.45), size=9, color="#555555")
by_day.axvline(0, color=style.INK, lw=1)
by_day.set_xlabel("Days past due (negative: before the due date)")
by_day.set_ylabel("Pairs ranked right (AUC)")
alone.set_xlabel("Pairs ranked right (AUC)")
style.percent_axis(by_day)
style.percent_axis(alone, of="x")
by_day.set_ylim(0.35, 1.0)
alone.set_xlim(0.35, 1.0)
style.show(figure, "who_pays_late_2_how_early", OUT)

# %% [markdown]
# What waiting brings: with each day that passes fewer charges are unpaid, and more of those turn out very late.

# %%
waiting = early[["n", "still_open", "turns", "open", "clean"]].copy()
waiting.index = pd.Index([f"{middle - 2:+.0f} to {middle + 2:+.0f}" for middle in waiting.index], name="days past due")
waiting.columns = ["charges", "still unpaid", "of these 30+ late", "pairs right", "nothing older owed"]
formats = dict.fromkeys(waiting.columns[1:], "{:.0%}".format) | {"charges": "{:,.0f}".format}
print(waiting.to_string(formatters=formats, na_rep="too few"))

# %% [markdown]
# ## Which behaviour pays when
#
# Debtors are parted by their last six due charges as they stood when the charge was first seen open, and late means 5
# or more days. The right side answers what silence means: of the charges unpaid on a day, how many end up very late.

# %%
steps = np.arange(-EVERY, 61)
curves = lateness.build_curves(known, steps)
silence = lateness.build_silence(known)
figure, (paid, silent) = style.start_figure(
    lateness.title_curves(curves),
    "By the debtor's last six due charges; late: 5 or more days",
    panels=2,
)
colour_of = dict(zip(SEGMENTS, (style.BLUE, style.RISING[2], style.ORANGE, style.GREY), strict=True))
for segment, curve in curves.items():
    thick = curve[curve["n"] >= 10]
    paid.plot(thick.index, thick["share"], color=colour_of[segment], label=segment, drawstyle="steps-post")
    if segment in silence.columns:
        silent.plot(silence.index, silence[segment], color=colour_of[segment], marker="o", ms=4)
paid.legend(fontsize=9, loc="lower right", bbox_to_anchor=(1.0, 0.02))
for axes, label in (
    (paid, "Share of charges wholly paid"),
    (silent, f"Of those unpaid so far, share {VERY_LATE}+ days late"),
):
    axes.axvline(0, color=style.INK, lw=1)
    axes.set_title(label, loc="left", size=10)
    axes.set_xlabel("Days past due (negative: before the due date)")
    style.percent_axis(axes, top=1.0)
style.show(figure, "who_pays_late_3_payment_curves", OUT)

# %% [markdown]
# ## For the boss: what to look at before the due date
#
# Charges unpaid in the ten days before they fall due, each counted once. *Times* compares with all of them.

# %%
signals = early_signs.build_signal_table(ahead).reset_index()
signals["95% interval"] = [f"{low:.0%} - {high:.0%}" for low, high in zip(signals["low"], signals["high"], strict=True)]
signals = signals.rename(columns={"n": "charges", "rate": "30+ days late"}).drop(columns=["hits", "low", "high"])
signals["signal"] = signals["signal"].mask(signals["signal"].duplicated(), "")
order = ["signal", "group", "charges", "30+ days late", "95% interval", "times"]
formats = {"charges": "{:,}".format, "30+ days late": "{:.0%}".format, "times": "{:.1f}".format}
print(signals[order].to_string(index=False, formatters=formats))

# %% [markdown]
# ## What this does not say
#
# Debtors were contacted while they owed, so these are charges *as they were collected*, not as they would have been
# left alone; what contact adds is another question. Charges of one debtor go together: the bands draw whole debtors,
# the intervals of the shares do not and are a little too narrow.
