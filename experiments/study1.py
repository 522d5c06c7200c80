#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The figures and tables of experiments/study1.md, from the compact tables that are kept beside it.

    PYTHONPATH=analysis experiments/study1.py draw                  # redraws all figures, rewrites all tables
    PYTHONPATH=analysis experiments/study1.py collect FILE.h5 cells epochs --program build/release/src/app/espalier

`draw` writes PNG files into experiments/study1/ and puts tables between the lines <!-- table: NAME --> and <!-- end -->.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from answers import Answer, Tables, main, p_value, sources
from espalier.comparisons import tost
from espalier.robustness import critical_level
from study1_figures import draw_all
from study1_tables import CONTROL, TAKEN, compared, curves, kept_at, read, removal

ORDERS = ["random", "weakest", "strongest", "degree", "path-count"]


def untouched(cells: pd.DataFrame) -> pd.DataFrame:
    return cells[cells["perturbation"] == "none"].assign(value=lambda frame: frame["accuracy"])


def at_99(cells: pd.DataFrame) -> pd.DataFrame:
    return cells[cells["sparsity"].isin([0, 0.99])]


def joined(parts: dict[str, pd.DataFrame], head: str, digits: int = 1) -> pd.DataFrame:
    """Tables of comparisons below each other, each row with the name of its part; each part is a family of tests."""
    frames = [compared(values, digits) for values in parts.values()]
    for frame, name in zip(frames, parts):
        frame.insert(0, head, name)
    return pd.concat(frames).fillna("")


def equivalence(folder: Path, margin: float = 0.005) -> pd.DataFrame:
    """Whether topologies and the control are equally accurate up to `margin`."""
    cells = untouched(at_99(read(folder, "accuracy", "cells")))
    wide = cells.pivot(index=["dataset", "seed"], columns="topology", values="value")
    rows = [(dataset, topology, p_value(tost(pair[topology], pair[CONTROL], margin).p))
            for dataset in sorted(set(cells["dataset"])) for topology in wide.columns if topology != CONTROL
            for pair in [wide.loc[dataset][[topology, CONTROL]].dropna()] if len(pair) > 1]
    return pd.DataFrame(rows, columns=["data set", "topology", f"p that it is not within {100 * margin:g} points of static"])


def kept(cells: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Accuracy, and what of it is kept after removal and shuffles, for the grids that have few levels."""
    parts = {"accuracy": untouched(cells)}
    for order in ("random", "strongest"):
        parts[f"kept without 20 % of the links, {order}"] = kept_at(curves(cells, "remove-links", order=order), 0.2)
    parts["kept with 25 % of the weights shuffled"] = kept_at(curves(cells, "shuffle-weights"), 0.25)
    return parts


def long_training(folder: Path) -> pd.DataFrame:
    return joined(kept(read(folder, "adaptivity", "cells")), "measure")


def weights(folder: Path) -> pd.DataFrame:
    cells = at_99(read(folder, "damage", "cells"))
    parts = {f"shuffled within {within}": kept_at(curves(cells, "shuffle-weights", within=within, keep="nothing"), 0.25)
             for within in ("network", "layer", "fan-in", "fan-out")}
    for keep in ("signs", "magnitudes"):
        parts[f"shuffled within layer, {keep} kept"] = kept_at(curves(cells, "shuffle-weights", within="layer", keep=keep), 0.25)
    sparse = cells[cells["topology"] != "dense-small"]  # moving links leaves dense layers as they are
    parts["links moved at fixed degrees"] = kept_at(curves(sparse, "rewire-links", to="degrees"), 0.25)
    parts["links moved anywhere"] = kept_at(curves(sparse, "rewire-links", to="random"), 0.25)
    for name, kind, level in (("5 % of the signs turned", "sign-flip", 0.05), ("noise of half an sd", "weight-noise", 0.5),
                              ("3 bits per weight", "quantise", 3.0)):
        parts[name] = kept_at(curves(cells, kind), level)
    return joined(parts, "damage")


def attacked(folder: Path) -> pd.DataFrame:
    cells = at_99(read(folder, "attacks", "cells"))
    chosen = [("PGD linf 0.02", "pgd", "linf", 0.02), ("PGD linf 0.05", "pgd", "linf", 0.05),
              ("noise linf 0.05", "uniform-noise", "linf", 0.05), ("PGD l2 1", "pgd", "l2", 1.0),
              ("noise l2 1", "gaussian-noise", "l2", 1.0), ("cascade linf 0.05", "cascade", "linf", 0.05)]
    parts = {}
    for name, kind, norm, level in chosen:
        one = cells[(cells["perturbation"] == kind) & (cells["norm"] == norm) & (cells["level"] == level)]
        parts[name] = one.assign(value=one["accuracy"])
    return joined(parts, "under")


def equal_epochs(folder: Path) -> pd.DataFrame:
    cells = read(folder, "equal-epochs", "cells")
    parts = kept(cells)
    for name, norm, level in (("PGD linf 0.02", "linf", 0.02), ("PGD l2 0.5", "l2", 0.5)):
        one = cells[(cells["perturbation"] == "pgd") & (cells["norm"] == norm) & (cells["level"] == level)]
        parts[f"accuracy under {name}"] = one.assign(value=one["accuracy"])
    return joined(parts, "measure")


def accuracy(folder: Path) -> pd.DataFrame:
    cells = untouched(read(folder, "accuracy", "cells"))
    parts = {f"{100 * s:g} %": cells[cells["sparsity"] == s] for s in sorted(set(cells["sparsity"])) if s > 0}
    return joined(parts, "sparsity", 2)


def damaged(folder: Path) -> pd.DataFrame:
    return at_99(read(folder, "damage", "cells"))


TABLES: Tables = {
    "sources": sources,
    "accuracy": accuracy,
    "equivalence": equivalence,
    "area": lambda folder: joined({order: removal(damaged(folder), order) for order in ORDERS}, "order"),
    "critical": lambda folder: joined({order: removal(damaged(folder), order, critical_level) for order in ORDERS}, "order"),
    "weights": weights,
    "attacks": attacked,
    "adaptivity": long_training,
    "equal-epochs": equal_epochs,
}


ANSWER = Answer("study1", TABLES, draw_all, TAKEN)

if __name__ == "__main__":
    sys.exit(main(ANSWER))
