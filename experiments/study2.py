#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The figures and tables of experiments/study2.md, from the compact tables that are kept beside it.

    PYTHONPATH=analysis experiments/study2.py draw                  # redraws all figures, rewrites all tables
    PYTHONPATH=analysis experiments/study2.py collect FILE.h5 cells fits --program build/release/src/app/espalier

`draw` writes PNG files into experiments/study2/ and puts tables between the lines <!-- table: NAME --> and <!-- end -->.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from espalier.comparisons import against_baseline, holm, paired_t
from espalier.intervals import over_seeds, t_interval
from espalier.robustness import at_clean_accuracy
from espalier.transfer import transfer_tests

from answers import Answer, Tables, main, p_value, percent, sources
from study2_figures import draw_all
from study2_tables import RIVAL, TAKEN, beside_the_diagonal, defences, labelled_noise, met, read, removals, strict


def words(table: pd.DataFrame, places: list[str], variant: str, against: str, digits: int = 1) -> pd.DataFrame:
    """A table of `against_baseline` in percent: the places, the variant, its value, the difference, and p by Holm's method."""
    out = table[[*places, variant]].astype(str)
    out["accuracy"] = [f"{percent(row, ('estimate', 'low', 'high'), digits)} ({row['n']})" for _, row in table.iterrows()]
    out[f"against {against}"] = ["" if np.isnan(row["p"]) else
                                 percent(row, ("difference", "difference_low", "difference_high"), digits, "+")
                                 for _, row in table.iterrows()]
    return out.assign(**{"p (Holm)": [p_value(p) for p in table["holm"]]})


def with_unperturbed(table: pd.DataFrame, cells: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """A table of `words` with the mean accuracy on images as they are behind its accuracies."""
    clean = cells.groupby(by, observed=True)["clean_accuracy"].mean()
    table.insert(len(by) + 1, "unperturbed", [f"{100 * clean[key]:.1f}" for key in zip(*(table[name] for name in by))])
    return table


def none_first(cells: pd.DataFrame, column: str) -> pd.DataFrame:
    return cells.sort_values(column, key=lambda names: names != "none", kind="stable")


def traced(trace: float) -> str:
    return "" if np.isnan(trace) else f" {trace:g}"


def structures(folder: Path, grid: str = "structures") -> pd.DataFrame:
    """Each structure of matched noise against none, at ten draws per gradient of an attack."""
    cells = met(folder, grid)
    table = words(against_baseline(cells, "noise", "none", ["condition"]), ["condition"], "noise", "none")
    return with_unperturbed(table, cells, ["condition", "noise"]).rename(columns={"condition": "under"})


def controls(folder: Path, grid: str = "structures") -> pd.DataFrame:
    """The full covariance against every other noise of the same trace: the gain of the structure itself."""
    cells = met(folder, grid)
    table = against_baseline(cells[cells["noise"] != "none"], "noise", "full", ["condition"])
    table = table[table["noise"] != "full"]
    flipped = table.assign(difference=-table["difference"], difference_low=-table["difference_high"],
                           difference_high=-table["difference_low"])
    return words(flipped, ["condition"], "noise", "it").drop(columns="accuracy").rename(
        columns={"condition": "under", "noise": "full against", "against it": "difference"})


def adaptive(folder: Path) -> pd.DataFrame:
    """Accuracy under attacks that know more and more of the noise, and what of the gain over no noise the strictest leaves."""
    cells = strict(folder)
    names = list(dict.fromkeys(cells["attack"]))
    wide = cells.pivot_table(index=["noise", "seed"], columns="attack", values="value", observed=True)
    base = wide.loc["none"]
    rows = []
    for noise, own in wide.groupby("noise", observed=True):
        values = own.droplevel("noise")
        gains = values.sub(base).dropna()
        shown = [f"{100 * values[name].mean():.1f}" for name in names]
        if noise == "none":
            rows.append((noise, *shown, "", np.nan, ""))
            continue
        lost = paired_t(gains[names[0]], gains[names[-1]])
        rows.append((noise, *shown, percent(lost._asdict(), ("difference", "low", "high"), 1, "+"), lost.p,
                     f"{100 * gains[names[-1]].mean() / gains[names[0]].mean():.0f} %"))
    table = pd.DataFrame(rows, columns=["noise", *names, "lost", "p", "left"])
    return table.assign(p=[p_value(p) for p in holm(table["p"])]).rename(columns={"p": "p (Holm)"})


def transfer(folder: Path) -> pd.DataFrame:
    """The diagonal of the transfer map against the rest, within and across the families of perturbations."""
    tests = transfer_tests(read(folder, "transfer", "gains"))
    out = pd.DataFrame({"transfer": tests["transfer"]})
    for column in ("own", "others"):
        out[f"gain, {column} source"] = [f"{100 * value:+.1f}" if np.isfinite(value) else "" for value in tests[column]]
    out["difference"] = [percent(row, ("difference", "low", "high"), 1, "+") if np.isfinite(row["p"]) else ""
                         for _, row in tests.iterrows()]
    return out.assign(**{"p (Holm)": [p_value(p) for p in tests["p_holm"]], "seeds": tests["n"].astype(int)})


def predicted(folder: Path) -> pd.DataFrame:
    """Whether alignment tells what noise from one source gains against another: Spearman's rank correlation over the pairs off
    the diagonal, taken for each seed."""
    rows = []
    for family, own in beside_the_diagonal(folder).groupby("family"):
        each = [spearmanr(pairs["alignment"], pairs["gain"]).correlation for _, pairs in own.groupby("seed")]
        mean = t_interval(each)
        pairs = own.groupby("seed").size().max()
        rows.append((family, pairs, f"{mean.estimate:+.2f} [{mean.low:+.2f}, {mean.high:+.2f}] ({mean.n})"))
    return pd.DataFrame(rows, columns=["met", "pairs", "rank correlation of alignment and gain"])


def sparse(folder: Path) -> pd.DataFrame:
    cells = met(folder, "sparse").sort_values(["network", "noise"])
    table = against_baseline(cells, "noise", "none", ["condition", "network"])
    return words(table, ["condition", "network"], "noise", "none").rename(columns={"condition": "under"})


def adaptivity(folder: Path) -> pd.DataFrame:
    """Whether noise gains more where the links adapt: the gain over none in `set` less that in `static`, paired by seed."""
    cells = met(folder, "sparse")
    wide = cells[cells["sparsity"] > 0].pivot_table(index=["condition", "sparsity", "topology", "seed"], columns="noise",
                                                    values="value", observed=True)
    rows = []
    for noise in ("isotropic", "full"):
        gain = (wide[noise] - wide["none"]).unstack("topology")
        for (condition, sparsity), own in gain.groupby(["condition", "sparsity"]):
            both = own.dropna()
            test = paired_t(both["set"], both["static"])
            means = [f"{100 * both[name].mean():+.1f}" for name in ("static", "set")]
            rows.append((condition, f"{100 * sparsity:g} %", noise, *means,
                         percent(test._asdict(), ("difference", "low", "high"), 1, "+"), test.p))
    table = pd.DataFrame(rows, columns=["under", "sparsity", "noise", "gain, static", "gain, set", "difference", "p"])
    return table.assign(p=[p_value(p) for p in holm(table["p"])]).rename(columns={"p": "p (Holm)"})


def links(folder: Path) -> pd.DataFrame:
    """Mean accuracy over the levels of link removal, per network."""
    cells = met(folder, "links").assign(noise=labelled_noise, removal=removals)
    means = cells.groupby(["removal", "network", "noise", "seed"], observed=True)["value"].mean().reset_index()
    means = none_first(means, "noise").sort_values(["removal", "network"], kind="stable")
    return words(against_baseline(means, "noise", "none", ["removal", "network"]), ["removal", "network"], "noise", "none")


def inference(folder: Path) -> pd.DataFrame:
    """Tails that were retrained with the noise, evaluated with it and without it."""
    cells = met(folder, "inference")
    on = cells["noise_at_inference"].isna()  # missing where it is on
    names = cells["noise"].astype(str)
    cells = cells.assign(variant=names.where(on, names + ", off"))
    compared = against_baseline(none_first(cells, "variant"), "variant", "none", ["condition"])
    table = with_unperturbed(words(compared, ["condition"], "variant", "none"), cells, ["condition", "variant"])
    return table.rename(columns={"condition": "under", "variant": "noise"})


def certificates(folder: Path) -> pd.DataFrame:
    """What is proven in the space of the activations beside what is seen: a lower and an upper bracket."""
    cells = met(folder, "certificates")
    means = ["majority_accuracy", "certified_accuracy"]
    tables = [over_seeds(cells, ["condition", "noise"], name) for name in [*means, "mahalanobis_median", "radius_median"]]
    out = tables[0][["condition", "noise"]].astype(str)
    for name, table in zip(("majority of draws", "certified"), tables):
        out[name] = [f"{percent(row, ('estimate', 'low', 'high'), 1)} ({row['n']})" for _, row in table.iterrows()]
    for name, table in zip(("median shift", "median radius"), tables[2:]):
        out[name] = [f"{value:.2f}" for value in table["estimate"]]
    return out.rename(columns={"condition": "under"})


def rivals(folder: Path) -> pd.DataFrame:
    """Noise against adversarial training, under attacks that average over ten draws."""
    cells = met(folder, "rival").assign(defence=defences)
    table = words(against_baseline(cells.sort_values("level", kind="stable"), "defence", RIVAL, ["condition"]), ["condition"],
                  "defence", RIVAL)
    return with_unperturbed(table, cells, ["condition", "defence"]).rename(columns={"condition": "under"})


def traces(folder: Path) -> pd.DataFrame:
    """Strength of the noise, with and without a retrained tail: accuracy, and what it costs on images as they are."""
    cells = met(folder, "trace")
    cells = cells.assign(tail=cells["noise_retrain_tail"].map({1.0: "retrained", 0.0: "as trained"}).fillna("as trained"),
                         variant=cells["noise"].astype(str) + cells["noise_trace"].map(traced))
    table = words(against_baseline(cells, "variant", "none", ["condition", "tail"]), ["condition", "tail"], "variant", "none")
    table = with_unperturbed(table, cells, ["condition", "tail", "variant"])
    return table.rename(columns={"condition": "under", "variant": "noise, trace"})


def equal_cost(folder: Path, target: float = 0.8) -> pd.DataFrame:
    """Noises at the strengths that leave them the same accuracy on images as they are, their tails retrained."""
    cells = met(folder, "trace")
    cells = cells[(cells["noise_retrain_tail"] == 1) & (cells["noise"] != "none")]
    rows = [(*key, at_clean_accuracy(own["clean_accuracy"], own["accuracy"], target))
            for key, own in cells.groupby(["condition", "noise", "seed"], observed=True)]
    values = pd.DataFrame(rows, columns=["condition", "noise", "seed", "value"]).dropna()
    return words(against_baseline(values, "noise", "isotropic", ["condition"]), ["condition"], "noise",
                 "isotropic").rename(columns={"condition": "under"})


def sites(folder: Path) -> pd.DataFrame:
    """The layer behind which the noise is added."""
    cells = met(folder, "site").assign(layer=lambda frame: frame["noise_layer"].astype(int))
    return words(against_baseline(cells, "noise", "none", ["condition", "layer"]), ["condition", "layer"], "noise",
                 "none").rename(columns={"condition": "under"})


TABLES: Tables = {
    "sources": sources,
    "structures": structures,
    "controls": controls,
    "adaptive": adaptive,
    "transfer": transfer,
    "alignment": predicted,
    "sparse": sparse,
    "adaptivity": adaptivity,
    "links": links,
    "inference": inference,
    "certificates": certificates,
    "rivals": rivals,
    "traces": traces,
    "equal-cost": equal_cost,
    "sites": sites,
    "mnist": partial(structures, grid="mnist"),
    "mnist-controls": partial(controls, grid="mnist"),
}

ANSWER = Answer("study2", TABLES, draw_all, TAKEN)

if __name__ == "__main__":
    sys.exit(main(ANSWER))
