# SPDX-License-Identifier: BSD-3-Clause
"""Noise in the activations: what each structure keeps."""

from __future__ import annotations

from collections.abc import Iterator


from espalier.figures import averaged, heat_map, sample_size, subplots
from espalier.plots import Plot
from espalier.study import Study


def plots(study: Study) -> Iterator[Plot]:
    for dataset, cells in study.done.groupby("dataset"):
        if cells["noise"].nunique() < 2:
            continue
        table = study.over_seeds(cells, ["panel", "noise"]).rename(columns={"panel": "perturbation"})
        table = table.sort_values(["perturbation", "noise"], key=lambda names: names.map(lambda name: (name != "none", name)))
        pooled = averaged(cells, ["panel", "noise"])
        note = f"Mean test accuracy{pooled}; {sample_size(table, mark='brackets')}."
        figure, axes = subplots(figsize=(2.6 + 0.95 * table["noise"].nunique(), 1.3 + 0.42 * table["perturbation"].nunique()))
        heat_map(axes, table, "perturbation", "noise")
        yield Plot(f"structures-{dataset}", f"Structures of noise: {dataset}", figure, note)
