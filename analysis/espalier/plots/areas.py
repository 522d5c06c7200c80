# SPDX-License-Identifier: BSD-3-Clause
"""Robustness as one number: the mean share of the accuracy above chance that is kept over the levels."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from espalier.figures import heat_map, sample_size, subplots
from espalier.plots import Plot, file_name
from espalier.study import Study


def maps(areas: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """What a map is about, the heading of its columns, its areas: one of networks per noise, or of noises for one network."""
    if areas["line"].nunique() == 1:
        yield str(areas["line"].iloc[0]), "noise", areas.assign(column=areas["noise"])
        return
    for noise, here in areas.groupby("noise", observed=True):
        yield "without noise" if noise == "none" else f"with noise: {noise}", "network", here.assign(column=here["line"])


def plots(study: Study) -> Iterator[Plot]:
    if study.areas.empty:
        return
    for dataset, areas in study.areas.groupby("dataset", observed=True):
        for about, heading, here in maps(areas):
            table = study.over_seeds(here, ["panel", "column"], "area")
            table = table.rename(columns={"column": heading, "panel": "perturbation"})
            width, height = 2.6 + 0.95 * table[heading].nunique(), 1.3 + 0.42 * table["perturbation"].nunique()
            figure, axes = subplots(figsize=(width, height))
            heat_map(axes, table, "perturbation", heading)
            note = ("Share of the accuracy above chance that is kept, averaged over the levels from 0 to the highest one "
                    f"(1: nothing is lost); {sample_size(table, mark='brackets')}.")
            yield Plot(file_name("areas", dataset, about), f"Robustness area: {dataset}, {about}", figure, note)
