# SPDX-License-Identifier: BSD-3-Clause
"""Accuracy of the networks as they are: sparsity x topology."""

from __future__ import annotations

from collections.abc import Iterator


from espalier.figures import averaged, heat_map, points, sample_size, style, subplots
from espalier.plots import Plot
from espalier.study import Study


def plots(study: Study) -> Iterator[Plot]:
    cells = study.clean[study.clean["noise"] == "none"]
    cells = cells.assign(sparsity=study.results.cells["sparsity"], topology=study.results.cells["topology"].astype(str))
    for dataset, here in cells.groupby("dataset"):
        title = f"Accuracy without perturbation: {dataset}"
        sparse = here[here["sparsity"] > 0]
        if sparse["sparsity"].nunique() > 1 and sparse["topology"].nunique() > 1:
            table = study.over_seeds(sparse, ["sparsity", "topology"])
            figure, axes = subplots(figsize=(1.6 + 1.3 * table["topology"].nunique(), 1 + 0.65 * table["sparsity"].nunique()))
            table["sparsity"] = [f"{100 * s:g} %" for s in table["sparsity"]]
            heat_map(axes, table, "sparsity", "topology")
            pooled = averaged(sparse, ["sparsity", "topology"])
            note = f"Mean test accuracy{pooled}; {sample_size(table, mark='brackets')}."
            yield Plot(f"sparsities-{dataset}", title, figure, note)
        table = study.over_seeds(here, ["line"])
        if len(table) > 1:
            figure, axes = subplots(figsize=(1.5 + 0.75 * len(table), 3))
            points(axes, list(table["line"]), table, [style(i) for i in range(len(table))])
            axes.set(xlabel="network", ylabel="test accuracy")
            yield Plot(f"networks-{dataset}", f"{title}, all networks", figure,
                       f"Mean test accuracy; {sample_size(table, mark='whiskers')}.")
