# SPDX-License-Identifier: BSD-3-Clause
"""Spectra of the fitted noises: in how many directions of activation space a perturbation moves a network."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import pandas as pd

from espalier import labels
from espalier.figures import curve, logarithmic, sample_size, style, subplots
from espalier.plots import Plot
from espalier.results import SPECTRUM
from espalier.study import Study

PLACES = 40  # of a curve, evenly spread over the logarithm of its number
PER_ROW = 3


def fits(study: Study) -> pd.DataFrame:
    """The finished fits: fit, dataset, seed, source, panel (network, and layer where several are), effective_rank, units."""
    if not SPECTRUM | {"source", "effective_rank"} <= set(study.results.columns_of("noise")):
        return pd.DataFrame(columns=["dataset"])
    noise = study.results.noise
    noise = noise[noise["status"] == "done"]
    cells = study.done.assign(fit=study.results.cells["fit"], source=labels.sources(study.results.cells))
    first = cells[cells["fit"] >= 0].drop_duplicates("fit").set_index("fit")
    table = noise.join(first[["dataset", "seed", "line", "source"]], rsuffix="_said", how="inner")
    panel = table["line"] + (", layer " + table["layer"].astype(str) if table["layer"].nunique() > 1 else "")
    return table.assign(source=table["source_said"], panel=panel, fit=table.index)


def spectrum(study: Study, fit: int) -> pd.DataFrame:
    """Shares of the trace at some places of one fit; as logarithms, whose mean is drawn."""
    values = study.results.spectrum(fit)
    place = np.unique(np.geomspace(1, len(values), PLACES).astype(int))
    return pd.DataFrame({"fit": fit, "place": place, "log_share": np.log10(values[place - 1] / values.sum())})


def ranks_in_words(table: pd.DataFrame) -> str:
    """'pgd: 30.0 of 300; motion-blur: 12.1 of 300': effective rank of the units, averaged over seeds and panels."""
    means = table.groupby("source", sort=False)[["effective_rank", "units"]].mean()
    return "; ".join(f"{name}: {row.effective_rank:.1f} of {row.units:.0f}" for name, row in means.iterrows())


def plots(study: Study) -> Iterator[Plot]:
    for dataset, here in fits(study).groupby("dataset", observed=True):
        points = pd.concat([spectrum(study, int(fit)) for fit in here["fit"]]).merge(here, on="fit")
        table = study.over_seeds(points, ["panel", "source", "place"], "log_share")
        table[["estimate", "low", "high"]] = 10 ** table[["estimate", "low", "high"]]
        panels, sources = sorted(here["panel"].unique()), list(here["source"].unique())
        columns = min(PER_ROW, len(panels))
        rows = -(-len(panels) // columns)
        figure, grid = subplots(rows, columns, figsize=(max(2.9 * columns, 5), 2.8 * rows), sharex=True, sharey=True,
                                squeeze=False)
        for axes, panel in itertools.zip_longest(grid.flat, panels):
            if panel is None:
                axes.set_visible(False)
                continue
            for i, source in enumerate(sources):
                curve(axes, "place", table[(table["panel"] == panel) & (table["source"] == source)], style(i), source)
            logarithmic(axes, "x", "y")
            axes.set_title(panel)
            axes.set_xlabel("eigenvalue, the largest first")
        for axes in grid[:, 0]:
            axes.set_ylabel("share of the trace")
        figure.tight_layout()
        looks = {line.get_label(): line for axes in grid.flat for line in axes.get_lines()}
        figure.legend(looks.values(), looks.keys(), loc="upper center", bbox_to_anchor=(0.5, 0), ncol=min(4, len(looks)))
        note = ("Eigenvalues of the fitted covariances, ridge included, over their sum; geometric means; "
                f"{sample_size(table, '95 % t interval of the mean logarithm over seeds')}. Effective rank, exp(entropy of the "
                f"shares), of the layer's units: {ranks_in_words(here)}.")
        yield Plot(f"spectra-{dataset}", f"Spectra of the fitted noises: {dataset}", figure, note)
