#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""large.py FILE.h5 [--cells N]: a results file of N cells with the columns of a real one; then times its reading.

The time and memory of one DataFrame of ten columns depend on the machine, so they are printed for a person to judge.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from pathlib import Path
from typing import Any

import h5py
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "analysis"))

import espalier  # noqa: E402  (the package of this clone)

CELL = [("id", "S16"), ("model", "<i8"), ("fit", "<i8"), ("tail", "<i8"), ("dataset", "S13"), ("topology", "S6"),
        ("sparsity", "<f8"), ("seed", "<i8"), ("perturbation", "S15"), ("level", "<f8"), ("noise", "S9"), ("images", "<i8"),
        ("outcome_offset", "<i8"), ("eot_mode", "S13"), ("keep", "S7"), ("noise_draws", "<f8"), ("noise_layer", "<f8"),
        ("noise_trace", "<f8"), ("norm", "S4"), ("order", "S8"), ("over", "S7"), ("replicate", "<f8"), ("topology_links", "S7"),
        ("topology_rewire_decay", "S8"), ("topology_rewire_every", "<f8"), ("topology_rewire_fraction", "<f8"),
        ("topology_rewire_until", "<f8"), ("within", "S5")]
METRICS = ["accuracy", "loss", "clean_accuracy", "conditional_accuracy", "success_rate", "majority_accuracy", "single_accuracy",
           "worst_accuracy", "linf_mean", "l2_mean", "l2_median", "live_outputs", "links", "alarms", "seconds", "written"]
RESULT = [("status", "u1"), ("reason", "u1"), ("attempt", "<u4"), ("run", "<u4"), ("rank", "<u4"), ("correct", "<i8"),
          ("judged", "<i8"), *((name, "<f8") for name in METRICS), ("message", "S96"), ("crc", "<u4")]
MODEL = [("id", "S16"), ("dataset", "S13"), ("topology", "S6"), ("sparsity", "<f8"), ("seed", "<i8"), ("status", "u1"),
         ("reason", "u1"), ("attempt", "<u4"), ("run", "<u4"), ("rank", "<u4"), ("test_accuracy", "<f8"), ("test_loss", "<f8"),
         ("epochs_done", "<i8"), ("seconds", "<f8"), ("written", "<f8"), ("message", "S96"), ("crc", "<u4")]
EPOCH = [("train_loss", "<f8"), ("test_accuracy", "<f8"), ("rewired", "<f8")]
RUN = [("start", "<f8"), ("end", "<f8"), ("ranks", "<i8"), ("exit_code", "<i8"), ("hosts", "S256"), ("slurm_job", "S64"),
       ("version", "S32"), ("revision", "S64"), ("flags", "S256"), ("instruction_set", "S64"), ("datasets", "S1024"),
       ("crc", "<u4")]

TOPOLOGIES = [b"set", b"static", b"rigl", b"cht"]
SPARSITIES = [0.9, 0.95, 0.99]
SEEDS = 10
KINDS = [b"remove-links", b"shuffle-weights", b"fgsm", b"pgd"]
NOISES = [b"none", b"isotropic", b"full"]
Rows = np.ndarray[Any, Any]

RANKS = 16
START = 1.7e9


def chosen(values: list[Any], index: Rows) -> Rows:
    return np.take(np.array(values), index, mode="wrap")


def rows_of(count: int) -> tuple[Rows, Rows, Rows]:
    """Models, cells and results; a cell's place in the grid follows from its row. A model's first cell is not perturbed."""
    models = np.zeros(len(TOPOLOGIES) * len(SPARSITIES) * SEEDS, MODEL)
    m = np.arange(len(models))
    models["id"] = [f"{i:016x}" for i in m]
    models["dataset"] = b"fashion-mnist"
    models["topology"], models["sparsity"] = chosen(TOPOLOGIES, m), chosen(SPARSITIES, m // 4)
    models["seed"], models["status"], models["epochs_done"], models["rank"] = m // 12, 2, 8, m % RANKS
    models["test_accuracy"], models["seconds"], models["written"] = 0.88 + 0.001 * (m % 7), 30, START + 31 * (1 + m // RANKS)

    cells, results = np.zeros(count, CELL), np.zeros(count, RESULT)
    i = np.arange(count)
    model, place = i % len(models), i // len(models)
    cells["id"], cells["model"], cells["fit"], cells["tail"] = [f"{n:016x}" for n in i], model, -1, -1
    for name in ("dataset", "topology", "sparsity", "seed"):
        cells[name] = models[name][model]
    levels = -(-count // (len(models) * len(KINDS) * len(NOISES)))
    kind, level = place // len(NOISES) % len(KINDS), place // (len(NOISES) * len(KINDS))
    cells["noise"] = chosen(NOISES, place)
    cells["perturbation"] = np.where(level == 0, b"none", chosen(KINDS, kind))
    cells["level"] = np.where(level == 0, np.nan, level / levels)
    cells["images"], cells["within"] = 1000, b"layer"
    for name in ("noise_draws", "noise_layer", "noise_trace", "replicate", "topology_rewire_every", "topology_rewire_until"):
        cells[name] = np.nan

    drop = np.nan_to_num(cells["level"]) * (0.3 + 0.1 * kind) + 0.02 * (place % len(NOISES))
    noise = np.random.default_rng(1).normal(0, 0.004, count)
    results["accuracy"] = 0.88 - drop + 0.01 * chosen([2, 1, 1.5, 0.5], model) + noise
    results["status"], results["rank"], results["judged"], results["seconds"] = 2, i % RANKS, 1000, 0.1
    results["written"] = models["written"].max() + 0.1 * (1 + i // RANKS)
    results["correct"] = results["accuracy"] * 1000
    for name in ("alarms", "success_rate", "l2_mean", "live_outputs"):
        results[name] = np.nan
    results["status"][-3:], results["reason"][-3:], results["message"][-3:] = 3, 2, b"the loss became infinite"
    return models, cells, results


def write(path: Path, count: int) -> None:
    models, cells, results = rows_of(count)
    epochs = np.zeros((len(models), 8), EPOCH)
    epochs["test_accuracy"] = models["test_accuracy"][:, None] * (1 - 0.5 ** np.arange(1, 9))
    epochs["train_loss"], epochs["rewired"] = 0.7 ** np.arange(1, 9), 1000
    end = float(results["written"].max())
    run = np.array([(START, end, RANKS, 3, b"node1,node2", b"", b"0.1.0", b"0" * 12, b"", b"AVX3", b"", 0)], RUN)
    with h5py.File(path, "w") as file:
        file["class_accuracy"] = np.zeros((count, 10), np.float32)
        file.attrs["name"] = np.bytes_("large")
        for name, table in (("cells", cells), ("results", results), ("models", models), ("epochs", epochs), ("runs", run)):
            file[name] = table


def measure(path: Path) -> None:
    columns = ["dataset", "topology", "sparsity", "seed", "perturbation", "level", "noise", "status", "accuracy", "seconds"]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    frame = espalier.open(path).select(*columns)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{len(frame)} cells x {len(frame.columns)} columns: {seconds:.2f} s, at most {peak / 1024:.0f} MiB "
          f"({before / 1024:.0f} MiB before)")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", metavar="FILE.h5", type=Path, help="written if it is not there")
    parser.add_argument("--cells", type=int, default=1_000_000)
    options = parser.parse_args()
    if options.file.exists():
        measure(options.file)
    else:
        write(options.file, options.cells)
        print(f"{options.file} is written; the same command again measures its reading")
    return 0


if __name__ == "__main__":
    sys.exit(main())
