# SPDX-License-Identifier: BSD-3-Clause
"""Which differences a report tests: networks against the control, and each noise against none, paired by seed."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from espalier.comparisons import MOST_FOR_SIGN_FLIP, benjamini_hochberg, holm, paired_t, sign_flip
from espalier.study import Study

CONTROLS = ["static", "dense"]  # the links stay where they were drawn; all links are there
UNPERTURBED = "accuracy, not perturbed"
COLUMNS = ["dataset", "measure", "noise", "first", "second", "difference", "low", "high", "p", "p_sign_flip", "n"]


def measured(study: Study) -> pd.DataFrame:
    """One value per (dataset, measure, line, noise) and seed: accuracy when not perturbed, robustness area of each panel."""
    keys = ["dataset", "line", "noise", "seed"]
    clean = study.clean.groupby(keys, observed=True)["accuracy"].mean().reset_index(name="value").assign(measure=UNPERTURBED)
    areas = study.areas.rename(columns={"area": "value"}).assign(measure="area, " + study.areas["panel"])
    return pd.concat([clean, areas])[["measure", *keys, "value"]]


def pairs_of_lines(study: Study) -> list[tuple[str, str]]:
    """(network, control): the static one of the same sparsity, and dense ones; the first network where there is no control."""
    cells = study.results.cells
    lines = study.done.drop_duplicates("line")[["line"]].join(cells[["topology", "sparsity"]])
    lines["topology"] = lines["topology"].astype(str)
    pairs = [(a.line, b.line) for a in lines.itertuples() for b in lines.itertuples()
             if b.topology in CONTROLS and a.topology not in (b.topology, "dense") and b.sparsity in (a.sparsity, 0)]
    names = sorted(lines["line"])
    return sorted(pairs) or [(name, names[0]) for name in names[1:]]


def compared(values: pd.DataFrame, first: tuple[str, str], second: tuple[str, str],
             at_least: int | None = None) -> Iterator[tuple[object, ...]]:
    """Two (line, noise) by each measure of each data set, over the seeds that both have; `at_least` as in `paired_t`."""
    one, other = (values[(values["line"] == line) & (values["noise"] == noise)] for line, noise in (first, second))
    both = one.merge(other, on=["dataset", "measure", "seed"], suffixes=("", "_second"))
    noise = first[1] if first[1] == second[1] else f"{first[1]} against {second[1]}"
    for (dataset, measure), pairs in both.groupby(["dataset", "measure"], observed=True):
        t = paired_t(pairs["value"], pairs["value_second"], at_least=at_least)
        flips = sign_flip(pairs["value"], pairs["value_second"]).p if t.n <= MOST_FOR_SIGN_FLIP else float("nan")
        yield dataset, measure, noise, first[0], second[0], *t[:4], flips, t.n


def contrasts(study: Study) -> pd.DataFrame:
    """One row per comparison: mean difference first - second with its t interval, p of the paired t test, its value corrected
    over the whole table (Holm; Benjamini-Hochberg), and p of the exact sign-flip test."""
    values = measured(study)
    noises, lines = list(values["noise"].unique()), list(values["line"].unique())
    pairs = [((a, noise), (b, noise)) for noise in noises for a, b in pairs_of_lines(study)]
    pairs += [((line, noise), (line, "none")) for noise in noises if noise != "none" for line in lines]
    rows = [row for first, second in pairs for row in compared(values, first, second, study.at_least)]
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.assign(p_holm=holm(table["p"]), p_bh=benjamini_hochberg(table["p"]))
