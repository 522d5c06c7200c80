# SPDX-License-Identifier: BSD-3-Clause
"""The basis of experiments/study1.md: compact tables of the results files, and the statistics that it states."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from answers import CHANCE, p_value, percent
from espalier.comparisons import against_baseline
from espalier.labels import variants
from espalier.results import Results
from espalier.robustness import robustness_area

CONTROL = "static"
TOPOLOGIES = ["static", "set", "rigl", "cht", "random", "dense-small", "dense"]
MODEL = ["dataset", "topology", "sparsity", "seed"]
CELL = ["perturbation", "order", "within", "keep", "to", "norm", "level", "correct", "judged", "live_outputs", "l2_mean"]


def named_topologies(cells: pd.DataFrame) -> pd.Series:
    """Kinds with those of their settings that vary, in few words: 'set, cosine, 0.3'; uniform links go without saying."""
    labels = variants(cells, "topology", [name for name in cells if name.startswith("topology_")], "topology_")
    shorter = {", links uniform": "", "links ": "", "rewire decay ": "", "rewire fraction ": "", "rewire until": "until"}
    return labels.replace(shorter, regex=True)


def done_cells(results: Results) -> pd.DataFrame:
    """What is done, with the names of topologies."""
    cells = results.cells[results.cells["status"] == "done"]
    return cells.assign(topology=named_topologies(cells))


def of_done_models(results: Results, table: pd.DataFrame) -> pd.DataFrame:
    """Rows of a table by model, of the networks that have a cell done, with the name of their topology."""
    names = done_cells(results).groupby("model")["topology"].first()
    table = table[table["model"].isin(names.index)]
    return table.assign(topology=table["model"].map(names)).drop(columns=["model"])


def last_degrees(results: Results) -> pd.DataFrame:
    """Degrees after the last epoch."""
    return results.degrees.merge(results.models["epochs_done"], left_on=["model", "epoch"],
                                 right_on=[results.models.index, "epochs_done"])


TAKEN: dict[str, Callable[[Results], pd.DataFrame]] = {
    "cells": lambda results: done_cells(results)[[name for name in MODEL + CELL if name in results.cells]],
    "epochs": lambda results: of_done_models(results, results.epochs),
    "degrees": lambda results: of_done_models(results, last_degrees(results)),
}


def in_order(labels: pd.Series) -> pd.Categorical:
    """Names of topologies as categories in the order of the study."""
    return pd.Categorical(labels, sorted(set(labels), key=lambda label: (TOPOLOGIES.index(label.split(",")[0]), label)))


def read(folder: Path, name: str, table: str) -> pd.DataFrame:
    """A table that was collected, topologies in the order of the study; cells with their accuracy."""
    numbers = {name: "" for name in ("level", "l2_mean", "live_outputs")}  # empty where there is none; empty text stays text
    frame = pd.read_csv(folder / f"study1-{name}-{table}.csv.gz", keep_default_na=False, na_values=numbers)
    frame["topology"] = in_order(frame["topology"])
    if "correct" in frame:
        frame["accuracy"] = frame["correct"] / frame["judged"]
    return frame


def curves(cells: pd.DataFrame, kind: str, **parameters: str) -> pd.DataFrame:
    """The cells of one kind of perturbation with these parameters, and as level 0 those without perturbation."""
    chosen = cells["perturbation"] == kind
    for name, value in parameters.items():
        chosen &= cells[name] == value
    untouched = cells[cells["perturbation"] == "none"].assign(level=0.0)
    return pd.concat([untouched, cells[chosen & (cells["level"] > 0)]])


def per_network(curve: pd.DataFrame, measure: Callable[..., float]) -> pd.DataFrame:
    """`measure` (robustness_area, critical_level) of the curve of each network, in column `value`."""
    rows = [(*key, measure(network["level"], network["accuracy"], CHANCE))
            for key, network in curve.groupby(MODEL, observed=True)]
    frame = pd.DataFrame(rows, columns=[*MODEL, "value"])
    return frame.assign(topology=in_order(frame["topology"]))


def kept_at(curve: pd.DataFrame, level: float) -> pd.DataFrame:
    """The share of the accuracy above chance that each network keeps at `level`, in column `value`."""
    wide = curve.pivot_table(index=MODEL, columns="level", values="accuracy", observed=True)
    return ((wide[level] - CHANCE) / (wide[0.0] - CHANCE)).rename("value").reset_index()


def against_control(values: pd.DataFrame, control: str = CONTROL) -> pd.DataFrame:
    """Topologies against the control, per data set. Networks without a value (no critical level) leave their seed out."""
    table = against_baseline(values.dropna(subset=["value"]), "topology", control, ["dataset"])
    return table.assign(topology=in_order(table["topology"]))


def compared(values: pd.DataFrame, digits: int = 2) -> pd.DataFrame:
    """`against_control` as words, in percent: one row per topology, and three columns per data set."""
    table = against_control(values)
    out: dict[str, list[str]] = {"topology": [str(t) for t in dict.fromkeys(table.sort_values("topology")["topology"])]}
    for dataset in sorted(set(table["dataset"])):
        by_topology = table[table["dataset"] == dataset].set_index("topology")
        rows = [by_topology.loc[t] if t in by_topology.index else None for t in out["topology"]]
        cells = [("", "", "") if row is None else (
            percent(row, ("estimate", "low", "high"), digits) + f" ({int(row['n'])})",
            percent(row, ("difference", "difference_low", "difference_high"), digits, "+") if name != CONTROL else "",
            p_value(row["holm"])) for name, row in zip(out["topology"], rows)]
        for column, texts in zip((dataset, "against static", "p (Holm)"), zip(*cells)):
            out[f"{column}|{dataset}"] = list(texts)
    return pd.DataFrame(out)


def removal(cells: pd.DataFrame, order: str, measure: Callable[..., float] = robustness_area) -> pd.DataFrame:
    """Area or critical share of links under removal in this order, per network."""
    return per_network(curves(cells, "remove-links", order=order), measure)
