# SPDX-License-Identifier: BSD-3-Clause
"""A results file as tidy tables. Reads with h5py, at any moment of a run. What the file holds is checked before it is used."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from espalier.checks import NOTE, check_cells, check_structure, is_notes
from espalier.errors import ResultsError
from espalier.names import clean
from espalier.seal import is_active
from espalier.sequential import Rule, read_rule
from espalier.storage import Storage
from espalier.tables import Meaning, joined, meanings, tidy

# Tables that a cell points into: prefix of their columns in `select` -> column of the cell that holds the row, table.
JOINED = {"model_": ("model", "models"), "fit_": ("fit", "noise"), "tail_": ("tail", "tails"), "run_": ("run", "runs")}
# Columns of /noise that lead to the spectrum of a fit.
SPECTRUM = {"status", "units", "spectrum_offset"}
# Columns of /tails that lead to the weights of a tail.
TAIL = {"status", "model", "weights", "weight_offset"}


class Filters(NamedTuple):
    """A convolution of stride 1 over channels x height x width inputs, zeros around them; then max pooling over squares."""

    filters: int
    channels: int
    height: int
    width: int
    kernel: int
    padding: int
    pool: int  # side of the squares; 1: no pooling


class Layer(NamedTuple):
    """The links of one layer. Sparse: compressed columns by input, `target` the output of each link; else start is None."""

    inputs: int
    outputs: int
    weight: npt.NDArray[np.float32]  # one per link, or outputs x inputs, or filters x channels x kernel x kernel
    bias: npt.NDArray[np.float32]  # outputs, or filters
    start: npt.NDArray[np.int64] | None  # inputs + 1
    target: npt.NDArray[np.int64] | None  # one per link
    filters: Filters | None = None  # of a convolution
    tanh: bool = False  # the network's hidden layers have tanh, not ReLU


class Results:
    """One results file. Tables are read when first asked for; open the file again to see what a live run added."""

    def __init__(self, path: str | PathLike[str]) -> None:
        self.path = path
        self._storage = Storage(path)
        check_structure(self._storage.datasets, path)
        self.attributes = self._storage.attributes
        self._columns = {name: stored.columns for name, stored in self._storage.datasets.items() if stored.columns}

    @property
    def name(self) -> str:
        """What the grid file calls the experiment."""
        return self.attributes.get("name") or clean(Path(self.path).stem)

    @cached_property
    def until(self) -> Rule | None:
        """When the seeds of a group were enough, where they were taken one after another; else None."""
        return read_rule(self.attributes.get("until", ""), self.path)

    @property
    def active(self) -> bool:
        """Whether a run writes the file now."""
        return is_active(self.path)

    @property
    def remark(self) -> str:
        """What a reader should know about the file itself: another program wrote to it. Empty for a file as a run made it."""
        if self._storage.seal.intact:
            return ""
        changed = "its structure has changed" if self._storage.seal.found else "it has no header of espalier"
        return f"another program wrote to this file ({changed}); other programs must open results files read-only"

    def table(self, name: str, columns: Iterable[str] | None = None) -> pd.DataFrame:
        """Any table of the file as a tidy DataFrame, or some of its columns."""
        if name not in self._columns or len(self._storage.datasets[name].shape) != 1:
            raise ResultsError(f"{self.path}: has no table '{name}', only {', '.join(self._columns)}")
        chosen = self._columns[name] if columns is None else list(columns)
        missing = [column for column in chosen if column not in self._columns[name]]
        if missing:
            raise ResultsError(f"{self.path}: /{name} has no column '{missing[0]}'; `columns` of the file lists them all")
        return tidy(self._storage.datasets[name], self._storage.blocks(name), chosen)

    @cached_property
    def cells(self) -> pd.DataFrame:
        """One row per cell: every axis value joined with its result."""
        cells = joined(self.table("cells"), self.table("results"))
        check_cells(cells, {name: self.rows(name) for name in ("models", "noise", "tails")}, self.path)
        return cells

    def rows(self, name: str) -> int:
        """How many rows a data set has; 0 where the file lacks it."""
        return self._storage.datasets[name].rows if name in self._storage.datasets else 0

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
            elif prefix and self._leads_to(prefix, column):
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

    def _leads_to(self, prefix: str, column: str) -> bool:
        """Whether the cells point to a table that has the column."""
        key, table = JOINED[prefix]
        points = any(key in self._columns[own] for own in ("cells", "results"))
        return points and column.removeprefix(prefix) in self._columns.get(table, [])

    def _pointed(self, prefix: str, names: list[str], rows: pd.Series) -> pd.DataFrame:
        """Columns of another table, brought to the cells that point to its rows; missing where a cell points to none."""
        there = self.table(JOINED[prefix][1], names)
        frame = there.reindex(rows.to_numpy()).set_axis(rows.index).add_prefix(prefix)
        frame.attrs = {key: {prefix + name: word for name, word in words.items()} for key, words in there.attrs.items()}
        return frame

    @cached_property
    def columns(self) -> pd.DataFrame:
        """What there is to read: table, column, unit and description."""
        said = [(table, name, *meanings(self._storage.datasets[table]).get(name, Meaning("", "")))
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
        if not 0 <= fit < len(self.noise):
            raise ResultsError(f"{self.path}: there is no fit {fit}, only 0 to {len(self.noise) - 1}")
        if not SPECTRUM <= set(self.noise):
            raise ResultsError(f"{self.path}: keeps no spectra of its fits")
        row = self.noise.loc[fit]
        if row["status"] != "done":
            raise ResultsError(f"{self.path}: fit {fit} is not done")
        return row

    @staticmethod
    def _is_triangle(row: pd.Series) -> bool:
        """Whether a fit of many units is stored as its covariance, not decomposed."""
        return "spectrum_numbers" in row and row["spectrum_numbers"] == 0

    def spectrum(self, fit: int) -> npt.NDArray[np.float64]:
        """The eigenvalues of `covariance(fit)`, the largest first (units)."""
        row = self._fit(fit)
        if self._is_triangle(row):
            return np.linalg.eigvalsh(self.covariance(fit))[::-1]
        values: npt.NDArray[np.float64] = self._storage.read("spectra", int(row["spectrum_offset"]), int(row["units"]))
        return values

    def eigenvectors(self, fit: int) -> npt.NDArray[np.float64]:
        """Eigenvectors of the fitted covariance in row `fit` of `noise`, one per row, by falling eigenvalue."""
        row = self._fit(fit)
        if "vector_offset" not in row:
            raise ResultsError(f"{self.path}: keeps no eigenvectors of its fits")
        if self._is_triangle(row):
            return np.linalg.eigh(self.covariance(fit))[1].T[::-1]
        units, start = int(row["units"]), int(row["vector_offset"])
        vectors: npt.NDArray[np.float64] = self._storage.read("eigenvectors", start, units * units).reshape(units, units)
        return vectors

    def covariance(self, fit: int) -> npt.NDArray[np.float64]:
        """The fitted covariance in row `fit` of `noise` (units x units), ridge included, before any scaling of its trace."""
        row = self._fit(fit)
        if self._is_triangle(row):
            units = int(row["units"])
            lower = np.zeros((units, units))
            count = units * (units + 1) // 2
            lower[np.tril_indices(units)] = self._storage.read("eigenvectors", int(row["vector_offset"]), count)
            return lower + np.tril(lower, -1).T
        vectors = self.eigenvectors(fit)
        product: npt.NDArray[np.float64] = (vectors.T * self.spectrum(fit)) @ vectors
        return product

    @cached_property
    def epochs(self) -> pd.DataFrame:
        """One row per model and epoch that was reached, with the model's axis values; epochs count from 1."""
        curves, said = self._storage.read("epochs"), meanings(self._storage.need("epochs"))
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
        counts, first = self._storage.read("degrees"), self._first_degrees()
        model, epoch, layer, direction, bin_ = np.nonzero(counts)
        table = pd.DataFrame({
            "model": model, "epoch": epoch + 1, "layer": layer + 1,
            "direction": pd.Categorical.from_codes(direction, ["in", "out"]),
            "degree": first[bin_], "neurons": counts[model, epoch, layer, direction, bin_],
        })
        return table.join(self.models[["dataset", "topology", "sparsity", "seed"]], on="model")

    def _first_degrees(self) -> npt.NDArray[np.int64]:
        """The smallest degree of each bin of /degrees."""
        stored = self._storage.need("degrees")
        said = stored.attributes.get("first_degree", "").split()
        if len(said) != stored.shape[4] or stored.shape[3] != 2 or not all(one.isdecimal() and len(one) < 19 for one in said):
            raise ResultsError(f"{self.path}: is damaged: /degrees and its attribute first_degree disagree")
        return np.array(said, dtype=np.int64)

    @cached_property
    def runs(self) -> pd.DataFrame:
        """One row per invocation; rows of the reserve that no run used are left out."""
        runs = self.table("runs")
        return runs[runs["start"] > 0]

    @cached_property
    def notes(self) -> pd.DataFrame:
        """One row per note that `espalier note` added, the oldest first: when it was written (seconds since 1970), and its text.
        Empty where the file has none."""
        stored = self._storage.datasets.get("notes")
        if stored is None or not is_notes(stored):
            return pd.DataFrame({"written": pd.Series(dtype=float), "text": pd.Series(dtype=str)})
        notes = self.table("notes", NOTE)
        return notes[notes["written"] > 0].sort_values("written", kind="stable")

    @cached_property
    def classes(self) -> int:
        """Number of classes of the data sets."""
        classes = self._storage.need("class_accuracy").shape[1]
        if classes < 1:
            raise ResultsError(f"{self.path}: is damaged: /class_accuracy has no classes")
        return int(classes)

    def has(self, dataset: str) -> bool:
        """Whether the file has that data set, table or not."""
        return dataset in self._storage.datasets

    def columns_of(self, table: str) -> list[str]:
        """Names of a table's columns; none where the file lacks the table."""
        return self._columns.get(table, [])

    def layers(self, model: int, tail: int | None = None) -> list[Layer]:
        """Weights and links of a trained model, from the images to the classes; those above the noise of a retrained tail."""
        if not 0 <= model < len(self.models):
            raise ResultsError(f"{self.path}: there is no model {model}, only 0 to {len(self.models) - 1}")
        if self.models["status"][model] != "done":
            raise ResultsError(f"{self.path}: model {model} is not trained ({self.models['status'][model]})")
        table = self.table("layers")
        layers = [self._layer(row) for row in table[table["model"] == model].to_dict("records")]
        return layers if tail is None else self._with_tail(layers, model, tail)

    def _with_tail(self, layers: list[Layer], model: int, tail: int) -> list[Layer]:
        """The layers with the numbers of a tail, which are the weights and biases of the upper ones."""
        if not 0 <= tail < len(self.tails):
            known = f"only 0 to {len(self.tails) - 1}" if len(self.tails) else "the file has none"
            raise ResultsError(f"{self.path}: there is no tail {tail}, {known}")
        row = self.tails.loc[tail]
        if not TAIL <= set(row.index):
            raise ResultsError(f"{self.path}: keeps no weights of its tails")
        if row["status"] != "done":
            raise ResultsError(f"{self.path}: tail {tail} is not done")
        if int(row["model"]) != model:
            raise ResultsError(f"{self.path}: tail {tail} is one of model {row['model']}, not of model {model}")
        left = int(row["weights"])
        upper: list[Layer] = []
        while layers and left > 0:
            upper.insert(0, layers.pop())
            left -= upper[0].weight.size + upper[0].bias.size
        if left != 0 or not upper:
            raise ResultsError(f"{self.path}: is damaged: tail {tail} has the size of no layers of model {model}")
        numbers = self._storage.read("tail_weights", int(row["weight_offset"]), int(row["weights"]))
        ends = np.cumsum([part.size for layer in upper for part in (layer.weight, layer.bias)])[:-1]
        pieces = iter(np.split(numbers, ends))
        return layers + [layer._replace(weight=next(pieces).reshape(layer.weight.shape), bias=next(pieces)) for layer in upper]

    def _layer(self, row: dict[Any, Any]) -> Layer:
        """One row of /layers with its pieces of /weights and /links."""
        sparse = bool(row["sparse"])
        inputs, outputs, links = int(row["inputs"]), int(row["outputs"]), int(row["links"])

        def piece(dataset: str, offset: str, count: int) -> Any:
            return self._storage.read(dataset, int(row[offset]), count)

        filters = Filters(*(int(row[name]) for name in Filters._fields)) if row.get("filters", 0) > 0 else None
        shape = (filters.filters, filters.channels, filters.kernel, filters.kernel) if filters else (outputs, inputs)
        tanh = row.get("activation", 0) == 1
        weight = piece("weights", "weight_offset", links if sparse else math.prod(shape))
        bias = piece("weights", "bias_offset", filters.filters if filters else outputs)
        if not sparse:
            return Layer(inputs, outputs, weight.reshape(shape), bias, None, None, filters, tanh)
        start = piece("links", "start_offset", inputs + 1).astype(np.int64)
        target = piece("links", "target_offset", links).astype(np.int64)
        ordered = inputs >= 0 and start[0] == 0 and start[-1] == links and (np.diff(start) >= 0).all()
        if not ordered or not ((0 <= target) & (target < outputs)).all():
            raise ResultsError(f"{self.path}: is damaged: the links of a layer of model {row['model']} lead nowhere")
        return Layer(inputs, outputs, weight, bias, start, target, None, tanh)

    def outcomes(self, row: int) -> npt.NDArray[np.bool_]:
        """Which images the cell of this row classifies correctly, in the order of the test images."""
        cell = self._storage.read("cells", int(row), 1)[0]
        images = int(cell["images"])
        if images < 0:
            raise ResultsError(f"{self.path}: is damaged: cell {row} has images = {images}, allowed: 0 or more")
        packed = self._storage.read("outcomes", int(cell["outcome_offset"]), -(-images // 8))
        return np.unpackbits(packed.reshape(-1), count=images, bitorder="little").astype(bool)

    def describe(self, name: str) -> str:
        """What a data set holds, and the unit and meaning of its columns."""
        return self._storage.need(name).attributes.get("description", "")


def open_results(path: str | PathLike[str]) -> Results:
    """Opens a results file for reading; works while a run writes it."""
    return Results(path)
