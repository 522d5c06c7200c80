# SPDX-License-Identifier: BSD-3-Clause
"""Degrees of the neurons before and after training: how many links a neuron of a sparse layer has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from espalier.figures import legend_entry, logarithmic, Style, style, subplots
from espalier.plots import Plot
from espalier.study import Study

BEFORE, AFTER = ":", "-"


def at_least(counts: pd.DataFrame) -> pd.Series:
    """Share of neurons with k links or more, at the lower ends k of the bins from 1 on, of rows of `degrees`."""
    neurons = counts.groupby("degree")["neurons"].sum().sort_index(ascending=False)
    share = neurons.cumsum() / neurons.sum()
    return share[share.index > 0].sort_index()


def first_and_last(degrees: pd.DataFrame) -> pd.DataFrame:
    """Degrees before any rewiring and at the end, in the column `when`. An epoch's links are counted before it rewires, so those
    of the first epoch are the ones that were drawn; a training that stopped early ends with its last epoch."""
    last = degrees.groupby("model")["epoch"].transform("max")
    return pd.concat([degrees[degrees["epoch"] == 1].assign(when=BEFORE), degrees[degrees["epoch"] == last].assign(when=AFTER)])


def drawn(degrees: pd.DataFrame) -> Any:
    """In- and out-degrees of the networks of one data set, a line per label in the column `line`."""
    lines = sorted(degrees["line"].unique())
    figure, grid = subplots(1, 2, figsize=(7.2, 3.3), sharey=True)
    for (direction, line, when), counts in first_and_last(degrees).groupby(["direction", "line", "when"], observed=True):
        axes, look = grid[["in", "out"].index(direction)], style(lines.index(line))
        share = at_least(counts)
        axes.plot(share.index, share, color=look.colour, linestyle=when, marker=look.marker if when == AFTER else "",
                  markersize=3.5, linewidth=1.3)
    for axes, name in zip(grid, ("in-degree k", "out-degree k"), strict=True):
        logarithmic(axes, "x", "y")
        axes.set_xlabel(name)
    grid[0].set_ylabel("share of neurons with k links or more")
    figure.tight_layout()
    entries = [legend_entry(style(i), line) for i, line in enumerate(lines)]
    whens = ((BEFORE, "before training"), (AFTER, "after training"))
    entries += [legend_entry(Style("0.35", "", dash), when) for dash, when in whens]
    figure.legend(handles=entries, loc="upper center", bbox_to_anchor=(0.5, 0), ncol=min(4, len(entries)))
    return figure


def plots(study: Study) -> Iterator[Plot]:
    if not study.results.has("degrees"):
        return
    degrees = study.results.degrees
    degrees = degrees.assign(line=degrees["model"].map(study.line_of_model)).dropna(subset=["line"])
    for dataset, here in degrees.groupby("dataset", observed=True):
        note = (f"Neurons of the sparse layers of {here['model'].nunique()} networks (all seeds of a kind together). Dotted: the "
                "links as they were drawn; full: after training.")
        yield Plot(f"degrees-{dataset}", f"Degrees before and after training: {dataset}", drawn(here), note)
