# SPDX-License-Identifier: BSD-3-Clause
"""The figures of experiments/study1.md."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pandas as pd

from espalier import figures
from espalier.intervals import over_seeds

from answer_figures import CHANCE_LINE, finish, panels
from study1_tables import TOPOLOGIES, curves, read

ORDERS = ["random", "weakest", "strongest", "degree", "path-count"]
FIELDS = {
    "turnover": "links that differ\nfrom the epoch before (share)", "ever_active": "places that were live\nat some time (share)",
    "returned": "links that returned\nto an old place", "dead_neurons": "dead hidden neurons",
    "connected": "hidden neurons in the\nlargest connected part (share)", "in_degree_sd": "spread of in-degrees (sd, links)",
}


# What the level of a kind is: the label of its axis.
STRENGTHS = {"remove-links": "share of links", "remove-neurons": "share of neurons", "shuffle-weights": "share of weights",
             "rewire-links": "share of links", "sign-flip": "share of links", "weight-noise": "noise (sd of weights)",
             "quantise": "bits", "pgd": "radius"}


def looks(frame: pd.DataFrame) -> dict[str, figures.Style]:
    """A colour per kind of topology, the same in all figures; variants of one kind differ in their dashes."""
    seen: dict[str, int] = {}
    out = {}
    for label in frame["topology"].cat.categories:
        kind = label.split(",")[0]
        out[label] = figures.style(TOPOLOGIES.index(kind), seen.get(kind, 0))
        seen[kind] = seen.get(kind, 0) + 1
    return out


def lines(axes: Any, frame: pd.DataFrame, x: str, value: str = "accuracy", markers: bool = True) -> pd.DataFrame:
    """A curve with its band per topology; gives what is drawn."""
    table = over_seeds(frame, ["topology", x], value)
    for label, look in looks(frame).items():
        one = table[table["topology"] == label]
        if len(one):
            figures.curve(axes, x, one, look if markers else look._replace(marker=""), label)
    return table


def accuracy(folder: Path, out: Path) -> None:
    """Test accuracy over the epochs, both trainings."""
    short, long = read(folder, "accuracy", "epochs"), read(folder, "adaptivity", "epochs")
    short = short[short["sparsity"] == 0.99]
    shown = [(name, 30, short[short["dataset"] == name]) for name in sorted(set(short["dataset"]))]
    shown.append(("fashion-mnist", 100, long[long["dataset"] == "fashion-mnist"]))
    figure, axes = panels(1, 3, 3.4, 3.0)
    tables = []
    for axis, (dataset, epochs, frame) in zip(axes[0], shown):
        tables.append(lines(axis, frame, "epoch", "test_accuracy", markers=False))
        axis.set_title(f"{dataset}, {epochs} epochs")
        axis.set_xlabel("epoch")
        axis.set_ylim(*((0.94, 0.985) if dataset == "mnist" else (0.84, 0.9)))
    axes[0, 0].set_ylabel("test accuracy")
    finish(figure, axes, "Test accuracy after each epoch at 99 % sparsity; the learning rate falls to 0 along "
           "a half cosine.", out / "accuracy", pd.concat(tables))


def structure(folder: Path, out: Path) -> None:
    """What happens to the links over a long training."""
    frame = read(folder, "adaptivity", "epochs")
    frame = frame[(frame["dataset"] == "fashion-mnist") & (frame["sparsity"] > 0) & (frame["topology"] != "dense-small")]
    figure, axes = panels(2, 3, 3.4, 2.6)
    for axis, (field, label) in zip(axes.flat, FIELDS.items()):
        table = lines(axis, frame, "epoch", field, markers=False)
        axis.set(ylabel=label, xlabel="epoch")
        if field == "connected":
            axis.set_ylim(top=1.0)
        else:
            axis.set_ylim(bottom=0)
    finish(figure, axes, "Links of the three sparse layers over 100 epochs on Fashion-MNIST at 99 % sparsity.",
           out / "structure", table)


def degrees(folder: Path, out: Path) -> None:
    """How many neurons have at least which degree at the end of a long training, layer by layer."""
    frame = read(folder, "adaptivity", "degrees")
    frame = frame[frame["dataset"] == "fashion-mnist"]
    figure, axes = panels(2, 3, 3.4, 2.6, sharex=True, sharey=True)
    for (direction, layer), group in frame.groupby(["direction", "layer"]):
        axis = axes[["in", "out"].index(direction), layer - 1]
        for label, look in looks(frame).items():
            one = group[group["topology"] == label].groupby("degree")["neurons"].sum()
            above = one[::-1].cumsum()[::-1] / one.sum()
            axis.plot(above.index.to_numpy() + 1, above, color=look.colour, linestyle=look.dash, linewidth=1.4, label=label)
        figures.logarithmic(axis, "x", "y")
        axis.set(ylim=(1e-4, 1.5), title=f"{direction}-degree, layer {layer}")
    for axis in axes[1]:
        axis.set_xlabel("1 + degree")
    for axis in axes[:, 0]:
        axis.set_ylabel("share of neurons\nwith at least this degree")
    seeds = frame.groupby("topology", observed=True)["seed"].nunique()
    text = f"Degrees after 100 epochs on Fashion-MNIST at 99 % sparsity, all seeds ({seeds.min()} to {seeds.max()}) together."
    finish(figure, axes, text, out / "degrees")


def damage_grid(cells: pd.DataFrame, kinds: list[tuple[str, str, dict[str, str]]], columns: int, words: str,
                path: Path) -> None:
    """Accuracy against level: a panel per (title, kind, parameters), the panels of one data set after those of another."""
    datasets = sorted(set(cells["dataset"]))
    rows = -(-len(kinds) // columns)
    figure, axes = panels(rows * len(datasets), columns, sharey=True)
    tables = []
    for (i, dataset), (j, (title, kind, parameters)) in itertools.product(enumerate(datasets), enumerate(kinds)):
        axis = axes[i * rows + j // columns, j % columns]
        tables.append(lines(axis, curves(cells[cells["dataset"] == dataset], kind, **parameters), "level"))
        axis.axhline(0.1, **CHANCE_LINE)
        axis.set(title=title, xlabel=STRENGTHS[kind])
        if j % columns == 0:
            axis.set_ylabel(f"{dataset}\ntest accuracy")
    for axis in axes.flat:
        axis.set_visible(axis.has_data())
    finish(figure, axes, words, path, pd.concat(tables))


def removal(folder: Path, out: Path) -> None:
    cells = read(folder, "damage", "cells")
    kinds = [(f"remove links,\n{order}", "remove-links", {"order": order}) for order in ORDERS]
    kinds += [(f"remove neurons,\n{order}", "remove-neurons", {"order": order}) for order in ("random", "degree")]
    damage_grid(cells[cells["sparsity"] == 0.99], kinds, 4, "Accuracy against the share of links (of hidden neurons) that are "
                "removed, without retraining, at 99 % sparsity. Dotted: chance.", out / "removal")


def weights(folder: Path, out: Path) -> None:
    cells = read(folder, "damage", "cells")
    kinds = [(f"shuffle within\n{within}", "shuffle-weights", {"within": within, "keep": "nothing"})
             for within in ("network", "layer", "fan-in", "fan-out")]
    kinds += [(f"shuffle within layer,\n{keep} kept", "shuffle-weights", {"within": "layer", "keep": keep})
              for keep in ("signs", "magnitudes")]
    kinds += [("move links,\nsame degrees", "rewire-links", {"to": "degrees"}), ("sign flips", "sign-flip", {}),
              ("weight noise (sd)", "weight-noise", {})]
    damage_grid(cells[cells["sparsity"] == 0.99], kinds, 3, "Accuracy against the share of links whose weights are shuffled, "
                "that are moved, or whose sign turns, and against noise in standard deviations of a layer's weights. Dotted: "
                "chance.", out / "weights")


def attacks(folder: Path, out: Path) -> None:
    """Attacks (full lines) beside random noise of the same norm (dotted)."""
    cells = read(folder, "attacks", "cells")
    cells = cells[cells["sparsity"] == 0.99]
    shown = [("FGSM, linf", "fgsm", "uniform-noise", "linf"), ("PGD, linf", "pgd", "uniform-noise", "linf"),
             ("PGD, l2", "pgd", "gaussian-noise", "l2")]
    datasets = sorted(set(cells["dataset"]))
    figure, axes = panels(len(datasets), len(shown), 3.4, 2.6, sharey=True)
    tables = []
    for i, dataset in enumerate(datasets):
        own = cells[cells["dataset"] == dataset]
        for axis, (title, attack, control, norm) in zip(axes[i], shown):
            tables.append(lines(axis, curves(own, attack, norm=norm), "level"))
            table = over_seeds(curves(own, control, norm=norm), ["topology", "level"])
            for label, look in looks(own).items():
                one = table[table["topology"] == label]
                axis.plot(one["level"], one["estimate"], color=look.colour, linestyle=":", linewidth=1.2)
            axis.set(title=title if i == 0 else "", xlabel="radius (pixel values)")
        axes[i, 0].set_ylabel(f"{dataset}\ntest accuracy")
    finish(figure, axes, "Accuracy on 1000 images under attack (with markers) and under random noise of the "
           "same norm (dotted), at 99 % sparsity.", out / "attacks", pd.concat(tables))


def equal_epochs(folder: Path, out: Path) -> None:
    """The dense network of the same width beside sparse ones, all trained for ten epochs."""
    cells = read(folder, "equal-epochs", "cells")
    kinds: list[tuple[str, str, dict[str, str]]] = [
        ("remove links,\nrandom", "remove-links", {"order": "random"}),
        ("remove links,\nstrongest", "remove-links", {"order": "strongest"}),
        ("shuffle within\nlayer", "shuffle-weights", {}), ("PGD, linf", "pgd", {"norm": "linf"})]
    damage_grid(cells, kinds, 4, "Ten epochs for all, 99 % sparsity for the sparse ones.", out / "equal-epochs")


FIGURES = (accuracy, structure, degrees, removal, weights, attacks, equal_epochs)


def draw_all(folder: Path, out: Path) -> None:
    """Every figure of the study as PNG in `out`, from the tables in `folder`."""
    for figure in FIGURES:
        figure(folder, out)
