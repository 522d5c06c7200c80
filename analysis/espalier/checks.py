# SPDX-License-Identifier: BSD-3-Clause
"""What must hold for the tables of a results file before anything is computed from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
import pandas as pd

from espalier.errors import ResultsError
from espalier.storage import Stored

TEXT, WHOLE, NUMBER = "S", "iu", "fiu"  # kinds of numpy types
AXES = {"dataset": TEXT, "topology": TEXT, "sparsity": NUMBER, "seed": WHOLE}
STATE = {"status": WHOLE, "reason": WHOLE}
COLUMNS: dict[str, dict[str, str]] = {
    "cells": {"id": TEXT, "model": WHOLE, "fit": WHOLE, "tail": WHOLE, **AXES, "perturbation": TEXT, "level": NUMBER,
              "noise": TEXT, "images": WHOLE, "outcome_offset": WHOLE},
    "results": {**STATE, "accuracy": NUMBER, "message": TEXT},
    "models": {"id": TEXT, **AXES, **STATE, "test_accuracy": NUMBER, "epochs_done": WHOLE},
    "noise": {"model": WHOLE, "layer": WHOLE},
    "tails": {"model": WHOLE},
    "runs": {"start": NUMBER, "end": NUMBER, "ranks": WHOLE, "hosts": TEXT, "revision": TEXT, "flags": TEXT},
    "layers": {"model": WHOLE, "inputs": WHOLE, "outputs": WHOLE, "links": WHOLE, "sparse": WHOLE, "weight_offset": WHOLE,
               "bias_offset": WHOLE, "start_offset": WHOLE, "target_offset": WHOLE},
    "epochs": {},
}
# Columns that a table may lack, of this kind where it has them.
OPTIONAL: dict[str, dict[str, str]] = {
    "cells": {"severity": NUMBER, "perturbation_family": TEXT, "noise_source_family": TEXT, "noise_source": TEXT,
              "noise_layer": NUMBER, "noise_retrain_tail": NUMBER, "noise_fit_images": NUMBER},
    "results": {"seconds": NUMBER, "written": NUMBER, "run": WHOLE, "rank": WHOLE, "alarms": NUMBER, "correct": WHOLE,
                "judged": WHOLE},
    "models": {"seconds": NUMBER, "written": NUMBER, "run": WHOLE, "rank": WHOLE, "input_mean": NUMBER, "input_sd": NUMBER},
    "noise": {**STATE, "seconds": NUMBER, "written": NUMBER, "run": WHOLE, "rank": WHOLE, "source": TEXT, "units": WHOLE,
              "spectrum_offset": WHOLE, "vector_offset": WHOLE, "spectrum_numbers": WHOLE, "vector_numbers": WHOLE,
              "effective_rank": NUMBER},
    "tails": {**STATE, "id": TEXT, "seconds": NUMBER, "written": NUMBER, "run": WHOLE, "rank": WHOLE, "weights": WHOLE,
              "weight_offset": WHOLE},
    "runs": {"exit_code": WHOLE, "active": NUMBER, "slurm_job": TEXT, "version": TEXT, "instruction_set": TEXT},
    "epochs": {"train_loss": NUMBER, "test_accuracy": NUMBER, "rewired": NUMBER},
}
ARRAYS: dict[str, tuple[int, str]] = {
    "class_accuracy": (2, "f"), "outcomes": (1, "u"), "degrees": (5, WHOLE), "weights": (1, "f"), "links": (1, WHOLE),
    "spectra": (1, "f"), "eigenvectors": (1, "f"), "tail_weights": (1, "f")}
NOTE = {"written": "f", "text": TEXT}  # of /notes, which a file need not have; a user may have added another table of this name
DIMENSIONS = {"epochs": 2}  # of tables; the others have one
PER_MODEL, PER_CELL = ("epochs", "degrees"), ("results", "class_accuracy")  # data sets with a row per model, per cell
LARGEST_LEVEL = 1e9


def is_notes(stored: Stored) -> bool:
    """Whether the data set called notes is the table that `espalier note` fills."""
    return len(stored.shape) == 1 and all(
        name in stored.columns and stored.dtype[name].kind == kind for name, kind in NOTE.items())


def wrong_columns(stored: Stored) -> str:
    """What is wrong with the columns of a table; empty where all is right."""
    needed, optional = COLUMNS[stored.name], OPTIONAL.get(stored.name, {})
    for name, kinds in (needed | optional).items():
        if name not in stored.columns and name in needed:
            return f"has no column '{name}'"
        if name in stored.columns and stored.dtype[name].kind not in kinds:
            return f"has a column '{name}' of the type {stored.dtype[name]}"
    return ""


def wrong_shape(stored: Stored) -> str:
    """What is wrong with a data set's dimensions and type."""
    if stored.name in COLUMNS:
        dimensions = DIMENSIONS.get(stored.name, 1)
        return "" if stored.columns and len(stored.shape) == dimensions else f"is not a table of {dimensions} dimensions"
    if stored.name in ARRAYS:
        wanted, kinds = ARRAYS[stored.name]
        wide = stored.name == "outcomes" and stored.dtype.itemsize > 1  # bits, eight to a byte
        if stored.columns or stored.dtype.kind not in kinds or len(stored.shape) != wanted or wide:
            return f"is not an array of {wanted} dimensions with values of the kind {kinds}"
    return ""


def check_structure(datasets: Mapping[str, Stored], path: object) -> None:
    """ResultsError where a data set of a known name has not the columns, the type or the rows that it must have."""
    for name, stored in datasets.items():
        wrong = wrong_shape(stored) or (wrong_columns(stored) if name in COLUMNS else "")
        if wrong:
            raise ResultsError(f"{path}: is damaged: /{name} {wrong}")
    for of, names in (("models", PER_MODEL), ("cells", PER_CELL)):
        for name in names:
            if of in datasets and name in datasets and datasets[name].shape[0] != datasets[of].shape[0]:
                raise ResultsError(f"{path}: is damaged: /{name} has {datasets[name].shape[0]} rows, /{of} has "
                                   f"{datasets[of].shape[0]}")
    both = set(datasets["cells"].columns) & set(datasets["results"].columns)
    if both:
        raise ResultsError(f"{path}: is damaged: /cells and /results both have a column '{min(both)}'")


def rows_in(frame: pd.DataFrame, column: str, rows: int, least: int = 0) -> pd.Series:
    return (frame[column] >= least) & (frame[column] < rows)


def is_level(cells: pd.DataFrame, column: str) -> pd.Series:
    return cells[column].isna() | (cells[column].abs() <= LARGEST_LEVEL)


def check_cells(cells: pd.DataFrame, rows: Mapping[str, int], path: object) -> None:
    """ResultsError that names the first row with a value that cannot be. `rows`: of the tables that cells point into."""
    done = cells["status"] == "done"
    accuracy = cells["accuracy"]
    tests: list[tuple[str, Callable[[], pd.Series], str]] = [
        ("status", lambda: cells["status"].notna(), "0 to 4"),
        ("model", lambda: rows_in(cells, "model", rows["models"]), f"a row of /models, 0 to {rows['models'] - 1}"),
        ("fit", lambda: rows_in(cells, "fit", rows["noise"], -1), f"-1 or a row of /noise, 0 to {rows['noise'] - 1}"),
        ("tail", lambda: rows_in(cells, "tail", rows["tails"], -1), f"-1 or a row of /tails, 0 to {rows['tails'] - 1}"),
        ("images", lambda: cells["images"] >= 0, "0 or more"),
        ("outcome_offset", lambda: cells["outcome_offset"] >= 0, "0 or more"),
        ("sparsity", lambda: cells["sparsity"].between(0, 1), "0 to 1"),
        ("accuracy", lambda: ~done | accuracy.between(0, 1), "0 to 1 in a finished cell"),
        *((name, partial(is_level, cells, name), f"at most {LARGEST_LEVEL:g}")
          for name in ("level", "severity") if name in cells)]
    for column, test, allowed in tests:
        right = test().to_numpy()
        if not right.all():
            row = int(np.flatnonzero(~right)[0])
            raise ResultsError(f"{path}: is damaged: cell {row} has {column} = {cells[column].iloc[row]}, allowed: {allowed}")
