# SPDX-License-Identifier: BSD-3-Clause
"""Noise that is fitted to one perturbation and met by another: the gain over no noise of every pair."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.patches import Rectangle

from espalier.figures import heat_map, sample_size, subplots
from espalier.plots import Plot, file_name
from espalier.study import Study
from espalier.transfer import MAP, UNPERTURBED, diagonal_test, gain_table, is_a_map

SURE = 0.05


def in_order(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of `gain_table` so that the unperturbed row is at the top, and the diagonal runs from there."""
    source = {name: i for i, name in enumerate(table["source"].unique())}
    own = dict(table.loc[table["matched"], ["perturbation", "source"]].to_numpy())
    others = {name: len(source) + i for i, name in enumerate(table["perturbation"].unique())}
    place = {name: -1 if name == UNPERTURBED else source[own[name]] if name in own else others[name] for name in others}
    return table.sort_values(["source", "perturbation"], key=lambda names: names.map(source if names.name == "source" else place),
                             kind="stable")


def words(row: Any) -> str:
    """'+7.7*' above '± 17.4': percentage points with half of the interval, a star where no gain is out of the question."""
    half = "" if np.isnan(row.low) else f"\n± {50 * (row.high - row.low):.1f}"
    return f"{100 * row.estimate:+.1f}{'*' if row.p_holm < SURE else ''}{half}"


def drawn(table: pd.DataFrame) -> Any:
    """The transfer map of a `gain_table`: sources down, perturbations across, the matched pairs framed."""
    table = in_order(table)
    sources, met = list(table["source"].unique()), list(table.sort_values("perturbation")["perturbation"].unique())
    figure, axes = subplots(figsize=(2.2 + 0.78 * len(met), 1.5 + 0.48 * len(sources)))
    image = heat_map(axes, table, "source", "perturbation", words, float(table["estimate"].abs().max()))
    shown = [label.get_text() for label in axes.get_xticklabels()]
    for row in table[table["matched"]].itertuples():
        corner = (shown.index(str(row.perturbation)) - 0.5, sources.index(row.source) - 0.5)
        axes.add_patch(Rectangle(corner, 1, 1, fill=False, edgecolor="black", linewidth=1.8))
    axes.set_xlabel("what the network meets")
    axes.set_ylabel("what the noise is fitted to")
    bar = figure.colorbar(image, ax=axes, pad=0.02, format=lambda share, _: f"{100 * share:+.0f}")
    bar.set_label("gain (percentage points)")
    return figure


def verdict(of: pd.DataFrame, at_least: int | None) -> str:
    """The test of the diagonal against the rest in words; nothing for one seed."""
    test = diagonal_test(of, at_least)
    if test["n"] < 2:
        return ""
    return (f" The own source gains {100 * test['difference']:+.1f} points more than others (95 % t interval "
            f"{100 * test['low']:.1f} to {100 * test['high']:.1f}, paired over {test['n']:.0f} seeds, p = {test['p']:.2g}).")


def plots(study: Study) -> Iterator[Plot]:
    for key, here in study.gains.groupby(MAP, observed=True, sort=False):
        if not is_a_map(here):
            continue
        dataset, line, noise = key
        table = gain_table(here, at_least=study.at_least)
        note = ("Accuracy with the noise less accuracy of the same networks without it, in percentage points; framed: noise "
                f"fitted to what the network meets; {sample_size(table, mark='±')}. * p < {SURE} after Holm's correction over "
                f"the map (paired t test).{verdict(here, study.at_least)}")
        yield Plot(file_name("transfer", *key), f"Transfer of noise: {dataset}, {line}, {noise}", drawn(table), note)
