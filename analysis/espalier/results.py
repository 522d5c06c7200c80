"""A results file as tidy tables. Reads with h5py alone, at any moment of a run."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np
import numpy.typing as npt
import pandas as pd

from espalier.tables import Meaning, joined, meanings, text, tidy

# Tables that a cell points into: prefix of their columns in `select` -> column of the cell that holds the row, table.
JOINED = {"model_": ("model", "models"), "fit_": ("fit", "noise"), "tail_": ("tail", "tails"), "run_": ("run", "runs")}


class ResultsError(Exception):
    """The file is missing, is no results file of espalier, or lacks what was asked for."""


class Layer(NamedTuple):
    """The links of one layer. Sparse: compressed columns by input, `target` the output of each link; else start is None."""

    inputs: int
    outputs: int
    weight: npt.NDArray[np.float32]  # one per link, or outputs x inputs
    bias: npt.NDArray[np.float32]  # outputs
    start: npt.NDArray[np.int64] | None  # inputs + 1
    target: npt.NDArray[np.int64] | None  # one per link


class Results:
    """One results file. Tables are read when first asked for; open the file again to see what a live run added."""

    def __init__(self, path: str | PathLike[str]) -> None:
        self.path = path
        with self._file() as file:
            if "cells" not in file or "results" not in file:
                raise ResultsError(f"{path}: not a results file of espalier (it has no /cells and /results)")
            self.attributes = {name: text(value) for name, value in file.attrs.items()}
            self._datasets = set(file)
            self._columns = {name: list(file[name].dtype.names) for name in file if file[name].dtype.names}

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

    def table(self, name: str, columns: Iterable[str] | None = None) -> pd.DataFrame:
        """Any table of the file as a tidy DataFrame, or some of its columns."""
        if name not in self._columns:
            raise ResultsError(f"{self.path}: has no table '{name}', only {', '.join(self._columns)}")
        with self._file() as file:
            return tidy(file[name], self._columns[name] if columns is None else columns)

    @cached_property
    def cells(self) -> pd.DataFrame:
        """One row per cell: every axis value joined with its result."""
        return joined(self.table("cells"), self.table("results"))

    def select(self, *columns: str) -> pd.DataFrame:
        """Some columns of the cells, and nothing else is kept in memory: for large files, and for joins.

        Beside the columns of `cells` there are those of what a cell uses: 'model_seconds' is the column seconds of its row of
        `models`, 'fit_trace' the trace of its row of `noise`, 'run_hosts' the hosts of its row of `runs`.
        """
        own = {name: table for table in ("cells", "results") for name in self._columns[table]}
        pointed: dict[str, list[str]] = {}
        wanted: dict[str, list[str]] = {"cells": [], "results": []}
        for column in columns:
            prefix = next((p for p in JOINED if column.startswith(p)), "")
            if column in own:
                wanted[own[column]].append(column)
            elif prefix and column.removeprefix(prefix) in self._columns.get(JOINED[prefix][1], []):
                pointed.setdefault(prefix, []).append(column.removeprefix(prefix))
            else:
                raise ResultsError(f"{self.path}: cells have no column '{column}'; `columns` of the file lists them all")
        keys = [JOINED[prefix][0] for prefix in pointed]
        for table in wanted:
            wanted[table] += [key for key in keys if own[key] == table and key not in wanted[table]]
        frame = joined(self.table("cells", wanted["cells"]), self.table("results", wanted["results"]))
        for prefix, names in pointed.items():
            frame = joined(frame, self._pointed(prefix, names, frame[JOINED[prefix][0]]))
        attrs, frame = frame.attrs, frame[list(columns)]
        frame.attrs = attrs
        return frame

    def _pointed(self, prefix: str, names: list[str], rows: pd.Series) -> pd.DataFrame:
        """Columns of another table, brought to the cells that point to its rows; missing where a cell points to none."""
        there = self.table(JOINED[prefix][1], names)
        frame = there.reindex(rows.to_numpy()).set_axis(rows.index).add_prefix(prefix)
        frame.attrs = {key: {prefix + name: word for name, word in words.items()} for key, words in there.attrs.items()}
        return frame

    @cached_property
    def columns(self) -> pd.DataFrame:
        """What there is to read: table, column, unit and description."""
        with self._file() as file:
            said = [(table, name, *meanings(file[table]).get(name, Meaning("", "")))
                    for table, names in self._columns.items() for name in names]
        return pd.DataFrame(said, columns=["table", "column", "unit", "description"])

    @cached_property
    def models(self) -> pd.DataFrame:
        """One row per trained model."""
        return self.table("models")

    @cached_property
    def noise(self) -> pd.DataFrame:
        """One row per fitted noise."""
        return self.table("noise")

    @cached_property
    def tails(self) -> pd.DataFrame:
        """One row per retrained tail."""
        return self.table("tails")

    def _fit(self, fit: int) -> pd.Series:
        row = self.noise.loc[fit]
        if row["status"] != "done":
            raise ResultsError(f"{self.path}: fit {fit} is not done")
        return row

    def spectrum(self, fit: int) -> npt.NDArray[np.float64]:
        """The eigenvalues of `covariance(fit)`, the largest first (units)."""
        row = self._fit(fit)
        first = int(row["spectrum_offset"])
        with self._file() as file:
            values: npt.NDArray[np.float64] = file["spectra"][first:first + int(row["units"])]
        return values

    def eigenvectors(self, fit: int) -> npt.NDArray[np.float64]:
        """Eigenvectors of the fitted covariance in row `fit` of `noise`, one per row, by falling eigenvalue."""
        row = self._fit(fit)
        units, start = int(row["units"]), int(row["vector_offset"])
        with self._file() as file:
            vectors: npt.NDArray[np.float64] = file["eigenvectors"][start:start + units * units].reshape(units, units)
        return vectors

    def covariance(self, fit: int) -> npt.NDArray[np.float64]:
        """The fitted covariance in row `fit` of `noise` (units x units), ridge included, before any scaling of its trace."""
        vectors = self.eigenvectors(fit)
        product: npt.NDArray[np.float64] = (vectors.T * self.spectrum(fit)) @ vectors
        return product

    @cached_property
    def epochs(self) -> pd.DataFrame:
        """One row per model and epoch that was reached, with the model's axis values; epochs count from 1."""
        with self._file() as file:
            curves, said = file["epochs"][:], meanings(file["epochs"])
        reached = self.models["epochs_done"].to_numpy()
        model, epoch = np.nonzero(np.arange(curves.shape[1]) < reached[:, None])
        rows = curves[model, epoch]
        table = pd.DataFrame({"model": model, "epoch": epoch + 1, **{name: rows[name] for name in rows.dtype.names}})
        table = table.join(self.models[["dataset", "topology", "sparsity", "seed"]], on="model")
        table.attrs = {"units": {name: m.unit for name, m in said.items()},
                       "descriptions": {name: m.description for name, m in said.items()}}
        return table

    @cached_property
    def degrees(self) -> pd.DataFrame:
        """How many neurons have which degree: one row per model, epoch that was reached, sparse layer, direction and bin that
        is not empty. `direction` is in (links into the layer's outputs) or out (links out of its inputs); `degree` is the
        smallest of the bin. Epochs and layers count from 1; with the model's axis values."""
        with self._file() as file:
            counts, first = file["degrees"][:], text(file["degrees"].attrs["first_degree"]).split()
        model, epoch, layer, direction, bin_ = np.nonzero(counts)
        table = pd.DataFrame({
            "model": model, "epoch": epoch + 1, "layer": layer + 1,
            "direction": pd.Categorical.from_codes(direction, ["in", "out"]),
            "degree": np.array(first, dtype=int)[bin_], "neurons": counts[model, epoch, layer, direction, bin_],
        })
        return table.join(self.models[["dataset", "topology", "sparsity", "seed"]], on="model")

    @cached_property
    def runs(self) -> pd.DataFrame:
        """One row per invocation; rows of the reserve that no run used are left out."""
        runs = self.table("runs")
        return runs[runs["start"] > 0]

    @cached_property
    def classes(self) -> int:
        """Number of classes of the data sets."""
        with self._file() as file:
            return int(file["class_accuracy"].shape[1])

    def has(self, dataset: str) -> bool:
        """Whether the file has that dataset, table or not."""
        return dataset in self._datasets

    def columns_of(self, table: str) -> list[str]:
        """Names of a table's columns; none where the file lacks the table."""
        return self._columns.get(table, [])

    def layers(self, model: int) -> list[Layer]:
        """Weights and links of a trained model, from the images to the classes."""
        if self.models["status"][model] != "done":
            raise ResultsError(f"{self.path}: model {model} is not trained ({self.models['status'][model]})")
        table = self.table("layers")
        with self._file() as file:
            return [stored_layer(file, row) for row in table[table["model"] == model].to_dict("records")]

    def outcomes(self, row: int) -> npt.NDArray[np.bool_]:
        """Which images the cell of this row classifies correctly, in the order of the test images."""
        with self._file() as file:
            cell = file["cells"][row]
            first, images = int(cell["outcome_offset"]), int(cell["images"])
            packed = file["outcomes"][first:first + -(-images // 8)]
        return np.unpackbits(packed, count=images, bitorder="little").astype(bool)

    def describe(self, name: str) -> str:
        """What a dataset holds, and the unit and meaning of its columns."""
        with self._file() as file:
            return text(file[name].attrs.get("description", ""))


def stored_layer(file: h5py.File, row: dict[Any, Any]) -> Layer:
    """One row of /layers with its pieces of /weights and /links."""
    sparse = bool(row["sparse"])
    inputs, outputs, links = int(row["inputs"]), int(row["outputs"]), int(row["links"])

    def piece(dataset: str, offset: str, count: int) -> Any:
        first = int(row[offset])
        return file[dataset][first:first + count]

    weight = piece("weights", "weight_offset", links if sparse else inputs * outputs)
    start = piece("links", "start_offset", inputs + 1).astype(np.int64) if sparse else None
    target = piece("links", "target_offset", links).astype(np.int64) if sparse else None
    return Layer(inputs, outputs, weight if sparse else weight.reshape(outputs, inputs), piece("weights", "bias_offset", outputs),
                 start, target)


def open_results(path: str | PathLike[str]) -> Results:
    """Opens a results file for reading; works while a run writes it."""
    return Results(path)
