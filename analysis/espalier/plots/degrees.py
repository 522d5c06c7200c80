"""Degrees of the trained networks: how many links a neuron of a sparse layer has."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt

from espalier.figures import style
from espalier.plots import Plot
from espalier.results import Results
from espalier.study import Study

NETWORKS_PER_LINE = 10  # more say no more about a distribution


def degrees(results: Results, model: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """In-degrees of the outputs and out-degrees of the inputs of all sparse layers of a model."""
    into, out = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for layer in results.layers(model):
        if layer.start is not None and layer.target is not None:
            into.append(np.bincount(layer.target, minlength=layer.outputs))
            out.append(np.diff(layer.start))
    return np.concatenate(into), np.concatenate(out)


def plots(study: Study) -> Iterator[Plot]:
    results = study.results
    if not results.columns_of("layers"):
        return
    trained = results.models["status"] == "done"
    figure, grid = plt.subplots(1, 2, figsize=(8.6, 3.3), sharey=True)
    for i, (line, models) in enumerate(study.line_of_model[trained].groupby(study.line_of_model)):
        found = [degrees(results, int(model)) for model in models.index[:NETWORKS_PER_LINE]]
        for axes, degree in zip(grid, map(np.concatenate, zip(*found, strict=True)), strict=True):
            if len(degree):
                share = 1 - np.cumsum(np.bincount(degree))[:-1] / len(degree)
                axes.plot(np.arange(1, len(share) + 1), share, color=style(i).colour, marker=style(i).marker,
                          markevery=0.1, markersize=4, linewidth=1.3, label=line)
    if not grid[0].lines:
        plt.close(figure)
        return
    for axes, name in zip(grid, ("in-degree k", "out-degree k"), strict=True):
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlabel(name)
    grid[0].set_ylabel("share of neurons with k links or more")
    figure.tight_layout()
    grid[1].legend(loc="center left", bbox_to_anchor=(1.02, 0.5))
    note = ("Neurons of the sparse layers, the networks of all seeds together (at most "
            f"{NETWORKS_PER_LINE} per line). Links of a static topology lie as they were drawn, before any rewiring.")
    yield Plot("degrees", "Degrees after training", figure, note)
