# SPDX-License-Identifier: BSD-3-Clause
"""The figures of experiments/study2.md."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from espalier import figures
from espalier.intervals import over_seeds
from espalier.plots.transfers import drawn
from espalier.transfer import gain_table

from answer_figures import CHANCE_LINE, finish, panels, save
from study2_tables import STRUCTURES, beside_the_diagonal, defences, labelled_noise, met, read, removals, strict

UNPERTURBED = {"color": "0.45", "marker": "_", "markersize": 9, "linestyle": "none"}


def look(structure: str) -> figures.Style:
    """A colour per structure, the same in all figures; no noise is black."""
    if structure == "none":
        return figures.Style("#000000", "o")
    return figures.style(STRUCTURES.index(structure) - 1)


def dots(axes: Any, places: Any, table: pd.DataFrame, style: figures.Style, label: str | None = None) -> None:
    """A point per row at its place, with its interval."""
    axes.vlines(places, table["low"], table["high"], color=style.colour, linewidth=1.4)
    axes.plot(places, table["estimate"], color=style.colour, marker=style.marker, markersize=5, linestyle="none", label=label)


def structures(folder: Path, out: Path) -> None:
    """Accuracy under each perturbation with every structure of matched noise."""
    cells = met(folder, "structures")
    names = list(dict.fromkeys(cells["condition"]))
    figure, axes = panels(1, len(names), 3.0, 2.9, sharey=True)
    for axis, name in zip(axes[0], names):
        own = cells[cells["condition"] == name]
        table = over_seeds(own.sort_values("noise"), ["noise"])
        clean = own.groupby("noise", observed=True)["clean_accuracy"].mean()
        for place, (_, row) in enumerate(table.iterrows()):
            dots(axis, [place], row.to_frame().T, look(row["noise"]))
        axis.plot(range(len(table)), [clean[noise] for noise in table["noise"]], **UNPERTURBED, label="images as they are")
        figures.name_places(axis, list(table["noise"]))
        axis.set(title=name, xlabel="structure of the noise", ylim=(0, 1))
    axes[0, 0].set_ylabel("test accuracy")
    finish(figure, axes, "Networks with 1 % of the links under four perturbations, with noise of equal trace fitted to that very "
           "perturbation. PGD follows the loss at the mean logits of ten draws.", out / "structures", table, "bars")


def adaptive(folder: Path, out: Path) -> None:
    """Accuracy of every noise under attacks that know more and more of it."""
    cells = strict(folder)
    names = list(dict.fromkeys(cells["attack"]))
    figure, axes = panels(1, 1, 5.6, 2.9)
    for i, name in enumerate(names):
        table = over_seeds(cells[cells["attack"] == name], ["noise"])
        dots(axes[0, 0], np.arange(len(table)) + 0.16 * (i - 1.5), table, figures.style(i), name)
    figures.name_places(axes[0, 0], list(table["noise"]))
    axes[0, 0].set(xlabel="structure of the noise", ylabel="test accuracy", ylim=(0, None))
    finish(figure, axes, "Linf 0.1. PGD along the mean gradient of one and of ten draws, momentum along the margin of the mean "
           "logits of 20 draws, and the cascade.", out / "adaptive", table, "bars")


def convergence(folder: Path, out: Path) -> None:
    """Whether more draws or steps of the margin attack find more, network by network."""
    cells = read(folder, "adaptive")
    cells = cells[cells["perturbation_loss"] == "margin"]
    figure, axes = panels(1, 2, 3.2, 2.6, sharey=True)
    for axis, (x, fixed, value) in zip(axes[0], (("eot", "steps", 60), ("steps", "eot", 20))):
        for noise in ("isotropic", "full"):
            own = cells[(cells[fixed] == value) & (cells["noise"] == noise)]
            several = own[own["seed"].isin(own[own[x] == own[x].max()]["seed"])]
            for i, (_, curve) in enumerate(several.sort_values(x).groupby("seed")):
                axis.plot(curve[x], curve["accuracy"], color=look(noise).colour, marker=look(noise).marker, markersize=4,
                          linewidth=1, label=noise if i == 0 else None)
        axis.set_xscale("log", base=2)
        axis.set_xticks(sorted(set(several[x])), [f"{number:g}" for number in sorted(set(several[x]))])
        axis.set(xlabel="draws per gradient" if x == "eot" else "steps", ylim=(0, None))
    axes[0, 0].set_ylabel("test accuracy")
    finish(figure, axes, "The margin attack with 60 steps (left) and with 20 draws (right); one line per network, 500 images.",
           out / "convergence")


def transfer(folder: Path, out: Path) -> None:
    """The gain of every source against every perturbation."""
    table = gain_table(read(folder, "transfer", "gains"))
    figure = drawn(table)
    figures.caption(figure, "Gain in accuracy over no noise, in percentage points; framed: noise fitted to what the network "
                    f"meets; {figures.sample_size(table, mark='±')}. * p < 0.05 after Holm's correction over the map "
                    "(paired t test).")
    save(figure, out / "transfer")


def alignment(folder: Path, out: Path) -> None:
    """What noise from one source gains against another, by how alike the two covariances are."""
    both = beside_the_diagonal(folder)
    figure, axes = panels(1, 1, 4.2, 3.2)
    for i, (kind, own) in enumerate(both.groupby("family")):
        mean = own.groupby(["source", "perturbation"])[["alignment", "gain"]].mean()
        axes[0, 0].plot(mean["alignment"], 100 * mean["gain"], color=figures.style(i).colour, marker=figures.style(i).marker,
                        linestyle="none", markersize=4, label=f"met: {kind}")
    axes[0, 0].axhline(0, **CHANCE_LINE)
    axes[0, 0].set(xlabel="alignment of the source with what is met", ylabel="gain (percentage points)")
    finish(figure, axes, f"Pairs off the diagonal of the transfer map; means over {both['seed'].nunique()} seeds.",
           out / "alignment")


def sparse(folder: Path, out: Path) -> None:
    """Noise in networks of different sparsity, with links that stay and links that move."""
    cells = met(folder, "sparse")
    names = sorted(set(cells["condition"]), key=lambda name: (not name.startswith("pgd"), name))
    figure, axes = panels(1, len(names), 3.4, 2.9, sharey=True)
    for axis, name in zip(axes[0], names):
        table = over_seeds(cells[cells["condition"] == name].sort_values("network"), ["network", "noise"])
        found = list(dict.fromkeys(table["network"]))
        for shift, noise in zip((-0.2, 0.0, 0.2), ("none", "isotropic", "full")):
            own = table[table["noise"] == noise]
            dots(axis, [found.index(network) + shift for network in own["network"]], own, look(noise), noise)
        figures.name_places(axis, found)
        axis.set(title=name, xlabel="network", ylim=(0, 1))
    axes[0, 0].set_ylabel("test accuracy")
    finish(figure, axes, "Matched noise of trace 1 behind the second layer.", out / "sparse", table, "bars")


def curves(axes: Any, cells: pd.DataFrame, x: str, value: str = "accuracy", dash: int = 0, label: str = "{}") -> pd.DataFrame:
    """A curve with its band per structure of noise."""
    table = over_seeds(cells, ["noise", x], value)
    for noise in dict.fromkeys(table["noise"]):
        style = look(noise)
        figures.curve(axes, x, table[table["noise"] == noise], style._replace(dash=figures.DASHES[dash]), label.format(noise))
    return table


def links(folder: Path, out: Path) -> None:
    """Accuracy against the share of removed links, with noise shaped by one such removal and by another source."""
    cells = met(folder, "links").assign(variant=labelled_noise, removal=removals)
    found, kinds = list(dict.fromkeys(cells.sort_values("network")["network"])), sorted(set(cells["removal"]))
    variants = list(dict.fromkeys(cells["variant"]))  # no noise first
    figure, axes = panels(len(found), len(kinds), 3.2, 2.5, sharex=True, sharey=True)
    for (i, network), (j, removal) in itertools.product(enumerate(found), enumerate(kinds)):
        table = over_seeds(cells[(cells["removal"] == removal) & (cells["network"] == network)], ["variant", "level"])
        for k, variant in enumerate(variants):
            figures.curve(axes[i, j], "level", table[table["variant"] == variant], figures.style(k - 1 if k else 6), variant)
        axes[i, j].axhline(0.1, **CHANCE_LINE)
        axes[i, j].set(title=f"{network}, {removal}", ylim=(0, 1))
    for axis in axes[-1]:
        axis.set_xlabel("share of links removed")
    for axis in axes[:, 0]:
        axis.set_ylabel("test accuracy")
    finish(figure, axes, "Links removed at random or the strongest first, without retraining; noise of trace 0.5. Dotted: "
           "chance.", out / "links", table)


def rivals(folder: Path, out: Path) -> None:
    """Noise beside adversarial training, under attacks that take one draw of the noise per gradient and that take ten."""
    cells = read(folder, "rival").assign(defence=defences)
    cells = cells[cells["perturbation"] == "pgd"].sort_values(["noise", "noise_retrain_tail"])
    variants = list(dict.fromkeys(cells["defence"]))
    figure, axes = panels(1, 2, 3.6, 2.7, sharey=True)
    for axis, draws in zip(axes[0], (1, 10)):
        own = cells[cells["eot"].isin([draws]) | (cells["noise"] == "none")]
        table = over_seeds(own.drop_duplicates(["defence", "level", "seed"]), ["defence", "level"])
        for i, variant in enumerate(variants):
            figures.curve(axis, "level", table[table["defence"] == variant], figures.style(i), variant)
        axis.set(title=f"{draws} draw{'s' * (draws > 1)} per gradient", xlabel="radius (pixel values)")
        axis.locator_params(axis="x", nbins=5)
    axes[0, 0].set(ylabel="test accuracy", ylim=(0, 1))
    finish(figure, axes, "Accuracy under PGD in networks with 1 % of the links; adversarial training with PGD (radius 0.1) "
           "on half of each batch, noise of trace 2.", out / "rivals", table)


def strengths(folder: Path, out: Path) -> None:
    """Accuracy against the strength of a perturbation, with noise fitted to it at that strength."""
    cells = met(folder, "strength").assign(strength=lambda frame: frame["level"].fillna(frame["severity"]))
    kinds = list(dict.fromkeys(cells["perturbation"]))
    figure, axes = panels(1, len(kinds), 3.0, 2.7, sharey=True)
    for axis, kind in zip(axes[0], kinds):
        own = cells[cells["perturbation"] == kind]
        table = curves(axis, own, "strength")
        curves(axis, own, "strength", "clean_accuracy", 2, "{}, images as they are")
        axis.set(title=kind, xlabel="severity" if own["level"].isna().all() else "level", ylim=(0, 1))
    axes[0, 0].set_ylabel("test accuracy")
    finish(figure, axes, "Matched noise of trace 0.5 behind the second layer.", out / "strengths", table)


def traces(folder: Path, out: Path) -> None:
    """Accuracy against the strength of the noise, perturbed and not, with the tail as trained and retrained."""
    cells = met(folder, "trace")
    names = list(dict.fromkeys(cells["condition"]))
    tails = {0.0: "tail as trained", 1.0: "tail retrained"}
    figure, axes = panels(len(names), len(tails), 3.6, 2.6, sharex=True, sharey=True)
    for (i, name), (j, retrained) in itertools.product(enumerate(names), enumerate(tails)):
        own = cells[(cells["condition"] == name) & (cells["noise_retrain_tail"] == retrained) & (cells["noise"] != "none")]
        table = curves(axes[i, j], own, "noise_trace")
        curves(axes[i, j], own, "noise_trace", "clean_accuracy", 2, "{}, images as they are")
        axes[i, j].set(title=f"{name}, {tails[retrained]}", xscale="log", ylim=(0, 1))
    amounts = sorted(set(cells["noise_trace"].dropna()))
    for axis in axes[-1]:
        axis.set_xlabel("trace")
        axis.set_xticks(amounts, [f"{amount:g}" for amount in amounts])
        axis.minorticks_off()
    for axis in axes[:, 0]:
        axis.set_ylabel("test accuracy")
    finish(figure, axes, "Matched noise behind the second layer.", out / "traces", table)


def sites(folder: Path, out: Path) -> None:
    """Accuracy against the layer behind which the noise is added."""
    cells = met(folder, "site")
    names = list(dict.fromkeys(cells["condition"]))
    figure, axes = panels(1, len(names), 3.4, 2.6, sharey=True)
    for axis, name in zip(axes[0], names):
        table = curves(axis, cells[cells["condition"] == name], "noise_layer")
        axis.set(title=name, xlabel="layer", ylim=(0, 1))
        axis.set_xticks([1, 2, 3])
    axes[0, 0].set_ylabel("test accuracy")
    finish(figure, axes, "Matched noise of trace 1.", out / "sites", table)


FIGURES = (structures, adaptive, convergence, rivals, strengths, transfer, alignment, sparse, links, traces, sites)


def draw_all(folder: Path, out: Path) -> None:
    """Every figure of the study as PNG in `out`, from the tables in `folder`."""
    for figure in FIGURES:
        figure(folder, out)
