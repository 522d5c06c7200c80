# SPDX-License-Identifier: BSD-3-Clause
"""A tiny results file with the layout of the real one and numbers that a reader can check by hand."""

from __future__ import annotations

import itertools
from pathlib import Path

import h5py
import numpy as np

CELL = [("id", "S16"), ("model", "<i8"), ("fit", "<i8"), ("tail", "<i8"), ("dataset", "S13"), ("topology", "S6"),
        ("sparsity", "<f8"), ("seed", "<i8"), ("perturbation", "S15"), ("perturbation_family", "S6"), ("level", "<f8"),
        ("noise", "S9"), ("images", "<i8"), ("outcome_offset", "<i8"), ("order", "S9"),
        ("noise_trace", "<f8"), ("topology_rewire_fraction", "<f8")]
RESULT = [("status", "u1"), ("reason", "u1"), ("attempt", "<u4"), ("run", "<u4"), ("rank", "<u4"), ("correct", "<i8"),
          ("judged", "<i8"), ("accuracy", "<f8"), ("loss", "<f8"), ("seconds", "<f8"), ("message", "S96"), ("crc", "<u4")]
MODEL = [("id", "S16"), ("dataset", "S13"), ("topology", "S6"), ("sparsity", "<f8"), ("seed", "<i8"), ("status", "u1"),
         ("reason", "u1"), ("test_accuracy", "<f8"), ("epochs_done", "<i8"), ("crc", "<u4")]
NOISE = [("model", "<i8"), ("layer", "<i8"), ("crc", "<u4")]
TAIL = [("id", "S16"), ("model", "<i8"), ("status", "u1"), ("reason", "u1"), ("test_accuracy", "<f8"), ("weight_offset", "<i8"),
        ("weights", "<i8"), ("crc", "<u4")]
LAYER = [("model", "<i8"), ("inputs", "<i8"), ("outputs", "<i8"), ("links", "<i8"), ("sparse", "u1"), ("weight_offset", "<i8"),
         ("bias_offset", "<i8"), ("start_offset", "<i8"), ("target_offset", "<i8")]
EPOCH = [("train_loss", "<f8"), ("test_accuracy", "<f8")]
RUN = [("start", "<f8"), ("end", "<f8"), ("ranks", "<i8"), ("hosts", "S256"),
       ("revision", "S64"), ("flags", "S256"), ("crc", "<u4")]

TOPOLOGIES = ["set", "static"]
SEEDS = [0, 1, 2]
PERTURBATIONS = [("none", np.nan, ""), ("remove-links", 0.5, "random"), ("remove-links", 0.5, "weakest"), ("fgsm", 0.1, "")]
FAMILIES = {"none": "none", "remove-links": "damage", "fgsm": "attack"}
NOISES = [("none", np.nan), ("isotropic", 0.5)]


def accuracy(topology: str, seed: int, level: float) -> float:
    """0.9 (set) or 0.8 (static) when untouched, 0.01 more per seed, 0.5 less per unit of level."""
    return float((0.9 if topology == "set" else 0.8) + 0.01 * seed - 0.5 * np.nan_to_num(level))


def write(path: Path, failed: int = 0, done: bool = True) -> None:
    """All cells done but the last `failed` ones; `done=False` leaves every cell to do, as in a new file."""
    models = list(itertools.product(TOPOLOGIES, SEEDS))
    cells: list[tuple[object, ...]] = []
    results: list[tuple[object, ...]] = []
    for (model, (topology, seed)), (kind, level, order), (noise, trace) in itertools.product(
            enumerate(models), PERTURBATIONS, NOISES):
        cells.append((f"{len(cells):016x}", model, -1, -1, "fashion-mnist", topology, 0.99, seed, kind, FAMILIES[kind], level,
                      noise, 100, 13 * len(cells), order, trace, 0.3 if topology == "set" else np.nan))
        value = accuracy(topology, seed, level) if done else np.nan
        results.append((2 if done else 0, 0, 1, 0, 0, 0, 100, value, 1.0, 0.1, "", 0))
    for i in range(len(results) - failed, len(results)):
        results[i] = (3, 2, 1, 0, 0, 0, 0, np.nan, np.nan, 0.1, "loss became infinite", 0)
    epochs = np.zeros((len(models), 2), EPOCH)
    epochs["test_accuracy"] = np.arange(2 * len(models)).reshape(-1, 2)
    with h5py.File(path, "w") as file:
        file.attrs["name"] = np.bytes_("tiny")
        file["cells"] = np.array(cells, CELL)
        file["cells"].attrs["description"] = "what was asked\nlevel [of its kind]: strength [1] of what is done\n"
        file["results"] = np.array(results, RESULT)
        file["results"].attrs["description"] = "what came out\naccuracy [share]: correct / images\n"
        file["class_accuracy"] = np.zeros((len(cells), 10), np.float32)
        # Of cell i the images 0 to i are classified correctly.
        file["outcomes"] = np.packbits(np.arange(104) <= np.arange(len(cells))[:, None], bitorder="little")
        file["models"] = np.array([(f"{i:016x}", "fashion-mnist", t, 0.99, s, 2, 0, 0.9, 1 if i == 0 else 2, 0)
                                   for i, (t, s) in enumerate(models)], MODEL)
        file["noise"] = np.zeros(0, NOISE)
        file["tails"] = np.array([("a" * 16, 1, 2, 0, 0.7, 0, 8, 0)], TAIL)
        file["tail_weights"] = 10 + np.arange(8, dtype=np.float32)
        # Model 1: 4 pixels, 3 units with a link each, 2 classes.
        file["layers"] = np.array([(1, 4, 3, 3, 1, 0, 3, 0, 5), (1, 3, 2, 6, 0, 6, 12, 0, 0)], LAYER)
        file["weights"] = np.arange(14, dtype=np.float32)
        file["links"] = np.array([0, 1, 1, 2, 3, 2, 0, 1], np.int32)
        file["epochs"] = epochs
        file["runs"] = np.array([(1.0, 2.0, 2, "here", "abc", "-O3", 0), (0.0, 0.0, 0, "", "", "", 0)], RUN)
