# SPDX-License-Identifier: BSD-3-Clause
"""What each rank did when, and how much of its time it computed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from espalier.figures import COLOURS, subplots
from espalier.plots import Plot
from espalier.study import Study

COLOUR = {"models": COLOURS[1], "noise": COLOURS[2], "tails": COLOURS[4], "results": COLOURS[0]}
WORK = {"models": "training", "noise": "fitting noise", "tails": "retraining tails", "results": "evaluating"}
SEEN = 1 / 2000  # share of the width that an eye can tell apart


def bars_of(results_rows: pd.DataFrame, shortest: float) -> pd.DataFrame:
    """Rows of one rank as bars (start, end) in seconds; bars with gaps too short to be seen are one."""
    rows = results_rows.sort_values("written")
    start, end = (rows["written"] - rows["seconds"]).to_numpy(), rows["written"].to_numpy()
    first = np.insert(start[1:] - np.maximum.accumulate(end)[:-1] > shortest, 0, True)
    group = np.cumsum(first) - 1
    return pd.DataFrame({"start": start, "end": end}).groupby(group).agg({"start": "min", "end": "max"})


def work(study: Study) -> pd.DataFrame:
    """Finished rows of all tables that say when: what, run, rank, seconds, written."""
    parts = []
    for name in WORK:
        if {"written", "seconds"} <= set(study.results.columns_of(name)):
            table = study.results.table(name, ["status", "run", "rank", "seconds", "written"])
            parts.append(table[table["status"].isin(["done", "failed"]) & (table["written"] > 0)].assign(what=name))
    return pd.concat(parts) if parts else pd.DataFrame(columns=["run"])


def plots(study: Study) -> Iterator[Plot]:
    rows = work(study)
    for run, here in rows.groupby("run"):
        about = study.results.table("runs", ["start", "end", "ranks"]).loc[run]
        end = max(about["end"], here["written"].max())
        here = here[here["written"] >= about["start"]]  # rows taken over from another file were written elsewhere
        if here.empty:
            continue
        took = end - about["start"]
        unit, name = (3600, "hours") if took > 7200 else (60, "minutes") if took > 120 else (1, "s")
        figure, axes = subplots(figsize=(8.6, 1.1 + 0.22 * min(about["ranks"], 40)))
        for (rank, what), some in here.groupby(["rank", "what"]):
            bars = bars_of(some, SEEN * took)
            spans = zip((bars["start"] - about["start"]) / unit, (bars["end"] - bars["start"]) / unit, strict=True)
            axes.broken_barh(list(spans), (rank - 0.4, 0.8), facecolors=COLOUR[what], linewidth=0)
        axes.set_ylim(-0.6, about["ranks"] - 0.4)
        axes.invert_yaxis()
        axes.yaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        axes.set_xlabel(f"{name} since the start of the run")
        axes.set_ylabel("rank")
        shown = [Patch(color=COLOUR[w], label=WORK[w]) for w in WORK if (here["what"] == w).any()]
        axes.legend(handles=shown, loc="lower left", bbox_to_anchor=(0, 1), ncol=len(shown))
        busy = here["seconds"].sum() / (about["ranks"] * took)
        note = (f"Each bar is time in which a rank computed; white is start, waiting and writing. {100 * busy:.0f} % of the "
                f"time of {about['ranks']:.0f} {'rank' if about['ranks'] == 1 else 'ranks'} went into finished work.")
        yield Plot(f"timetable-{run}", f"Timetable of run {run}", figure, note)
