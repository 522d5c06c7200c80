"""A results file as tidy tables. Reads with h5py alone, at any moment of a run."""

from __future__ import annotations

from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd

STATUS = ["to do", "started", "done", "failed"]
REASON = ["none", "exception", "not finite", "time limit", "out of memory", "crashed", "what it needs failed"]
CODES = {"status": STATUS, "reason": REASON}


class ResultsError(Exception):
    """The file is missing, is no results file of espalier, or lacks what was asked for."""


def text(attribute: Any) -> str:
    return attribute.decode() if isinstance(attribute, bytes) else str(attribute)


def tidy(rows: np.ndarray[Any, Any]) -> pd.DataFrame:
    """Rows of a compound dataset as a DataFrame: text and codes become categories, numbers stay as they are."""
    frame = {}
    assert rows.dtype.names is not None
    for name in rows.dtype.names:
        column = rows[name]
        if column.dtype.kind == "S":
            # Decodes each distinct text once, not each row.
            texts, codes = np.unique(column, return_inverse=True)
            frame[name] = pd.Categorical.from_codes(codes, [t.decode() for t in texts])
        elif name in CODES:
            names = CODES[name]
            known = np.where(column < len(names), column, -1)
            frame[name] = pd.Categorical.from_codes(known, names)
        else:
            frame[name] = column
    return pd.DataFrame(frame)


class Results:
    """One results file. Tables are read when first asked for; open the file again to see what a live run added."""

    def __init__(self, path: str | PathLike[str]) -> None:
        self.path = path
        with self._file() as file:
            if "cells" not in file or "results" not in file:
                raise ResultsError(f"{path}: not a results file of espalier (it has no /cells and /results)")
            self.attributes = {name: text(value) for name, value in file.attrs.items()}

    @property
    def name(self) -> str:
        """What the grid file calls the experiment."""
        return str(self.attributes.get("name", Path(self.path).stem))

    def _file(self) -> h5py.File:
        try:
            return h5py.File(self.path, "r")
        except FileNotFoundError:
            raise ResultsError(f"{self.path}: there is no such file") from None
        except OSError as error:
            raise ResultsError(f"{self.path}: not an HDF5 file that can be read ({error})") from None

    def table(self, name: str) -> pd.DataFrame:
        """Any compound dataset of the file as a tidy DataFrame."""
        with self._file() as file:
            if name not in file:
                raise ResultsError(f"{self.path}: has no table '{name}', only {', '.join(file)}")
            return tidy(file[name][:])

    @cached_property
    def cells(self) -> pd.DataFrame:
        """One row per cell: every axis value joined with its result."""
        cells, results = self.table("cells"), self.table("results")
        return cells.join(results)

    @cached_property
    def models(self) -> pd.DataFrame:
        """One row per trained model."""
        return self.table("models")

    @cached_property
    def epochs(self) -> pd.DataFrame:
        """One row per model and epoch that was reached, with the model's axis values; epochs count from 1."""
        with self._file() as file:
            curves = file["epochs"][:]
        reached = self.models["epochs_done"].to_numpy()
        model, epoch = np.nonzero(np.arange(curves.shape[1]) < reached[:, None])
        table = tidy(curves[model, epoch])
        table.insert(0, "epoch", epoch + 1)
        table.insert(0, "model", model)
        return table.join(self.models[["dataset", "topology", "sparsity", "seed"]], on="model")

    @cached_property
    def runs(self) -> pd.DataFrame:
        """One row per invocation; rows of the reserve that no run used are left out."""
        runs = self.table("runs")
        return runs[runs["start"] > 0]

    def describe(self, name: str) -> str:
        """What a dataset holds, and the unit and meaning of its columns."""
        with self._file() as file:
            return text(file[name].attrs.get("description", ""))


def open_results(path: str | PathLike[str]) -> Results:
    """Opens a results file for reading; works while a run writes it."""
    return Results(path)
