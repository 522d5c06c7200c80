# SPDX-License-Identifier: BSD-3-Clause
"""Learning curves: test accuracy, training loss and rewired links against epochs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from matplotlib.ticker import MaxNLocator

from espalier.figures import curve, sample_size, style, subplots
from espalier.plots import Plot
from espalier.study import Study

SHOWN = {"test_accuracy": "test accuracy", "train_loss": "training loss (nat)", "rewired": "rewired links"}


def plots(study: Study) -> Iterator[Plot]:
    epochs = study.results.epochs
    epochs = epochs.assign(line=epochs["model"].map(study.line_of_model)).dropna(subset=["line"])
    for dataset, here in epochs.groupby("dataset", observed=True):
        names = [name for name in SHOWN if name in here and np.isfinite(here[name]).all() and here[name].any()]
        if not names:
            continue
        lines = sorted(here["line"].unique())
        figure, grid = subplots(1, len(names), figsize=(3 * len(names), 2.8), squeeze=False)
        for axes, name in zip(grid[0], names, strict=True):
            table = study.over_seeds(here, ["line", "epoch"], name)
            for i, line in enumerate(lines):
                curve(axes, "epoch", table[table["line"] == line], style(i), line)
            axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
            axes.set_xlabel("epoch")
            axes.set_ylabel(SHOWN[name])
        figure.tight_layout()
        figure.legend(*grid[0, 0].get_legend_handles_labels(), loc="upper center", bbox_to_anchor=(0.5, 0),
                      ncol=min(5, len(lines)))
        yield Plot(f"learning-{dataset}", f"Learning: {dataset}", figure, f"Means over networks; {sample_size(table)}.")
