"""Robustness as one number: the mean share of the accuracy above chance that is kept over the levels."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib.pyplot as plt

from espalier.figures import heat_map, sample_size
from espalier.intervals import over_seeds
from espalier.plots import Plot, file_name
from espalier.study import Study


def plots(study: Study) -> Iterator[Plot]:
    if study.areas.empty:
        return
    for (dataset, noise), areas in study.areas.groupby(["dataset", "noise"], observed=True):
        table = over_seeds(areas, ["panel", "line"], "area").rename(columns={"line": "network", "panel": "perturbation"})
        width, height = 2.6 + 0.95 * table["network"].nunique(), 1.3 + 0.42 * table["perturbation"].nunique()
        figure, axes = plt.subplots(figsize=(width, height))
        heat_map(axes, table, "perturbation", "network")
        under = "without noise" if noise == "none" else f"with noise: {noise}"
        note = ("Share of the accuracy above chance that is kept, averaged over the levels from 0 to the highest one "
                f"(1: nothing is lost); {sample_size(table, mark='brackets')}.")
        yield Plot(file_name("areas", dataset, noise), f"Robustness area: {dataset}, {under}", figure, note)
