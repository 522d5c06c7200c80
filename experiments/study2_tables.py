# SPDX-License-Identifier: BSD-3-Clause
"""The basis of experiments/study2.md: compact tables of the results files, read back with the names that the text uses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from espalier.alignment import alignment_of_eigenvectors
from espalier.results import Results
from espalier.transfer import gains

STRUCTURES = ["none", "isotropic", "diagonal", "local", "low-rank", "full", "rotated", "flat"]
NETWORKS = ["static 99 %", "set 99 %", "static 90 %", "set 90 %", "dense"]
RIVAL = "adversarial training"
MODEL = ["dataset", "topology", "sparsity", "seed"]
NOISE = ["noise", "noise_source", "noise_trace", "noise_layer", "noise_retrain_tail", "noise_at_inference"]
CELL = ["topology_adversarial", "perturbation", "level", "severity", "order", "replicate", "eot", "steps", "perturbation_loss",
        *NOISE, "correct", "judged", "clean_accuracy", "majority_accuracy", "single_accuracy", "alarms", "certified_accuracy",
        "mahalanobis_median", "radius_median"]
NUMBERS = ["level", "severity", "replicate", "eot", "steps", "noise_trace", "noise_layer", "noise_retrain_tail",
           "noise_at_inference", "alarms"]


def done_cells(results: Results) -> pd.DataFrame:
    cells = results.cells[results.cells["status"] == "done"]
    return cells[[name for name in MODEL + CELL if name in cells]]


def done_fits(results: Results) -> pd.DataFrame:
    """The fitted noises: their network, source, layer, images and effective rank."""
    fits = results.noise[results.noise["status"] == "done"]
    models = results.models.loc[fits["model"], MODEL].set_axis(fits.index)
    source = fits["source"].map(lambda text: json.loads(text)["kind"])
    return models.join(fits[["layer", "units", "images", "effective_rank"]]).assign(source=source)


def alignments(results: Results) -> pd.DataFrame:
    """The alignment index of every ordered pair of sources of one network."""
    fits = done_fits(results).join(results.noise["model"])
    rows = []
    for model, own in fits.groupby("model"):
        vectors = {fit: results.eigenvectors(fit) for fit in own.index}
        rows += [(model, own["seed"].iloc[0], own["source"][one], own["source"][other],
                  alignment_of_eigenvectors(vectors[one], results.spectrum(other), vectors[other]))
                 for one in own.index for other in own.index if one != other]
    return pd.DataFrame(rows, columns=["model", "seed", "source", "perturbation", "alignment"]).drop(columns="model")


TAKEN: dict[str, Callable[[Results], pd.DataFrame]] = {
    "cells": done_cells, "fits": done_fits, "alignments": alignments, "gains": lambda results: gains(results.cells)}


def conditions(cells: pd.DataFrame) -> pd.Series:
    """What a network meets, in few words: 'pgd 0.1', 'motion-blur 5'."""
    strength = cells["level"].fillna(cells["severity"]) if "severity" in cells else cells["level"]
    return cells["perturbation"] + strength.map(lambda value: "" if np.isnan(value) else f" {value:g}")


def networks(cells: pd.DataFrame) -> pd.Categorical:
    sparsity = cells["sparsity"].map(lambda value: f" {100 * value:g} %" if value else "")
    return pd.Categorical(cells["topology"] + sparsity, NETWORKS)


def read(folder: Path, name: str, table: str = "cells") -> pd.DataFrame:
    """A table that was collected; cells with their accuracy, network, condition, and structures in the order of the study."""
    frame = pd.read_csv(folder / f"study2-{name}-{table}.csv.gz", keep_default_na=False,
                        na_values={column: "" for column in NUMBERS})
    if table != "cells":
        return frame
    return frame.assign(accuracy=frame["correct"] / frame["judged"], value=frame["correct"] / frame["judged"],
                        condition=conditions(frame), network=networks(frame),
                        noise=pd.Categorical(frame["noise"], STRUCTURES))


def with_eot(cells: pd.DataFrame, draws: float) -> pd.DataFrame:
    """Cells whose attack takes this many draws per gradient, and all that are no attacks or have no noise to draw."""
    return cells[cells["eot"].isna() | (cells["eot"] == draws) | (cells["noise"] == "none")] if "eot" in cells else cells


def labelled_noise(cells: pd.DataFrame) -> pd.Series:
    """The structure, and its source where there is one."""
    return cells["noise"].astype(str) + cells["noise_source"].map(lambda source: f" from {source}" if source else "")


def met(folder: Path, name: str) -> pd.DataFrame:
    """Cells that meet something, attacked with ten draws per gradient."""
    cells = with_eot(read(folder, name), 10)
    same = [*MODEL, "condition", "order", "replicate", "topology_adversarial", *NOISE]  # no noise: no matter what eot
    same = [column for column in same if column in cells]
    return cells[cells["perturbation"] != "none"].drop_duplicates(same).sort_values("noise", kind="stable")


def strict(folder: Path) -> pd.DataFrame:
    """Attacks on noisy networks from the one that noise misleads most to the strongest, by name in `attack`."""
    cells = read(folder, "adaptive")
    main = {"one draw": ("pgd", "ce", 1, 20), "ten draws": ("pgd", "ce", 10, 20), "margin": ("pgd", "margin", 20, 60),
            "cascade": ("cascade", "", np.nan, 30)}
    taken = []
    for attack, (kind, loss, draws, steps) in main.items():
        own = cells[(cells["perturbation"] == kind) & (cells["perturbation_loss"] == loss) & (cells["steps"] == steps)]
        if np.isfinite(draws):
            own = own[own["eot"] == draws]
        taken.append(own.assign(attack=attack))
    return pd.concat(taken).sort_values("noise", kind="stable")


def beside_the_diagonal(folder: Path) -> pd.DataFrame:
    """Gains of the pairs off the diagonal of the transfer map, with the alignment of the source with what is met."""
    gains = read(folder, "transfer", "gains")
    gains = gains[~gains["matched"] & (gains["perturbation"] != "none")]
    return gains.merge(read(folder, "transfer", "alignments"), on=["seed", "source", "perturbation"], validate="one_to_one")


def removals(cells: pd.DataFrame) -> pd.Series:
    """Which links are removed: by their weight, or at random; the removal that the noise was fitted to, or another draw of it."""
    replicate = cells["replicate"].map({0.0: ", as fitted", 1.0: ", another draw"}).fillna("")
    return cells["order"] + replicate


def defences(cells: pd.DataFrame) -> pd.Series:
    """What is done against attacks: adversarial training, or a noise, or only a retrained tail, or nothing."""
    quiet = cells["noise_retrain_tail"].map({1.0: "tail retrained"}).fillna("none")
    noisy = cells["noise"].astype(str).where(cells["noise"] != "none", quiet)
    return noisy.mask(cells["topology_adversarial"] == "pgd", RIVAL)
