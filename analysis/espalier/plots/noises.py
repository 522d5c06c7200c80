"""Noise in the activations: what each structure keeps, how a fitted noise transfers, and the spectra of the fits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd

from espalier.figures import heat_map, sample_size
from espalier.intervals import over_seeds
from espalier.plots import Plot
from espalier.study import Study


def sized_heat_map(table: pd.DataFrame, rows: str, columns: str) -> Any:
    figure, axes = plt.subplots(figsize=(2 + 1.35 * table[columns].nunique(), 1.3 + 0.5 * table[rows].nunique()))
    heat_map(axes, table, rows, columns)
    return figure


def structures(study: Study) -> Iterator[Plot]:
    for dataset, cells in study.done.groupby("dataset"):
        if cells["noise"].nunique() < 2:
            continue
        table = over_seeds(cells, ["noise", "panel"]).rename(columns={"panel": "perturbation"})
        note = f"Test accuracy, averaged over networks and levels; {sample_size(table, mark='brackets')}."
        figure = sized_heat_map(table, "noise", "perturbation")
        yield Plot(f"structures-{dataset}", f"Structures of noise: {dataset}", figure, note)


def transfer(study: Study) -> Iterator[Plot]:
    """Rows: what the noise was fitted to. Columns: what the network meets."""
    if "noise_source" not in study.results.cells:
        return
    cells = study.done.assign(source=study.results.cells["noise_source"].astype(str))
    for dataset, fitted in cells[cells["source"] != ""].groupby("dataset"):
        if fitted["source"].nunique() < 2 or fitted["perturbation"].nunique() < 2:
            continue
        table = over_seeds(fitted, ["source", "perturbation"])
        note = f"Test accuracy, averaged over networks and levels; {sample_size(table, mark='brackets')}."
        yield Plot(f"transfer-{dataset}", f"Noise fitted to one perturbation, met by another: {dataset}",
                   sized_heat_map(table, "source", "perturbation"), note)


def plots(study: Study) -> Iterator[Plot]:
    yield from structures(study)
    yield from transfer(study)
